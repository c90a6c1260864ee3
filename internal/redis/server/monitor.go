package server

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// monitors are the clients that called MONITOR.
type monitors struct {
	count atomic.Int32
	mu    sync.Mutex
	list  map[*session]struct{}
}

func (m *monitors) active() bool { return m.count.Load() > 0 }

func (m *monitors) add(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.list == nil {
		m.list = make(map[*session]struct{})
	}
	m.list[s] = struct{}{}
	m.count.Store(int32(len(m.list)))
}

func (m *monitors) remove(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.list, s)
	m.count.Store(int32(len(m.list)))
}

// feed shows a command that has run to all monitors: EXEC after what it ran.
func (m *monitors) feed(s *session, spec *command.Spec, args [][]byte) {
	if !spec.Has(command.SkipMonitor|command.Admin) || spec.Nests {
		m.show(s.db, s.addr, spec, args)
	}
}

// show shows a command in a database, of a client's address or of "lua".
func (m *monitors) show(db int, source string, spec *command.Spec, args [][]byte) {
	now := time.Now()
	line := fmt.Appendf(nil, "+%d.%06d [%d %s]", now.Unix(), now.Nanosecond()/1000, db, source)
	for _, arg := range redact(spec, args) {
		line = append(line, ' ')
		line = appendQuoted(line, arg)
	}
	line = append(line, '\r', '\n')
	m.mu.Lock()
	defer m.mu.Unlock()
	for to := range m.list {
		if to.shared.outputMem.Load() > to.worker.srv.outputLimits.Load().Replica.Hard {
			continue // it is about to be closed
		}
		to.worker.post(func() {
			if to.monitor {
				to.push(line)
			}
		})
	}
}

// appendQuoted quotes as redis-server's sdscatrepr.
func appendQuoted(b, arg []byte) []byte {
	b = append(b, '"')
	for _, c := range arg {
		switch {
		case c == '\\' || c == '"':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\a':
			b = append(b, '\\', 'a')
		case c == '\b':
			b = append(b, '\\', 'b')
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, "\\x%02x", c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

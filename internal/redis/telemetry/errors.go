package telemetry

import (
	"sort"
	"sync"
	"sync/atomic"
)

// maxErrors bounds the codes that are counted apart, as redis-server does.
const maxErrors = 128

// errorCounts counts error replies by their code.
type errorCounts struct {
	mu     sync.RWMutex
	counts map[string]*atomic.Uint64
	total  atomic.Uint64
}

// ErrorCount is how often an error code was replied.
type ErrorCount struct {
	Code  string
	Count uint64
}

// CountError counts an error reply.
func (t *Telemetry) CountError(code string) {
	e := &t.errors
	e.total.Add(1)
	e.mu.RLock()
	n := e.counts[code]
	e.mu.RUnlock()
	if n == nil {
		e.mu.Lock()
		if n = e.counts[code]; n == nil && len(e.counts) < maxErrors {
			n = new(atomic.Uint64)
			e.counts[code] = n
		}
		e.mu.Unlock()
	}
	if n != nil {
		n.Add(1)
	}
}

// Errors lists the codes replied since the last reset, sorted.
func (t *Telemetry) Errors() []ErrorCount {
	e := &t.errors
	e.mu.RLock()
	defer e.mu.RUnlock()
	list := make([]ErrorCount, 0, len(e.counts))
	for code, n := range e.counts {
		list = append(list, ErrorCount{code, n.Load()})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Code < list[j].Code })
	return list
}

// ErrorTotal is the number of error replies since the last reset. That of a script
// which failed because one of its commands did is the command's.
func (t *Telemetry) ErrorTotal() uint64 { return t.errors.total.Load() }

func (e *errorCounts) reset() {
	e.total.Store(0)
	e.mu.Lock()
	clear(e.counts)
	e.mu.Unlock()
}

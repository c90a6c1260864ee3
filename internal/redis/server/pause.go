package server

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
)

// pause is CLIENT PAUSE.
type pause struct {
	until      atomic.Int64 // unix ms; 0: none
	writesOnly atomic.Bool
	mu         sync.Mutex
}

func (p *pause) active(now int64) bool {
	until := p.until.Load()
	return until != 0 && now < until
}

// endPause reports whether a pause has just run out.
func (s *Server) endPause(now int64) bool {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.until.Load()
	if until == 0 || now < until {
		return false
	}
	p.until.Store(0)
	s.keys.HoldExpiry(false)
	return true
}

// holds reports whether spec has to wait.
func (p *pause) holds(w *worker, s *session, spec *command.Spec, args [][]byte) bool {
	if p.until.Load() == 0 || !p.active(w.now) {
		return false
	}
	if !p.writesOnly.Load() {
		return true
	}
	if spec.Name == "exec" && spec.Parent() == nil {
		return slices.ContainsFunc(s.multi.queue, func(q queued) bool { return w.srv.mayWrite(q.spec, q.args) })
	}
	return w.srv.mayWrite(spec, args)
}

// mayWrite reports whether a command may write or be sent to replicas. A script
// that says it does not write does not.
func (s *Server) mayWrite(spec *command.Spec, args [][]byte) bool {
	if !spec.Has(command.Write | command.MayReplicate) {
		return false
	}
	return !spec.Nests || !scripting.ReadsOnly(s.scripts.engine, spec, args)
}

// PauseClients is command.Server's. A pause that holds back more, or longer, than
// the new one stays.
func (s *Server) PauseClients(until time.Time, writesOnly bool) {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now().UnixMilli()
	ms := until.UnixMilli()
	if p.active(now) {
		writesOnly = writesOnly && p.writesOnly.Load()
		ms = max(ms, p.until.Load())
	}
	p.writesOnly.Store(writesOnly)
	p.until.Store(ms)
	s.keys.HoldExpiry(true)
}

// UnpauseClients is command.Server's.
func (s *Server) UnpauseClients() {
	s.pause.mu.Lock()
	s.pause.until.Store(0)
	s.keys.HoldExpiry(false)
	s.pause.mu.Unlock()
	s.eachWorker(func(w *worker) { w.resumePaused() })
}

// resumePaused goes on with what the pause held back.
func (w *worker) resumePaused() {
	if w.srv.pause.active(w.now) {
		return
	}
	for s := range w.sessions {
		if s.hold&holdPause != 0 {
			s.setFlag(flagBlocked, false)
			s.resume(holdPause)
		}
	}
}

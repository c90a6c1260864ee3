package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

var (
	errCanceled         = pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	errStatementTimeout = pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout")
	errTerminated       = fatalError(pgerr.AdminShutdown, "terminating connection due to administrator command")
	errIdleTransaction  = fatalError("25P03", "terminating connection due to idle-in-transaction timeout")
	errIdleSession      = fatalError("57P05", "terminating connection due to idle-session timeout")
)

// canceler lends each statement a context that others may cancel. One context
// serves statement after statement until it has been cancelled.
type canceler struct {
	mu      sync.Mutex
	ctx     context.Context
	cancel  context.CancelCauseFunc
	running bool
	// number tells statements apart, so that a timer that fires late does not
	// hit the next one.
	number     uint64
	terminated bool
	timer      *time.Timer
	// retiring tells that the session ends when its transaction has.
	retiring atomic.Bool
}

// startStatement begins a statement and lends it a context. timeout is statement_timeout, 0 for none.
func (s *Session) startStatement(timeout time.Duration) context.Context {
	c := &s.canceler
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil {
		c.ctx, c.cancel = context.WithCancelCause(context.Background())
		if c.terminated {
			c.cancel(errTerminated)
		}
	}
	c.running = true
	c.number++
	if timeout > 0 {
		n := c.number
		c.timer = time.AfterFunc(timeout, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.running && c.number == n {
				c.cancel(errStatementTimeout)
				s.client.Wake()
			}
		})
	}
	return c.ctx
}

// stop ends the statement.
func (c *canceler) stop() {
	c.mu.Lock()
	c.running = false
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	c.mu.Unlock()
}

// cancelStatement cancels the running statement; a session that runs none does
// not notice.
func (s *Session) cancelStatement(cause *pgerr.Error) {
	c := &s.canceler
	c.mu.Lock()
	running := c.running
	if running {
		c.cancel(cause)
	}
	c.mu.Unlock()
	if running {
		s.client.Wake() // it may wait for COPY data
	}
}

// Interrupted gives the error that the running statement, which waits for the
// client, has to end with; nil if it may go on.
func (s *Session) Interrupted() error {
	c := &s.canceler
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running && c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return nil
}

// terminate ends the session: its statement now, itself as soon as its
// connection looks.
func (s *Session) terminate() {
	c := &s.canceler
	c.mu.Lock()
	c.terminated = true
	if c.running {
		c.cancel(errTerminated)
	}
	c.mu.Unlock()
	s.client.Wake()
}

// retire ends the session as soon as it is in no statement and no transaction.
func (s *Session) retire() {
	s.canceler.retiring.Store(true)
	s.client.Wake()
}

// retired tells that nothing holds a retiring session any more.
func (s *Session) retired() bool { return s.block == blockNone && s.canceler.retiring.Load() }

// Terminated gives the error that the session has to end with, nil if it may go
// on.
func (s *Session) Terminated() error {
	c := &s.canceler
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.terminated {
		return errTerminated
	}
	return nil
}

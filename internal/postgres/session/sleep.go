package session

import (
	"context"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
)

var _ builtin.Sleeper = (*Session)(nil)

// Sleep waits for pg_sleep, or until the statement is cancelled.
func (s *Session) Sleep(seconds float64) error {
	s.canceler.mu.Lock()
	ctx := s.canceler.ctx
	s.canceler.mu.Unlock()
	if ctx == nil {
		ctx = context.Background()
	}
	t := time.NewTimer(time.Duration(seconds * float64(time.Second)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

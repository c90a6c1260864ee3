package server

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// runElsewhere runs a command that may take long on a goroutine of its own, so
// that other clients are served. Its session waits.
func (s *session) runElsewhere(spec *command.Spec, args [][]byte) {
	w := s.worker
	s.yield()
	w.applyRound() // the goroutine must see what came before
	if s.closed {
		return
	}
	s.shared.lastCmd.Store(spec)
	if w.srv.monitors.active() {
		w.srv.monitors.feed(s, spec, args)
	}
	s.hold |= holdLong
	args = copyArgs(args)
	c := &command.Ctx{
		Alone: true, Args: args, Spec: spec, Out: &resp.Writer{Proto: s.out.Proto}, DB: s.db, Session: s, Server: w.srv,
	}
	w.srv.long.Add(1)
	w.handedOn = true
	go func() {
		defer w.srv.long.Add(-1)
		w.srv.longTurns <- struct{}{}
		started := w.srv.elapsed()
		err := w.srv.runLong(c)
		took := w.srv.elapsed() - started
		<-w.srv.longTurns
		w.post(func() {
			if s.out.Buf == nil {
				s.out.Buf = s.replyBuffer()
			}
			from := len(s.out.Buf)
			if err != nil {
				s.replyError(spec, err)
			} else {
				s.out.Raw(c.Out.Buf)
			}
			w.account(s, spec, args, took, len(s.out.Buf) > from && s.out.Buf[from] == '-')
			s.unacked = s.unacked || s.multi.wrote || spec.Has(command.Write|command.MayReplicate) || spec.Nests
			s.multi.wrote = false
			s.afterReply(from)
			s.mark(false) // its writes are settled already
			s.yield()
			s.resume(holdLong)
			s.closeIfDone()
		})
	}()
}

// runLong runs a command with a run of its own and waits until its writes are
// durable.
func (s *Server) runLong(c *command.Ctx) error {
	run := s.keys.NewRun()
	if by, ok := c.Session.(*session); ok && by.upstream != nil {
		run.Copies()
	}
	c.Keys = run
	woken, err := s.lockAndCall(c, run)
	pending, applyErr := run.Apply()
	if applyErr == nil && pending != nil {
		applyErr = pending.Wait()
	}
	if applyErr != nil {
		err = errStore(applyErr)
		fail(woken, err)
	}
	for _, d := range woken {
		d.deliver()
	}
	if run.HasStale() {
		s.removeStale(run)
	}
	return err
}

// removeStale removes the expired keys that a long command came across.
func (s *Server) removeStale(run *keyspace.Run) {
	err := run.RemoveStale()
	pending, applyErr := run.Apply()
	if pending != nil {
		applyErr = pending.Wait()
	}
	if err = errors.Join(err, applyErr); err != nil {
		s.log.Error("expiring keys", "err", err)
	}
}

// lockAndCall returns the replies to those whom the command served, too.
func (s *Server) lockAndCall(c *command.Ctx, run *keyspace.Run) (woken []served, err error) {
	spec := c.Spec
	keys, err := spec.AppendKeys(nil, c.Args)
	if err != nil {
		return nil, err
	}
	switch {
	case spec.Exclusive:
		err = run.LockAll()
	case touchesData(spec):
		err = run.Lock(c.DB, keys, spec.Has(command.Write|command.MayReplicate))
	}
	if err != nil {
		return nil, errStore(err)
	}
	call := s.callerAlone(run)
	if by, ok := c.Session.(*session); ok {
		run.LeaveUntouched(by.leavesUntouched(spec))
		if s.following.rules.Load() != 0 {
			if err := by.stillPermits(c); err != nil {
				return nil, err
			}
		}
	}
	writes := run.Writes()
	dropped, err := call(c)
	if dropped {
		run.TakeReady()
		return nil, err
	}
	endEffects(run)
	if s.watches.active() && run.Writes() != writes {
		s.watches.touch(c, keys)
	}
	if run.HasReady() {
		woken = s.wake(run, call)
		if n := len(woken); n > 0 && woken[n-1].dropped {
			err = command.ErrInternal
		}
	}
	return woken, err
}

// callerAlone is what runs commands in a run that is no worker's.
func (s *Server) callerAlone(run *keyspace.Run) func(c *command.Ctx) (dropped bool, err error) {
	return func(c *command.Ctx) (dropped bool, err error) {
		defer func() {
			if p := recover(); p != nil {
				dropped, err = true, s.panickedAlone(c, run, p)
			}
		}()
		return false, s.invoke(c)
	}
}

// panickedAlone drops the run of a long command that panicked.
func (s *Server) panickedAlone(c *command.Ctx, run *keyspace.Run, p any) error {
	s.log.Error("a command panicked", "command", c.Spec.FullName(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	s.panics.Add(1)
	if err := run.Abort(); err != nil {
		s.writeFailed(err)
	}
	return command.ErrInternal
}

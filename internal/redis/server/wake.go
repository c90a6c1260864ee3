package server

import (
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// A command that makes keys ready serves those who wait for them itself, right
// after it has run: it runs their commands again, in its own run and under its
// locks, before any other client sees the keys. Their replies wait, as its own
// does, until the run's writes are as durable as promised.

// served is the reply to a client that waited.
type served struct {
	waiter  *waiter
	reply   []byte
	dropped bool // its command panicked, and the run's writes are lost
}

// deliver has the client's worker send the reply.
func (d served) deliver() {
	w := d.waiter
	w.session.worker.post(func() { w.session.unblock(w, d.reply) })
}

// fail replaces replies whose writes are lost.
func fail(list []served, err error) {
	for i := range list {
		out := resp.Writer{Proto: list[i].waiter.proto}
		out.Error(command.ReplyText(err))
		list[i].reply = out.Buf
	}
}

// wake serves whoever waits for keys that the run made ready, and for those that
// this makes ready in turn. call runs a command's handler; if it reports that the
// run was dropped, so is the rest.
func (s *Server) wake(run *keyspace.Run, call func(c *command.Ctx) (dropped bool, err error)) []served {
	return s.wakeKeys(run, nil, call)
}

func (s *Server) wakeKeys(run *keyspace.Run, keys []keyspace.Ready, call func(c *command.Ctx) (dropped bool, err error)) (list []served) {
	for {
		ready, all := run.TakeReady()
		if all {
			ready = append(ready, s.waiters.all()...)
		}
		if keys = append(keys, ready...); len(keys) == 0 {
			return list
		}
		for _, key := range keys {
			for _, w := range s.waiters.line(key) {
				if !s.waiters.claim(w) {
					continue
				}
				out, found, dropped := s.serveWaiter(run, w, key, call)
				done, reason := s.waiters.settle(w, found)
				switch {
				case !done:
				case found:
					list = append(list, served{w, out, dropped})
				default:
					list = append(list, served{w, w.ending(reason), dropped})
				}
				if dropped {
					fail(list, command.ErrInternal)
					return list
				}
			}
		}
		keys = keys[:0]
	}
}

// serveWaiter runs a waiter's command again; found says that it is answered.
func (s *Server) serveWaiter(run *keyspace.Run, w *waiter, key keyspace.Ready,
	call func(c *command.Ctx) (dropped bool, err error),
) (out []byte, found, dropped bool) {
	c := &command.Ctx{
		Args: w.args, Spec: w.spec, Out: &resp.Writer{Proto: w.proto}, Keys: run, DB: w.db,
		Session: w.session, Server: s, MayBlock: true, Ready: []byte(key.Key),
		Unfollowed: s.IsReplica(),
	}
	keys, err := w.spec.AppendKeys(nil, w.args)
	if err == nil {
		err = run.Lock(w.db, keys, w.spec.Has(command.Write))
	}
	if err == keyspace.ErrBusy { //nolint:errorlint // Lock does not wrap it
		// A script has taken the keyspace: what the run wrote is applied, and this
		// waiter looks again later.
		s.wakeLater(w.session.worker, key)
		return nil, false, false
	}
	if err != nil {
		s.writeError(c.Out, errStore(err))
		return c.Out.Buf, true, false
	}
	kind, err := run.Type(w.db, c.Ready)
	if err == nil && kind != w.wait.Type && !w.wait.Gone {
		return nil, false, false
	}
	if err == nil && !w.session.shared.user.Load().Unlimited() {
		err = s.permitWaiter(w)
	}
	if err == nil {
		writes, started := run.Writes(), s.elapsed()
		dropped, err = call(c)
		w.took += s.elapsed() - started
		endEffects(run)
		if s.watches.active() && run.Writes() != writes {
			s.watches.touch(c, keys)
		}
	}
	if err != nil {
		c.Out.Truncate(0)
		s.writeError(c.Out, err)
	} else if c.Wait != nil {
		return nil, false, dropped
	}
	return c.Out.Buf, true, dropped
}

// wakeRetry is how long a key waits that could not be looked at.
const wakeRetry = 5 * time.Millisecond

// wakeLater has a worker look at a key that may be ready, after a while.
func (s *Server) wakeLater(w *worker, key keyspace.Ready) {
	time.AfterFunc(wakeRetry, func() { s.wakeSoon(w, key) })
}

// wakeSoon has a worker look at a key that may be ready.
func (s *Server) wakeSoon(w *worker, key keyspace.Ready) {
	w.post(func() {
		call := func(c *command.Ctx) (dropped bool, err error) {
			client, ok := c.Session.(*session)
			if !ok {
				return false, command.ErrInternal
			}
			defer func() { client.aborted = false }()
			return client.callAgain(c)
		}
		w.served = append(w.served, s.wakeKeys(w.run, []keyspace.Ready{key}, call)...)
	})
}

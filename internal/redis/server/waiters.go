package server

import (
	"container/list"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// waiter is a client whose command blocks. It belongs to its session's worker;
// what the comment says is guarded belongs to waiters.
type waiter struct {
	session *session
	spec    *command.Spec
	args    [][]byte // its own
	db      int
	proto   int
	wait    command.Wait
	timer   *time.Timer
	// after is what tells the client itself of keys that its command changed when
	// it ran again; whoever runs it writes it.
	after []*pushed
	took  time.Duration // running, so far: it is accounted for when it is over
	// thenClose says that the client is to be closed after the reply.
	thenClose atomic.Bool

	// Guarded by waiters.mu.
	state  waiterState
	ended  error // what ended the wait while the command was running again
	places []place
}

type waiterState uint8

const (
	waiting waiterState = iota
	// serving: its command runs again, on the goroutine that made a key ready.
	serving
	// over: it has its reply, or is gone.
	over
)

// place is where a waiter stands in a key's line.
type place struct {
	key     keyspace.Ready
	element *list.Element
}

// waiters are the clients that wait for keys, first come, first served.
type waiters struct {
	keys  *keyspace.Keyspace
	mu    sync.Mutex
	acks  map[*waiter]struct{}          // those who wait for replicas
	lines map[keyspace.Ready]*list.List // of *waiter
}

// errTimedOut ends a wait with the command's own reply to that.
const errTimedOut command.Error = "timed out"

// errUnblocked is the reply after CLIENT UNBLOCK ERROR.
const errUnblocked command.Error = "UNBLOCKED client unblocked via CLIENT UNBLOCK"

// add puts w at the end of its keys' lines. The keys are locked.
func (l *waiters) add(w *waiter) {
	l.keys.AddWaiters(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines == nil {
		l.lines = make(map[keyspace.Ready]*list.List)
		l.acks = make(map[*waiter]struct{})
	}
	if w.wait.Done != nil {
		l.acks[w] = struct{}{}
	}
	for _, name := range w.wait.Keys {
		key := keyspace.Ready{DB: w.db, Key: string(name)}
		if slices.ContainsFunc(w.places, func(p place) bool { return p.key == key }) {
			continue
		}
		if l.lines[key] == nil {
			l.lines[key] = list.New()
		}
		w.places = append(w.places, place{key, l.lines[key].PushBack(w)})
	}
}

// remove takes w out of all lines. The mutex is held.
func (l *waiters) remove(w *waiter) {
	w.state = over
	for _, p := range w.places {
		line := l.lines[p.key]
		line.Remove(p.element)
		if line.Len() == 0 {
			delete(l.lines, p.key)
		}
	}
	w.places = nil
	delete(l.acks, w)
	if w.timer != nil {
		w.timer.Stop()
	}
	l.keys.AddWaiters(-1)
}

// end ends a wait for a reason of its own: the time, CLIENT UNBLOCK, or the end of
// the connection. It reports whether w was waiting: a reply is due then. If its
// command is running again, the reason counts only if that finds nothing.
func (l *waiters) end(w *waiter, reason error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch w.state {
	case waiting:
		l.remove(w)
		return true
	case serving:
		w.ended = reason
	}
	return false
}

// line lists those who wait for key, in order.
func (l *waiters) line(key keyspace.Ready) []*waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*waiter
	if line := l.lines[key]; line != nil {
		for e := line.Front(); e != nil; e = e.Next() {
			if w, ok := e.Value.(*waiter); ok {
				all = append(all, w)
			}
		}
	}
	return all
}

// has says whether anybody waits for key.
func (l *waiters) has(key keyspace.Ready) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines[key] != nil
}

// all lists the keys somebody waits for.
func (l *waiters) all() []keyspace.Ready {
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := make([]keyspace.Ready, 0, len(l.lines))
	for key := range l.lines {
		keys = append(keys, key)
	}
	return keys
}

// claim lets the caller run w's command again, alone.
func (l *waiters) claim(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.state != waiting {
		return false
	}
	w.state = serving
	return true
}

// settle ends what claim began. It reports whether the wait is over, and why if
// not because the command found something. The keys are still locked.
func (l *waiters) settle(w *waiter, found bool) (done bool, reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !found && w.ended == nil {
		w.state = waiting
		return false, nil
	}
	l.remove(w)
	if found {
		return true, nil
	}
	return true, w.ended
}

// block makes the session wait as its command asked.
func (s *session) block(c *command.Ctx) {
	srv := s.worker.srv
	w := &waiter{session: s, spec: c.Spec, db: c.DB, proto: s.out.Proto, wait: *c.Wait}
	args := c.Args
	if c.Wait.Args != nil {
		args = c.Wait.Args
	}
	w.args = copyArgs(args)
	w.wait.Keys, w.wait.Args = copyArgs(c.Wait.Keys), nil
	c.Wait = nil
	s.waits = w
	s.shared.waits.Store(w)
	s.hold |= holdBlocked
	s.setFlag(flagBlocked, true)
	srv.waiters.add(w)
	if ms := w.wait.Timeout; ms > 0 && ms < int64(forever/time.Millisecond) {
		// The mutex keeps the timer's own end from seeing w without it.
		srv.waiters.mu.Lock()
		w.timer = time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { srv.endWait(w, errTimedOut) })
		srv.waiters.mu.Unlock()
	}
	if w.wait.Done != nil && w.wait.Done() {
		srv.endWait(w, errTimedOut) // while it was being asked for
	}
}

// acknowledged ends the waits for replicas that have what is waited for.
func (l *waiters) acknowledged(s *Server) {
	l.mu.Lock()
	all := slices.Collect(maps.Keys(l.acks))
	l.mu.Unlock()
	for _, w := range all {
		if w.wait.Done() {
			s.endWait(w, errTimedOut)
		}
	}
}

// forever is longer than any connection lasts.
const forever = 100 * 365 * 24 * time.Hour

// endWait answers a waiter for a reason other than that it was served.
func (s *Server) endWait(w *waiter, reason error) bool {
	if !s.waiters.end(w, reason) {
		return false
	}
	reply := w.ending(reason)
	w.session.worker.post(func() { w.session.unblock(w, reply) })
	return true
}

// ending is the reply of a wait that ended without being served.
func (w *waiter) ending(reason error) []byte {
	out := resp.Writer{Proto: w.proto}
	if errors.Is(reason, errTimedOut) {
		w.wait.Empty(&out)
	} else {
		w.session.worker.srv.writeError(&out, reason)
	}
	return out.Buf
}

// unblock gives a session that waited its reply and goes on with what it sent
// meanwhile.
func (s *session) unblock(w *waiter, reply []byte) {
	if s.closed || s.waits != w {
		return
	}
	s.waits = nil
	s.shared.waits.Store(nil)
	s.unacked = s.unacked || w.spec.Has(command.Write)
	s.setFlag(flagBlocked, false)
	if s.out.Buf == nil {
		s.out.Buf = s.replyBuffer()
	}
	from := len(s.out.Buf)
	s.out.Raw(reply)
	s.worker.account(s, w.spec, w.args, w.took, reply[0] == '-')
	s.afterReply(from)
	s.mark(false)
	s.yield()
	for _, m := range w.after {
		s.sendInvalidation(m)
	}
	if s.worker.srv.tracking.count.Load() > 0 {
		s.worker.srv.tracking.sendBroadcast(s)
	}
	if w.thenClose.Load() {
		s.Close()
	}
	s.resume(holdBlocked)
	s.closeIfDone()
}

// UnblockClient is command.Server's.
func (s *Server) UnblockClient(id int64, withError bool) bool {
	client := s.clients.get(id)
	if client == nil {
		return false
	}
	w := client.shared.waits.Load()
	if w == nil {
		return false
	}
	if withError {
		return s.endWait(w, errUnblocked)
	}
	return s.endWait(w, errTimedOut)
}

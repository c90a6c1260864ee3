package server

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/telemetry"
	"github.com/orbit-server/orbit/internal/storage"
)

// keepReplies is the longest list of waiting replies that is kept.
const keepReplies = 1024

// worker runs sessions. All of a session's work happens on its worker's
// goroutine, so neither needs locks; others reach it through post.
type worker struct {
	srv *Server
	// owner is who its connections are from the beginning; nil: the default user.
	owner *acl.User
	// post has f run on the worker's goroutine, soon. Safe for concurrent use.
	post func(f func())

	run      *keyspace.Run
	ctx      command.Ctx
	shard    *telemetry.Shard
	sessions map[*session]struct{}
	keys     [][]byte // of the command under way
	buffers  [][]byte // reply buffers not in use
	large    [][]byte // those of more than replyMost
	queries  [][]byte // query buffers not in use
	owners   int      // sessions that own one
	// swollen are the sessions with a query buffer that is to shrink again.
	swollen map[*session]struct{}
	swells  atomic.Int32 // how many
	more    func(size int) []byte
	rounds  [][]reply // lists not in use

	now int64 // unix milliseconds, as of the last event
	// clock is the time since the server's start when the last command ended and
	// so the next one began: one reading serves both.
	clock   time.Duration
	pushed  []*session // with messages to send at the end of the round
	round   []reply    // of this round of events, in order
	served  []served   // replies to those who waited, by this round's run
	waiting []batch
	syncer  *syncer // waits in the worker's stead when that takes long
	syncing int     // batches that the syncer has
	// upstream is the session of the primary that the server follows, if it is this
	// worker's: the last one, which may have ended.
	upstream *upstream
	// handedOn says that this round left work to other goroutines.
	handedOn bool
}

// reply is the replies of some commands of one session that may not go out before
// the writes of their round are as durable as promised. A session's replies stay
// in order: once one waits, those that follow queue behind it, written or not.
type reply struct {
	session *session
	out     []byte
	own     bool // out is the session's own buffer
	marks   []mark
}

// batch is the replies to what one batch of writes holds.
type batch struct {
	pending storage.Pending // nil: nothing was written
	replies []reply
	served  []served
	err     error
}

func (s *Server) newWorker(post func(func())) *worker {
	w := &worker{
		srv:      s,
		post:     post,
		run:      s.keys.NewRun(),
		shard:    s.tel.NewShard(),
		sessions: make(map[*session]struct{}),
		swollen:  make(map[*session]struct{}),
	}
	w.more = w.largeBuffer
	w.run.GiveUpWhen(s.impatient)
	w.ctx = command.Ctx{Keys: w.run, Server: s}
	w.tick()
	w.syncer = s.syncers.start(w)
	return w
}

// tick reads the wall clock.
func (w *worker) tick() { w.now = time.Now().UnixMilli() }

// A round is what one turn of the event loop brings. All its commands share a run
// and so, unless it grows large, one batch of writes and one wait for them.

// applyRound makes the round's writes visible so far and lets their locks go.
func (w *worker) applyRound() {
	pending, err := w.run.Apply()
	if len(w.round) == 0 && len(w.served) == 0 && pending == nil {
		return
	}
	if err != nil {
		w.srv.writeFailed(err)
		failReplies(w.round, errStore(err))
		fail(w.served, errStore(err))
		w.writesLost()
	}
	w.waiting = append(w.waiting, batch{pending: pending, replies: w.round, served: w.served})
	w.served = nil
	w.round = w.takeRound()
}

// takeRound returns an empty list of replies.
func (w *worker) takeRound() []reply {
	if n := len(w.rounds); n > 0 {
		list := w.rounds[n-1]
		w.rounds = w.rounds[:n-1]
		return list
	}
	return nil
}

// settle ends a round: it waits for what the round wrote and sends the replies.
// Where waiting takes an fsync the syncer does it instead, and keeps doing it until
// all that it has is sent: replies stay in order when the durability changes.
func (w *worker) settle() {
	if len(w.pushed) > 0 {
		w.sendPushed()
	}
	w.applyRound()
	if w.run.HasStale() {
		w.removeStale()
	}
	if w.srv.memory.clientsOver(w.srv.clients.count.Load()) {
		w.srv.evictClients()
	}
	if len(w.waiting) == 0 {
		return
	}
	if w.syncing > 0 || w.srv.keys.Store().Durability() == storage.Always {
		w.syncing += len(w.waiting)
		w.syncer.add(w.waiting)
		w.handedOn = true
		w.waiting = nil
		return
	}
	wait(w.waiting)
	w.release(w.waiting)
	clear(w.waiting)
	w.waiting = w.waiting[:0]
}

// removeStale removes the expired keys that the round's commands came across.
func (w *worker) removeStale() {
	if err := w.run.RemoveStale(); err != nil {
		w.srv.log.Error("expiring keys", "err", err)
	}
	w.run.TakeReady() // Server.expired tells those who wait
	w.applyRound()
}

// wait waits for batches and notes their errors. The log is in order, so the
// newest is waited for first.
func wait(batches []batch) {
	for i := len(batches) - 1; i >= 0; i-- {
		if b := &batches[i]; b.pending != nil {
			b.err = b.pending.Wait()
		}
	}
}

// release sends settled replies, on the worker's goroutine.
func (w *worker) release(batches []batch) {
	for i := range batches {
		b := &batches[i]
		if b.err != nil {
			w.srv.log.Error("a write is not durable", "err", b.err)
			failReplies(b.replies, errStore(b.err))
			fail(b.served, errStore(b.err))
			w.writesLost()
		}
		for _, r := range b.replies {
			r.session.unsettled--
			r.session.marks = recycleMarks(r.session.marks, r.marks)
			r.session.deliver(r.out, r.own)
		}
		for _, d := range b.served {
			d.deliver()
		}
		clear(b.replies)
		if cap(b.replies) <= keepReplies && len(w.rounds) < 8 {
			w.rounds = append(w.rounds, b.replies[:0])
		}
	}
}

// writeFailed logs that the store did not take a write. Clients that go on writing to a
// full disk must not fill the log too: it is said once a second.
func (s *Server) writeFailed(err error) {
	if now := time.Now().Unix(); s.failureSaid.Swap(now) == now {
		return
	}
	if storage.FullDisk(err) {
		s.log.Error("writes are refused: the disk is full", "err", err, "advice", storage.FullDiskAdvice)
		return
	}
	s.log.Error("a write failed", "err", err)
}

// errStore is the reply to a write that the store did not take.
func errStore(err error) error {
	var reply command.Error
	if errors.As(err, &reply) {
		return reply
	}
	return command.Errorf("MISCONF The write could not be stored: %v", err)
}

package server

import (
	"errors"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/telemetry"
	"github.com/orbit-server/orbit/internal/storage"
)

const (
	// keepBuffer is the largest reply buffer that is kept for reuse, keepBuffers
	// how many a worker keeps.
	keepBuffer  = 64 << 10
	keepBuffers = 256
)

// worker runs sessions. All of a session's work happens on its worker's
// goroutine, so neither needs locks; others reach it through post.
type worker struct {
	srv *Server
	// post has f run on the worker's goroutine, soon. Safe for concurrent use.
	post func(f func())

	run      *keyspace.Run
	ctx      command.Ctx
	shard    *telemetry.Shard
	sessions map[*session]struct{}
	keys     [][]byte // of the command under way
	buffers  [][]byte // reply buffers not in use

	now     int64         // unix milliseconds, as of the last event
	clock   time.Duration // since the server's start, as of the last command's end
	waiting []settling
	syncer  *syncer // waits in the worker's stead; nil when waiting is short
}

// settling is the replies of one run that may not go out before the run's writes
// are as durable as promised. A session's replies stay in order: once one waits,
// those of later runs queue behind it, written or not.
type settling struct {
	session *session
	pending storage.Pending // nil: nothing was written
	out     []byte
	marks   []mark
}

func (s *Server) newWorker(post func(func())) *worker {
	w := &worker{
		srv:      s,
		post:     post,
		run:      s.keys.NewRun(),
		shard:    s.tel.NewShard(),
		sessions: make(map[*session]struct{}),
	}
	w.ctx = command.Ctx{Keys: w.run, Server: s}
	w.tick()
	if s.keys.Store().Durability() == storage.Always {
		w.syncer = s.syncers.start(w)
	}
	return w
}

// tick reads the wall clock.
func (w *worker) tick() { w.now = time.Now().UnixMilli() }

// buffer takes an empty reply buffer.
func (w *worker) buffer() []byte {
	if n := len(w.buffers); n > 0 {
		b := w.buffers[n-1]
		w.buffers = w.buffers[:n-1]
		return b
	}
	return make([]byte, 0, 1024)
}

// recycle gives a reply buffer back.
func (w *worker) recycle(b []byte) {
	if cap(b) > 0 && cap(b) <= keepBuffer && len(w.buffers) < keepBuffers {
		w.buffers = append(w.buffers, b[:0])
	}
}

// settle ends a round of events: it waits for what the round's runs wrote and
// sends their replies. Where waiting takes an fsync the syncer does it instead.
func (w *worker) settle() {
	if len(w.waiting) == 0 {
		return
	}
	if w.syncer != nil {
		w.syncer.add(w.waiting)
		w.waiting = nil
		return
	}
	release(w.waiting, waitAll(w.waiting))
	clear(w.waiting)
	w.waiting = w.waiting[:0]
}

// waitAll waits for every pending; the result has their errors, nil if there are
// none. The log is in order, so the newest is waited for first.
func waitAll(list []settling) []error {
	var errs []error
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].pending == nil {
			continue
		}
		if err := list[i].pending.Wait(); err != nil {
			if errs == nil {
				errs = make([]error, len(list))
			}
			errs[i] = err
		}
	}
	return errs
}

// release sends settled replies, on the worker's goroutine.
func release(list []settling, errs []error) {
	for i := range list {
		entry := &list[i]
		s := entry.session
		s.unsettled--
		if errs != nil && errs[i] != nil {
			s.worker.srv.log.Error("a write is not durable", "err", errs[i])
			entry.out = failWrites(entry.out, entry.marks, s.out.Proto, errStore(errs[i]))
		}
		s.marks = recycleMarks(s.marks, entry.marks)
		s.deliver(entry.out)
	}
}

// errStore is the reply to a write that the store did not take.
func errStore(err error) error {
	var reply command.Error
	if errors.As(err, &reply) {
		return reply
	}
	return command.Errorf("MISCONF The write could not be stored: %v", err)
}

package server

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// multi is a session's MULTI state.
type multi struct {
	active  bool
	spoiled bool // a command was refused: EXEC fails
	wrote   bool // the EXEC under way ran a write
	nests   bool // a script is queued
	writes  bool // a write is queued
	// needsData says that a command is queued that a replica without its primary
	// refuses.
	needsData bool
	denyOOM   bool // a command is queued that may add to the data
	queue     []queued
	bytes     int
	watched   []watched
	// watchedBytes is about what watched takes.
	watchedBytes int
}

// queued is a command waiting for EXEC; it owns its arguments.
type queued struct {
	spec *command.Spec
	args [][]byte
	// refusal is the reply to a command whose keys cannot be told.
	refusal error
}

// What a client may have queued, and watch.
const (
	maxQueueBytes = 512 << 20
	maxWatchBytes = 16 << 20
)

// queues reports whether spec waits for EXEC rather than running at once.
func (m *multi) queues(spec *command.Spec) bool {
	switch spec.Name {
	case "exec", "discard", "multi", "watch", "quit", "reset":
		return spec.Parent() != nil
	}
	return true
}

func (s *session) enqueue(spec *command.Spec, args [][]byte) error {
	if spec.Has(command.NoMulti) {
		return command.Errorf("ERR Command not allowed inside a transaction")
	}
	size := 64
	for _, arg := range args {
		size += len(arg) + 24
	}
	if s.multi.bytes+size > maxQueueBytes {
		return command.Errorf("ERR the transaction queues more than %d bytes", maxQueueBytes)
	}
	s.multi.bytes += size
	setHeld(&s.worker.srv.memory.queued, &s.shared.multiMem, int64(s.multi.bytes))
	s.multi.nests = s.multi.nests || spec.Nests
	rights := scripting.Rights(s.worker.srv.scripts.engine, spec, args)
	s.multi.writes = s.multi.writes || rights&command.Write != 0
	s.multi.needsData = s.multi.needsData || rights&command.Stale == 0
	s.multi.denyOOM = s.multi.denyOOM || spec.Has(command.DenyOOM)
	if !s.multi.spoiled { // it will not run: no need to keep it
		s.multi.queue = append(s.multi.queue, queued{spec: spec, args: copyArgs(args)})
	}
	s.shared.queued.Add(1)
	return nil
}

// copyArgs copies arguments out of the connection's buffer.
func copyArgs(args [][]byte) [][]byte {
	size := 0
	for _, arg := range args {
		size += len(arg)
	}
	buf := make([]byte, 0, size)
	out := make([][]byte, len(args))
	for i, arg := range args {
		from := len(buf)
		buf = append(buf, arg...)
		out[i] = buf[from:len(buf):len(buf)]
	}
	return out
}

// InMulti is command.Transaction's.
func (s *session) InMulti() bool { return s.multi.active }

// BeginMulti is command.Transaction's.
func (s *session) BeginMulti() {
	s.multi.active = true
	s.shared.queued.Store(0)
}

// Discard is command.Transaction's.
func (s *session) Discard() { s.dropMulti() }

func (s *session) dropMulti() {
	s.Unwatch()
	s.multi = multi{wrote: s.multi.wrote}
	setHeld(&s.worker.srv.memory.queued, &s.shared.multiMem, 0)
	s.shared.queued.Store(-1)
}

// Exec runs the queue under the locks of all its keys and of the watched ones: no
// other client sees a part of it, and its writes are one batch.
func (s *session) Exec(c *command.Ctx) error {
	queue, spoiled := s.multi.queue, s.multi.spoiled
	if spoiled {
		s.dropMulti()
		return command.ErrExecAbort
	}
	if err := s.lockQueue(c); err != nil {
		if err == keyspace.ErrBusy { //nolint:errorlint // errStore leaves it
			return err // and try again later
		}
		s.dropMulti()
		return err
	}
	if s.worker.srv.following.rules.Load() != 0 {
		if err := s.stillPermitsExec(c); err != nil {
			return err
		}
	}
	unchanged, err := s.watchesHold(c)
	s.dropMulti()
	if err != nil {
		return err
	}
	if !unchanged {
		c.Out.NullArray()
		return nil
	}
	c.Out.Array(len(queue))
	args, spec := c.Args, c.Spec
	c.MayBlock, c.Alone = false, false
	for _, q := range queue {
		s.runQueued(c, q)
		if s.aborted {
			return command.ErrInternal
		}
	}
	c.Args, c.Spec, c.DB = args, spec, s.db
	return nil
}

// lockQueue takes the locks of everything EXEC will touch.
func (s *session) lockQueue(c *command.Ctx) error {
	var keys [][]byte
	write, exclusive := false, false
	for i := range s.multi.queue {
		q := &s.multi.queue[i]
		keys, q.refusal = q.spec.AppendKeys(keys, q.args)
		write = write || q.spec.Has(command.Write|command.MayReplicate)
		exclusive = exclusive || q.spec.Exclusive
	}
	for _, w := range s.multi.watched {
		keys = append(keys, []byte(w.key))
	}
	var err error
	if exclusive {
		err = c.Keys.LockAll()
	} else {
		err = c.Keys.Lock(c.DB, keys, write)
	}
	if err != nil {
		return errStore(err)
	}
	return nil
}

// runQueued runs one command of EXEC; its error is its element of the reply.
func (s *session) runQueued(c *command.Ctx, q queued) {
	w := s.worker
	c.Args, c.Spec, c.DB = q.args, q.spec, s.db
	started := w.srv.elapsed()
	from := len(c.Out.Buf)
	writes := c.Keys.Writes()
	err := q.refusal
	if err == nil && !s.unlimited() {
		err = s.permitQueued(q.spec, q.args)
	}
	if err == nil {
		c.Keys.LeaveUntouched(s.leavesUntouched(q.spec))
		err = s.call(c)
	}
	if s.aborted {
		return
	}
	if err != nil {
		c.Out.Truncate(from)
		w.srv.writeError(c.Out, err)
		if s.upstream != nil {
			s.upstream.refused(q.spec, command.ReplyText(err), false)
		}
	}
	if w.srv.monitors.active() {
		w.srv.monitors.feed(s, q.spec, q.args)
	}
	if q.spec.Has(command.Write | command.MayReplicate) {
		s.multi.wrote = true
		if w.srv.watches.active() && c.Keys.Writes() != writes {
			if keys, err := q.spec.AppendKeys(nil, q.args); err == nil {
				w.srv.watches.touch(c, keys)
			}
		}
	}
	w.account(s, q.spec, q.args, w.srv.elapsed()-started, len(c.Out.Buf) > from && c.Out.Buf[from] == '-')
}

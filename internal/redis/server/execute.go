package server

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// execute runs one request, or queues it in MULTI, or refuses it.
func (s *session) execute(args [][]byte) {
	w := s.worker
	spec, err := w.srv.registry.Resolve(args)
	if err == nil && !s.unlimited() {
		err = s.permit(spec, args)
	}
	switch {
	case spec == nil:
		s.unknown(args)
	case err != nil:
	case w.srv.memory.limit.Load() > 0:
		later := false
		if later, err = s.checkMemory(spec); later {
			s.reader.Rewind()
			s.hold |= holdTurn
			w.post(func() { s.resume(holdTurn) })
			return
		}
	}
	if err == nil && w.srv.following.rules.Load() != 0 {
		err = s.permitByRole(spec, args)
	}
	switch {
	case err != nil:
	case w.srv.busy(spec) != nil:
		if s.upstream != nil {
			s.holdForScript()
			return
		}
		err = w.srv.busyReply(spec)
	case s.topics.total > 0 && s.Confined() && !allowedWhenConfined(spec):
		err = command.Errorf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", spec.FullName())
	case s.replica != nil && !allowedForReplica(spec):
		err = command.Errorf("ERR Replica can't interact with the keyspace")
	case spec.Has(command.Write) && w.srv.TooFewReplicas(), s.multi.writes && spec.Name == "exec" && w.srv.TooFewReplicas():
		err = command.ErrNoReplicas
	case w.srv.pause.holds(w, s, spec, args):
		s.reader.Rewind()
		s.hold |= holdPause
		s.setFlag(flagBlocked, true)
		return
	case s.multi.active && s.multi.queues(spec):
		if err = s.enqueue(spec, args); err == nil {
			s.out.Simple("QUEUED")
			s.afterReply(len(s.out.Buf) - len("+QUEUED\r\n"))
			s.mark(false)
			return
		}
	}
	if err != nil {
		s.reject(spec, err)
		return
	}
	if spec.Long && !s.multi.active && !spec.IsBrief(args) || s.multi.nests && spec.Name == "exec" && spec.Parent() == nil {
		s.runElsewhere(spec, args)
		return
	}
	if spec.Settles {
		s.yield()
		if w.applyRound(); s.closed {
			return
		}
		s.out.Buf = s.replyBuffer()
	}
	s.run(spec, args)
}

// allowedForReplica reports whether a replica may send a command. It gets no
// replies.
func allowedForReplica(spec *command.Spec) bool {
	return spec.Name == "replconf" || spec.Name == "quit"
}

// run executes a command here and now.
func (s *session) run(spec *command.Spec, args [][]byte) {
	w := s.worker
	c := &w.ctx
	c.Args, c.Spec, c.Out, c.DB, c.Session = args, spec, &s.out, s.db, s
	c.MayBlock, c.Unfollowed = s.upstream == nil, false
	s.shared.lastCmd.Store(spec)

	started, blocks := w.clock, false
	from := len(s.out.Buf)
	wrote := spec.Has(command.Write | command.MayReplicate)
	err := w.lock(c)
	if err == keyspace.ErrBusy { //nolint:errorlint // Lock does not wrap it
		s.holdForScript()
		return
	}
	if err == nil && w.srv.following.rules.Load() != 0 {
		if err = s.stillPermits(c); err == errEnded { //nolint:errorlint // stillPermits does not wrap it
			s.reader.Rewind()
			s.Close()
			return
		}
	} else if err != nil {
		err = errStore(err)
	}
	if err == nil {
		writes := w.run.Writes()
		w.run.LeaveUntouched(s.leavesUntouched(spec))
		err = s.call(c)
		if err == keyspace.ErrBusy { //nolint:errorlint // EXEC's, which did nothing yet
			s.holdForScript()
			return
		}
		if s.aborted {
			s.aborted = false
			from = len(s.out.Buf) // the earlier replies were rewritten
		}
		// A handler that buffered nothing modified nothing.
		if wrote && w.srv.watches.active() && w.run.Writes() != writes {
			w.srv.watches.touch(c, w.keys)
		}
		endEffects(w.run)
		if blocks = c.Wait != nil; blocks {
			s.block(c)
		}
		if w.run.HasReady() {
			w.served = append(w.served, w.srv.wake(w.run, s.callAgain)...)
			if s.aborted {
				s.aborted = false
				err, from = command.ErrInternal, len(s.out.Buf)
			}
		}
		wrote = wrote || s.multi.wrote
		s.unacked = s.unacked || wrote
	}
	if err != nil {
		s.out.Truncate(from)
		s.replyError(spec, err)
	}
	w.clock = w.srv.elapsed()
	if blocks {
		s.waits.took = w.clock - started
	} else {
		w.account(s, spec, args, w.clock-started, len(s.out.Buf) > from && s.out.Buf[from] == '-')
	}
	if w.srv.monitors.active() {
		w.srv.monitors.feed(s, spec, args)
	}
	if s.caching && !s.multi.active && (spec.Parent() == nil || spec.Parent().Name != "client") {
		s.caching = false
	}
	s.multi.wrote = false
	if spec.Has(command.PubSub) && spec.Has(command.NoScript) {
		from = len(s.out.Buf) // replies to SUBSCRIBE and the like are messages: they come all the same
	}
	s.afterReply(from)
	s.mark(wrote)
}

// lock takes the locks of the command's keys.
func (w *worker) lock(c *command.Ctx) error {
	spec := c.Spec
	if spec.Exclusive {
		w.keys = w.keys[:0]
		return w.run.LockAll()
	}
	keys, err := spec.AppendKeys(w.keys[:0], c.Args)
	w.keys = keys
	if err != nil || !touchesData(spec) {
		return err
	}
	return w.run.Lock(c.DB, keys, spec.Has(command.Write|command.MayReplicate))
}

// touchesData reports whether a command works on keys at all; the others need no
// locks, and must not keep any for as long as they take.
func touchesData(spec *command.Spec) bool {
	return spec.FirstKey != 0 || spec.Keys != nil || spec.Has(command.ReadOnly|command.Write|command.MayReplicate)
}

// leavesUntouched reports whether a command of this client does not count as a use
// of its keys.
func (s *session) leavesUntouched(spec *command.Spec) bool {
	return s.shared.flags.Load()&flagNoTouch != 0 && spec.Name != "touch"
}

// call runs the handler. A panic is the handler's fault and the client's error,
// not the end of the process.
func (s *session) call(c *command.Ctx) (err error) {
	if c.Keys != s.worker.run {
		return s.worker.srv.invoke(c) // of a run elsewhere, whose caller recovers
	}
	defer func() {
		if p := recover(); p != nil {
			err = s.panicked(c, p)
		}
	}()
	return s.worker.srv.invoke(c)
}

// callAgain runs the handler of a client that waited.
func (s *session) callAgain(c *command.Ctx) (dropped bool, err error) {
	err = s.call(c)
	return s.aborted, err
}

// panicked drops the round's writes: the replies they already have become errors
// too, whichever session they belong to.
func (s *session) panicked(c *command.Ctx, p any) error {
	s.worker.srv.log.Error("a command panicked", "command", c.Spec.FullName(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	s.worker.srv.panics.Add(1)
	if err := s.worker.run.Abort(); err != nil {
		s.worker.srv.writeFailed(err)
	}
	s.worker.run.TakeReady()
	failReplies(s.worker.round, command.ErrInternal)
	fail(s.worker.served, command.ErrInternal)
	end := 0
	if n := len(s.marks); n > 0 {
		end = s.marks[n-1].end
	}
	s.out.Buf, _ = failWrites(s.out.Buf[:end], s.marks, s.out.Proto, command.ErrInternal, len(s.worker.round) > 0)
	s.marks = s.marks[:0]
	s.mark(false)
	s.aborted = true
	return command.ErrInternal
}

// reject answers a command that is not run. Within MULTI it spoils the EXEC.
func (s *session) reject(spec *command.Spec, err error) {
	from := len(s.out.Buf)
	switch {
	case spec != nil && spec.Name == "exec" && spec.Parent() == nil:
		s.dropMulti()
		err = command.Errorf("EXECABORT Transaction discarded because of: %s", strings.TrimPrefix(command.ReplyText(err), "ERR "))
	case s.multi.active:
		s.multi.spoiled = true
	}
	if spec != nil {
		s.worker.shard.Reject(spec.Index())
	}
	s.worker.srv.writeError(&s.out, err)
	if s.upstream != nil {
		s.upstream.refused(spec, command.ReplyText(err), true)
	}
	s.afterReply(from)
	s.mark(false)
}

// unknown guards against HTTP requests that a browser was tricked to send: they
// would be read as inline commands.
func (s *session) unknown(args [][]byte) {
	s.worker.shard.Unknown.Add(1)
	if command.Is(args[0], "post") || command.Is(args[0], "host:") {
		s.worker.srv.log.Warn("possible cross protocol scripting attack: closing the connection", "client", s.addr)
		s.Close()
	}
}

func (s *session) replyError(spec *command.Spec, err error) {
	s.worker.srv.writeError(&s.out, err)
	if s.upstream != nil {
		s.upstream.refused(spec, command.ReplyText(err), false)
	}
}

// afterReply drops the reply just written if the client asked for none.
func (s *session) afterReply(from int) {
	if s.replies == command.ReplyOn {
		return
	}
	s.out.Truncate(from)
	if s.replies == command.ReplySkip {
		if s.skipNext {
			s.skipNext = false // this was CLIENT REPLY SKIP itself
		} else {
			s.replies = command.ReplyOn
		}
	}
}

// account counts a command and enters it into the slow log and latency monitor.
func (w *worker) account(s *session, spec *command.Spec, args [][]byte, took time.Duration, failed bool) {
	srv := w.srv
	w.shard.Call(spec.Index(), took, failed, srv.latencyTracking.Load() != 0)
	if slower := srv.slowerThan.Load(); slower >= 0 && took.Microseconds() >= slower && !spec.Has(command.SkipSlowlog) {
		s.shared.mu.Lock()
		name := s.shared.name
		s.shared.mu.Unlock()
		srv.tel.Slowlog.Add(time.Now(), took, redact(spec, args), s.addr, name, srv.slowlogLen.Load())
	}
	if threshold := srv.latencyThreshold.Load(); threshold > 0 && took.Milliseconds() >= threshold {
		event := "command"
		if spec.Has(command.Fast) {
			event = "fast-command"
		}
		srv.tel.Latency.Add(event, time.Now(), took)
	}
}

package server

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

const (
	// sendBytes is the size of replies at which a long pipeline's are sent before
	// the rest of it runs.
	sendBytes = 256 << 10
	// applyBytes is the size of a round's writes at which they are applied: the
	// log is then written while the rest of the round runs.
	applyBytes = 64 << 10
	// turnCommands is how many commands a session may run before the others get
	// their turn: more than one read can bring, less than what a session that had
	// to wait may have gathered.
	turnCommands = 8192
)

// transport carries a session's bytes. Its methods are called on the session's
// worker.
type transport interface {
	// write sends b or queues it; it owns b if it returns true.
	write(b []byte) (taken bool)
	// queued is the number of bytes the system has not taken yet, pieces how many
	// pieces they are in.
	queued() int
	pieces() int
	// setReading turns the arrival of further bytes on or off.
	setReading(on bool)
	// close ends the connection at once; the session hears of it by gone.
	close()
	// fd is the file descriptor, 0 if there is none to show.
	fd() int
}

// hold is a set of reasons why a session executes nothing for now.
type hold uint8

const (
	holdOutput  hold = 1 << iota // the client does not read its replies
	holdLong                     // a long command runs elsewhere
	holdPause                    // CLIENT PAUSE
	holdTurn                     // it is the others' turn
	holdBlocked                  // a blocking command waits for a key
	holdClose                    // closing once the replies are sent
	holdScript                   // a script has the keyspace
)

// session is one client.
type session struct {
	worker *worker
	conn   transport
	id     int64
	addr   string
	laddr  string
	since  time.Time

	reader resp.Reader
	// ownsQuery says that it reads into a buffer of its own.
	ownsQuery bool
	out       resp.Writer // replies of the run under way
	own       ownReplies
	marks     []mark
	// unsettled counts this session's replies that wait for their writes.
	unsettled int
	hold      hold
	aborted   bool // the command under way panicked, and the round with it
	closed    bool
	// outOfMemory says that the command under way began above maxmemory.
	outOfMemory bool
	notRead     bool // reading is off

	db        int
	replies   command.ReplyMode
	skipNext  bool // CLIENT REPLY SKIP came: the next reply is dropped
	monitor   bool
	softSince int64 // when the soft output limit was first exceeded, ms
	multi     multi
	user      *acl.User
	authed    bool
	topics    subscriptions
	waits     *waiter // what it waits for, if it does
	caching   bool    // CLIENT CACHING came just before
	// handshake is what it said of itself as a replica; replica is not nil if it
	// has become one.
	handshake command.Handshake
	replica   *replica
	// upstream is not nil if its client is the primary that the server follows.
	upstream *upstream
	// writeOffset is the length of the stream after its last write, or that is to
	// be asked for.
	writeOffset int64
	writePlace  uint64 // where the journal ended then
	unacked     bool
	// pushed says that out holds messages which go out at the end of the round.
	pushed bool

	// What other goroutines read of the session.
	shared struct {
		lastActive atomic.Int64 // unix ms
		lastCmd    atomic.Pointer[command.Spec]
		db         atomic.Int32
		proto      atomic.Int32
		queryBuf   atomic.Int64 // bytes of requests not yet executed
		queryCap   atomic.Int64 // memory of requests
		replyCap   atomic.Int64 // memory of the own reply buffer
		replyPeak  atomic.Int64 // most that it was asked to hold
		pieces     atomic.Int32
		multiMem   atomic.Int64 // of the transaction being queued
		outputMem  atomic.Int64
		flags      atomic.Uint32
		queued     atomic.Int32 // commands in MULTI, -1 outside
		watching   atomic.Int32
		// subscribed counts subscriptions by command.Topic.
		subscribed [3]atomic.Int32
		// posted is the size of messages on their way to the session.
		posted   atomic.Int64
		waits    atomic.Pointer[waiter]
		tracking atomic.Pointer[mode]
		user     atomic.Pointer[acl.User]

		mu                    sync.Mutex
		name, libName, libVer string
	}
}

// Bits of session.shared.flags.
const (
	flagMonitor uint32 = 1 << iota
	flagNoEvict
	flagNoTouch
	flagClosing
	flagDirty          // a watched key was modified
	flagKilled         // closed by another client's command
	flagBlocked        // held back by CLIENT PAUSE
	flagReplica        // follows the stream of writes
	flagPrimary        // is followed
	flagBrokenRedirect // the client that CLIENT TRACKING redirects to is gone
)

// open makes the session of a new connection.
func (w *worker) open(conn transport, addr, laddr string) *session {
	s := &session{worker: w, conn: conn, id: w.srv.clients.newID(), addr: addr, laddr: laddr, since: time.Now()}
	s.out.Proto = 2
	s.out.More = w.more
	s.shared.proto.Store(2)
	s.shared.queued.Store(-1)
	s.shared.lastActive.Store(w.now)
	s.greetDefault()
	w.sessions[s] = struct{}{}
	w.srv.clients.add(s)
	return s
}

// receive takes bytes that arrived. They may be reused once it returns.
func (s *session) receive(data []byte) {
	s.arrived(len(data))
	s.reader.Feed(data)
	s.received()
}

// arrived notes that n bytes came.
func (s *session) arrived(n int) {
	s.worker.shard.InputBytes.Add(uint64(n))
	s.shared.lastActive.Store(s.worker.now)
	if s.upstream != nil {
		s.upstream.read.Add(int64(n))
	}
}

// received serves what the reader was given.
func (s *session) received() {
	s.shared.queryBuf.Store(int64(s.reader.Buffered()))
	s.serve()
	s.keep()
}

// resume lifts reasons to wait and goes on with what was read before.
func (s *session) resume(reasons hold) {
	if s.hold &= ^reasons; s.hold != 0 || s.closed {
		return
	}
	s.serve()
	s.keep()
}

// serve executes the requests that are complete.
func (s *session) serve() {
	w := s.worker
	if s.out.Buf == nil {
		s.out.Buf = s.replyBuffer()
	}
	s.reader.MaxBulk = w.srv.maxBulk.Load()
	s.reader.Unauthenticated = !s.authed && w.srv.users.Default().NeedsPassword()
	w.clock = w.srv.elapsed()
	for n := 0; s.hold == 0 && !s.closed; n++ {
		if n == turnCommands {
			s.hold |= holdTurn
			w.post(func() { s.resume(holdTurn) })
			break
		}
		args, err := s.reader.Next()
		if err != nil {
			s.protocolError(err)
			break
		}
		if args == nil {
			break
		}
		s.execute(args)
		if len(s.out.Buf) >= sendBytes {
			s.yield()
			s.out.Buf = s.replyBuffer()
		}
		if w.run.Size() >= applyBytes {
			w.applyRound()
		}
	}
	s.yield()
}

// keep ends the use of received bytes and enforces the limits of what is held.
func (s *session) keep() {
	if s.closed {
		return
	}
	s.reader.Done()
	if s.upstream != nil {
		s.upstream.note()
	}
	held := s.reader.Buffered()
	s.shared.queryBuf.Store(int64(held))
	s.measureQuery()
	if held == 0 && !s.notRead {
		return
	}
	srv := s.worker.srv
	if int64(held) > srv.queryLimit.Load() {
		srv.tel.QueryLimited.Add(1)
		srv.log.Warn("closing a client that exceeded client-query-buffer-limit", "client", s.addr, "bytes", held)
		s.conn.close()
		return
	}
	// A session that waits takes in some more, so that a client which sends a
	// whole pipeline before it reads is served; beyond that, TCP makes it wait.
	stop := s.hold != 0 && int64(held) > mayHold(srv.memory.input.Load(), heldInputEach)
	if stop != s.notRead {
		s.notRead = stop
		s.conn.setReading(!stop)
	}
}

// protocolError answers a malformed request and closes the connection.
func (s *session) protocolError(err error) {
	text := "ERR " + err.Error()
	if s.upstream != nil {
		s.upstream.refused(nil, text, true)
	}
	s.worker.srv.tel.CountError("ERR")
	s.out.Error(text)
	s.mark(false)
	s.Close()
}

// yield gives up the replies so far: they go out now, or with their round if it
// wrote anything.
func (s *session) yield() {
	w := s.worker
	out := s.out.Buf
	s.out.Buf = nil
	own := s.written(out)
	if s.unsettled == 0 && !w.run.Wrote() {
		s.marks = s.marks[:0]
		s.deliver(out, own)
		return
	}
	if len(out) == 0 {
		s.recycle(out, own)
		s.marks = s.marks[:0]
		return
	}
	w.round = append(w.round, reply{session: s, out: out, own: own, marks: s.marks})
	s.unsettled++
	s.marks = nil
}

// push sends a message that is no reply to a command of this session, together
// with others of the round.
func (s *session) push(message []byte) {
	if s.closed {
		return
	}
	if s.out.Buf == nil {
		s.out.Buf = s.replyBuffer()
	}
	s.out.Raw(message)
	s.mark(false)
	if len(s.out.Buf) >= sendBytes {
		s.yield()
		return
	}
	if !s.pushed {
		s.pushed = true
		s.worker.pushed = append(s.worker.pushed, s)
	}
}

// sendPushed sends the messages of the round that did not go with replies.
func (w *worker) sendPushed() {
	for _, s := range w.pushed {
		s.pushed = false
		if !s.closed && s.out.Buf != nil {
			s.yield()
		}
	}
	clear(w.pushed)
	w.pushed = w.pushed[:0]
}

// deliver hands replies to the transport and enforces the output limits. own says
// that they are in the session's own buffer.
func (s *session) deliver(out []byte, own bool) {
	if s.closed || len(out) == 0 {
		s.recycle(out, own)
	} else {
		s.worker.shard.OutputBytes.Add(uint64(len(out)))
		if !s.conn.write(out) {
			s.recycle(out, own)
		} else if own {
			s.loseBuffer()
		}
		s.checkOutput()
	}
	if s.replica != nil {
		s.replica.pump()
	}
	s.closeIfDone()
}

// drained is called when the system took some or all of the queued replies.
func (s *session) drained() {
	s.checkOutput()
	if s.hold&holdOutput != 0 && int64(s.conn.queued()) <= mayHold(s.worker.srv.memory.output.Load(), heldOutputEach)/2 {
		s.resume(holdOutput)
	}
	if s.replica != nil {
		s.replica.pump()
	}
	s.closeIfDone()
}

// checkOutput holds back a session whose client does not read, and closes it when
// it is over a configured limit.
func (s *session) checkOutput() {
	if s.closed {
		return
	}
	queued := int64(s.conn.queued())
	srv := s.worker.srv
	if queued != s.shared.outputMem.Load() {
		setHeld(&srv.memory.output, &s.shared.outputMem, queued)
		s.shared.pieces.Store(int32(s.conn.pieces()))
	}
	if queued == 0 {
		s.softSince = 0
		return
	}
	if queued > mayHold(srv.memory.output.Load(), heldOutputEach) {
		s.hold |= holdOutput
	}
	limit := srv.outputLimits.Load().Normal
	switch {
	case s.replica != nil:
		queued += s.replica.behind()
		s.shared.outputMem.Store(queued)
		limit = srv.outputLimits.Load().Replica
		if limit.Hard > 0 { // as the feed does
			limit.Hard = max(limit.Hard, srv.params.Int("repl-backlog-size"))
		}
	case s.monitor:
		limit = srv.outputLimits.Load().Replica
	case s.topics.count() > 0:
		limit = srv.outputLimits.Load().PubSub
	}
	over := limit.Hard > 0 && queued > limit.Hard
	if limit.Soft > 0 && queued > limit.Soft {
		if s.softSince == 0 {
			s.softSince = s.worker.now
		}
		over = over || s.worker.now-s.softSince > limit.Time.Milliseconds()
	} else {
		s.softSince = 0
	}
	if over {
		srv.tel.OutputLimited.Add(1)
		srv.log.Warn("closing a client that exceeded client-output-buffer-limit", "client", s.addr, "bytes", queued)
		s.conn.close()
	}
}

// closeIfDone ends a session that closes and has nothing left to send.
func (s *session) closeIfDone() {
	if s.hold&holdClose != 0 && !s.closed && s.unsettled == 0 && s.hold&holdLong == 0 && s.conn.queued() == 0 {
		s.conn.close()
	}
}

// gone is called once, when the connection has ended.
func (s *session) gone() {
	s.closed = true
	delete(s.worker.sessions, s)
	s.worker.srv.clients.remove(s)
	s.dropMulti()
	s.unsubscribeAll()
	s.stopTracking()
	if s.waits != nil {
		s.worker.srv.waiters.end(s.waits, errTimedOut)
		s.waits = nil
	}
	if s.hold&holdScript != 0 {
		s.worker.srv.scripts.held.Add(-1)
	}
	if s.monitor {
		s.worker.srv.monitors.remove(s)
	}
	if s.replica != nil {
		s.replica.end()
		s.worker.srv.replicas.remove(s.replica)
		s.worker.srv.countGoodReplicas()
	}
	if s.upstream != nil {
		close(s.upstream.lost)
	}
	s.out.Buf = nil
	s.dropBuffers()
	setHeld(&s.worker.srv.memory.output, &s.shared.outputMem, 0)
}

func (s *session) setFlag(flag uint32, on bool) {
	for {
		old := s.shared.flags.Load()
		next := old | flag
		if !on {
			next = old &^ flag
		}
		if s.shared.flags.CompareAndSwap(old, next) {
			return
		}
	}
}

package server

import (
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// Info is command.Session's. It may be called from any goroutine.
func (s *session) Info() command.ClientInfo {
	h := &s.shared
	now := time.Now()
	info := command.ClientInfo{
		ID: s.id, Addr: s.addr, LAddr: s.laddr, FD: s.conn.fd(),
		Age:  now.Sub(s.since),
		Idle: now.Sub(time.UnixMilli(h.lastActive.Load())),
		DB:   int(h.db.Load()), Proto: int(h.proto.Load()), User: h.user.Load().Name(), Type: "normal", Command: "NULL",
		Multi: int(h.queued.Load()), Watch: int(h.watching.Load()),
		QueryBuffer: int(h.queryBuf.Load()), OutputMem: int(h.outputMem.Load()),
	}
	if info.Idle < 0 {
		info.Idle = 0
	}
	info.QueryFree = max(0, int(h.queryCap.Load())-info.QueryBuffer)
	info.MultiMem, info.OutputList = int(h.multiMem.Load()), int(h.pieces.Load())
	info.TotalMem, info.ReplySize, info.ReplyPeak = int(s.held()), int(h.replyCap.Load()), int(h.replyPeak.Load())
	h.mu.Lock()
	info.Name, info.LibName, info.LibVer = h.name, h.libName, h.libVer
	h.mu.Unlock()
	if spec := h.lastCmd.Load(); spec != nil {
		info.Command = spec.FullName()
	}
	info.Sub = int(h.subscribed[command.Channel].Load())
	info.PSub = int(h.subscribed[command.Pattern].Load())
	info.SSub = int(h.subscribed[command.ShardChannel].Load())
	subscriber := info.Sub+info.PSub+info.SSub > 0
	if subscriber {
		info.Type = "pubsub"
	}
	if h.flags.Load()&flagReplica != 0 {
		info.Type = "replica"
	}
	if h.flags.Load()&flagPrimary != 0 {
		info.Type = "master"
	}
	info.Redirect = -1
	tracks := h.tracking.Load()
	if tracks != nil {
		info.Redirect = tracks.Redirect
	}
	flags := h.flags.Load()
	info.NoEvict = flags&flagNoEvict != 0
	info.NoTouch = flags&flagNoTouch != 0
	info.Flags = flagLetters(flags, subscriber, info.Multi >= 0, tracks)
	return info
}

// sessionSize is roughly what an idle session takes.
const sessionSize = 1024

func flagLetters(flags uint32, subscriber, multi bool, tracks *mode) string {
	var b []byte
	for _, f := range []struct {
		on     bool
		letter byte
	}{
		{flags&flagReplica != 0, 'S'},
		{flags&flagPrimary != 0, 'M'},
		{flags&flagMonitor != 0, 'O'},
		{subscriber, 'P'},
		{multi, 'x'},
		{flags&flagDirty != 0, 'd'},
		{flags&flagBlocked != 0, 'b'},
		{tracks != nil, 't'},
		{flags&flagBrokenRedirect != 0, 'R'},
		{tracks != nil && tracks.Broadcast, 'B'},
		{flags&flagClosing != 0, 'c'},
		{flags&flagNoEvict != 0, 'e'},
		{flags&flagNoTouch != 0, 'T'},
	} {
		if f.on {
			b = append(b, f.letter)
		}
	}
	if len(b) == 0 {
		return "N"
	}
	return string(b)
}

var _ command.Session = (*session)(nil)

// ID is command.Session's.
func (s *session) ID() int64 { return s.id }

// SelectDB is command.Session's.
func (s *session) SelectDB(db int) {
	s.db = db
	s.shared.db.Store(int32(db))
}

// SetName is command.Session's.
func (s *session) SetName(name string) {
	s.shared.mu.Lock()
	s.shared.name = name
	s.shared.mu.Unlock()
}

// SetLibrary is command.Session's.
func (s *session) SetLibrary(attribute, value string) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	if command.Is([]byte(attribute), "lib-ver") {
		s.shared.libVer = value
	} else {
		s.shared.libName = value
	}
}

// SetProto is command.Session's.
func (s *session) SetProto(proto int) {
	s.out.Proto = proto
	s.shared.proto.Store(int32(proto))
}

// SetReplyMode is command.Session's.
func (s *session) SetReplyMode(mode command.ReplyMode) {
	s.replies = mode
	s.skipNext = mode == command.ReplySkip
}

// SetNoEvict is command.Session's.
func (s *session) SetNoEvict(on bool) { s.setFlag(flagNoEvict, on) }

// SetNoTouch is command.Session's.
func (s *session) SetNoTouch(on bool) { s.setFlag(flagNoTouch, on) }

// Authenticated is command.Session's.
func (s *session) Authenticated() bool { return s.authed }

// Monitor is command.Session's.
func (s *session) Monitor() {
	if !s.monitor {
		s.monitor = true
		s.setFlag(flagMonitor, true)
		s.worker.srv.monitors.add(s)
	}
}

// Reset is command.Session's.
func (s *session) Reset() {
	s.dropMulti()
	s.unsubscribeAll()
	s.stopTracking()
	if s.monitor {
		s.monitor = false
		s.setFlag(flagMonitor, false)
		s.worker.srv.monitors.remove(s)
	}
	s.SelectDB(0)
	s.SetName("")
	s.SetProto(2)
	s.SetReplyMode(command.ReplyOn)
	s.SetNoEvict(false)
	s.SetNoTouch(false)
	s.greetDefault()
}

// Close is command.Session's.
func (s *session) Close() {
	s.hold |= holdClose
	s.setFlag(flagClosing, true)
}

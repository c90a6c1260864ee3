package server

import (
	"net"
	"strconv"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/replication/follow"
)

// upstream is what a session has whose client is the primary that the server follows.
// Its commands are the primary's writes; it gets no replies, and says now and then
// how far it is.
type upstream struct {
	session *session
	primary *primary
	id      string
	lost    chan struct{} // closed when the connection has ended

	// read is the offset of what has come, applied of what was executed: between
	// commands, and not within a transaction.
	read, applied atomic.Int64
	broken        atomic.Bool // the data is not what the primary's is
}

// superuser is who the primary is.
var superuser = acl.Superuser()

// errEnded stops the commands of a primary that is to be followed no more.
const errEnded command.Error = "ERR The primary is not followed any more"

// openUpstream makes a link's connection a session, from a position of the history on.
func (s *Server) openUpstream(p *primary, conn net.Conn, at position) *upstream {
	u := &upstream{primary: p, id: at.ID, lost: make(chan struct{})}
	u.read.Store(at.Offset)
	u.applied.Store(at.Offset)
	s.clients.count.Add(1)
	s.following.loop.open(conn, func(session *session) {
		u.session, session.upstream, session.worker.upstream = session, u, u
		session.become(superuser, true)
		session.SetReplyMode(command.ReplyOff)
		session.SelectDB(at.db)
		session.setFlag(flagPrimary, true)
		u.acknowledge()
	})
	return u
}

// note takes down how far the session is.
func (u *upstream) note() {
	if s := u.session; !s.multi.active && s.hold&holdLong == 0 {
		u.applied.Store(u.read.Load() - int64(s.reader.Buffered()))
	}
}

// permit decides about a command of the primary, before which all others are done.
func (u *upstream) permit(spec *command.Spec) error {
	u.note()
	switch {
	case spec.Has(command.Write | command.MayReplicate):
	case spec.Parent() != nil:
		return errNoReplication
	default:
		switch spec.Name {
		case "select", "multi", "exec", "discard", "ping", "replconf":
		default:
			return errNoReplication
		}
	}
	return nil
}

const errNoReplication command.Error = "ERR This command is none that a primary sends"

// refused is called with the error that a command of the primary got, perhaps before
// it was executed. Where it shows
// that the data cannot be a copy any more the link ends, and all is asked for anew;
// else it is logged, as redis-server does.
func (u *upstream) refused(spec *command.Spec, text string, before bool) {
	name := "unknown"
	if spec != nil {
		name = spec.FullName()
	}
	log := u.session.worker.srv.log
	switch code := command.Code(text); {
	case text == string(errEnded):
		u.breakOff()
	case spec == nil, before, text == string(errNoReplication), text == string(command.ErrInternal),
		code == "EXECABORT", code == "MISCONF", code == "OOM":
		log.Error("a command of the primary cannot be applied: the data is to be sent anew", "command", name, "error", code)
		u.breakOff()
	default:
		log.Warn("a command of the primary failed", "command", name, "error", code)
	}
}

// breakOff ends the link, and has the next one begin with the whole data set.
func (u *upstream) breakOff() {
	u.broken.Store(true)
	s := u.session
	if s.hold&holdLong == 0 { // else this may be another goroutine than the worker's
		s.Close()
	}
	s.worker.post(func() {
		s.Close()
		s.closeIfDone()
	})
}

// acknowledge tells the primary how far the session is, on the session's worker.
func (u *upstream) acknowledge() {
	offset := strconv.FormatInt(u.applied.Load(), 10)
	b := append([]byte("*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$"), strconv.Itoa(len(offset))...)
	b = append(b, "\r\n"...)
	b = append(b, offset...)
	u.session.push(append(b, "\r\n"...))
}

// AskedForAck is command.Replica's.
func (s *session) AskedForAck() {
	if u := s.upstream; u != nil {
		s.worker.post(u.acknowledge) // once this command counts, too
	}
}

// position is where the session has ended. No round of its worker is under way.
func (u *upstream) position() position {
	s := u.session
	if u.broken.Load() || s.hold&holdLong != 0 {
		return position{}
	}
	return position{Position: follow.Position{ID: u.id, Offset: u.applied.Load()}, db: s.db}
}

// tendUpstream does once a second what is due by time: it tells the primary how far
// the server is, and ends a link on which nothing comes.
func (s *Server) tendUpstream() {
	f := &s.following
	f.mu.Lock()
	var u *upstream
	if f.primary != nil {
		u = f.primary.upstream
	}
	f.mu.Unlock()
	if u == nil {
		return
	}
	w := u.session.worker
	w.post(func() {
		if u.session.closed {
			return
		}
		u.acknowledge()
		if w.now-u.session.shared.lastActive.Load() > s.replicationTimeout().Milliseconds() {
			s.log.Warn("the primary is silent: closing the link")
			u.session.conn.close()
		}
	})
}

// writesLost is called when writes of a worker were not stored after all.
func (w *worker) writesLost() {
	if w.upstream != nil {
		w.upstream.breakOff()
	}
}

package server

import (
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/internal/redis/script"
)

// A script holds the whole keyspace and may run for ever. It runs on a goroutine
// of its own, and no event loop waits for it longer than scriptPatience: a
// session whose command needs the keyspace is held until the script has ended or
// has run for busy-reply-threshold, when all but a few commands get BUSY.

const scriptPatience = time.Millisecond

// scripts is the engine and what its runs hold up.
type scripts struct {
	engine    *script.Engine
	threshold *atomic.Int64 // ms; 0: nobody gets BUSY
	held      atomic.Int64  // sessions
}

// Scripts is command.Server's.
func (s *Server) Scripts() *script.Engine { return s.scripts.engine }

// openScripts makes the engine and loads the libraries that were stored.
func (s *Server) openScripts() error {
	s.scripts.engine = script.New(script.Options{Log: s.log, Version: command.RedisVersion})
	s.scripts.threshold = s.params.Number("busy-reply-threshold")
	s.scripts.engine.OnStop(s.resumeScripted)
	return scripting.Restore(s.scripts.engine, s.keys)
}

// impatient reports whether an event loop should stop waiting for the keyspace.
func (s *Server) impatient() bool {
	r := s.scripts.engine.Current()
	return r != nil && r.For() > scriptPatience
}

// errStopping is the reply to a script that the end of the server cuts short.
const errStopping = "ERR The server is shutting down"

// busyReply is busy's error as commands are refused.
func (s *Server) busyReply(spec *command.Spec) error {
	if err := s.busy(spec); err != nil {
		return command.Error(err.Error())
	}
	return command.Error(script.ErrBusyScript.Error()) // it ended just now
}

// busy is the error for a command while a script has been running for long.
func (s *Server) busy(spec *command.Spec) error {
	r := s.scripts.engine.Current()
	if r == nil || spec.Has(command.AllowBusy) || !s.overdue(r) {
		return nil
	}
	return r.Busy()
}

func (s *Server) overdue(r *script.Running) bool {
	threshold := s.scripts.threshold.Load()
	return threshold > 0 && r.For() >= time.Duration(threshold)*time.Millisecond
}

// holdForScript has the session wait, its command to be read again.
func (s *session) holdForScript() {
	s.reader.Rewind()
	if s.hold&holdScript == 0 {
		s.hold |= holdScript
		s.worker.srv.scripts.held.Add(1)
	}
	if s.worker.srv.scripts.engine.Current() == nil {
		// It ended meanwhile, perhaps before it could see that somebody waits.
		s.worker.srv.resumeScripted()
	}
}

// resumeScripted goes on with what a script held up.
func (s *Server) resumeScripted() {
	if s.scripts.held.Load() == 0 {
		return
	}
	s.eachWorker(func(w *worker) {
		for client := range w.sessions {
			if client.hold&holdScript != 0 {
				s.scripts.held.Add(-1)
				client.resume(holdScript)
			}
		}
	})
}

// answerScripted has what waits for an overdue script answered.
func (s *Server) answerScripted() {
	if r := s.scripts.engine.Current(); r != nil && s.overdue(r) {
		s.resumeScripted()
	}
}

// Nested is command.Nester's. It may run on another goroutine than the worker's.
func (s *session) Nested(c *command.Ctx) {
	srv := s.worker.srv
	started := srv.elapsed()
	from := len(c.Out.Buf)
	writes := c.Keys.Writes()
	if srv.monitors.active() {
		srv.monitors.show(c.DB, "lua", c.Spec, c.Args)
	}
	if err := srv.invoke(c); err != nil {
		c.Out.Truncate(from)
		srv.writeError(c.Out, err)
	}
	if srv.watches.active() && c.Keys.Writes() != writes {
		if keys, err := c.Spec.AppendKeys(nil, c.Args); err == nil {
			srv.watches.touch(c, keys)
		}
	}
	s.worker.account(s, c.Spec, c.Args, srv.elapsed()-started, len(c.Out.Buf) > from && c.Out.Buf[from] == '-')
}

// Refused is command.Nester's.
func (s *session) Refused(spec *command.Spec, code string) {
	if spec != nil {
		s.worker.shard.Reject(spec.Index())
	}
	s.worker.srv.tel.CountError(code)
}

var _ command.Nester = (*session)(nil)

// writeError writes an error reply and counts it, unless it is that of a command
// it counted for already.
func (s *Server) writeError(out *resp.Writer, err error) {
	text := command.ReplyText(err)
	if c, ok := err.(command.Counted); !ok || !c.Counted() {
		code := command.Code(text)
		if code == "" {
			code = "ERR"
		}
		s.tel.CountError(code)
	}
	out.Error(text)
}

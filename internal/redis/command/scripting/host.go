package scripting

import (
	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/internal/redis/script"
)

// Why a script's command is refused, in redis-server's words.
const (
	errUnknown   command.Error = "ERR Unknown Redis command called from script"
	errArity     command.Error = "ERR Wrong number of args calling Redis command from script"
	errForbidden command.Error = "ERR This Redis command is not allowed from script"
	errDenied    command.Error = "ERR The user executing the script "
	errOOM       command.Error = "OOM command not allowed when used memory > 'maxmemory'."
	errStale     command.Error = "ERR Can not execute the command on a stale replica"
	errReadOnly  command.Error = "ERR Write commands are not allowed from read-only scripts."
)

// host runs the commands of one script. They see the databases, the keys and
// the writes of the script's own run.
type host struct {
	outer    *command.Ctx
	readOnly bool
	wrote    bool // or tried to
	engine   *script.Engine
	session  session
	ctx      command.Ctx
	out      resp.Writer
	panicked any
	// refusesOOM says that there is no room for what the script may add.
	refusesOOM bool
}

var _ script.Host = (*host)(nil)

func newHost(c *command.Ctx, readOnly bool) *host {
	h := &host{outer: c, readOnly: readOnly, engine: c.Server.Scripts()}
	h.session = session{Session: c.Session, script: c, db: c.DB, out: &h.out}
	h.ctx = command.Ctx{Out: &h.out, Keys: c.Keys, Session: &h.session, Server: c.Server, Unfollowed: c.Unfollowed}
	return h
}

// session is a script's: what it selects is forgotten when it ends.
type session struct {
	command.Session
	script *command.Ctx
	db     int
	out    *resp.Writer
}

// Script is command.Scripted's.
func (s *session) Script() *command.Ctx { return s.script }

func (s *session) SelectDB(db int) { s.db = db }

func (s *session) SetProto(proto int) { s.out.Proto = proto }

// Call is script.Host's.
func (h *host) Call(args [][]byte, proto int) []byte {
	h.out.Buf, h.out.Proto = h.out.Buf[:0], proto
	spec, err := h.resolve(args)
	if err != nil {
		text := command.ReplyText(err)
		if n, ok := h.outer.Session.(command.Nester); ok {
			n.Refused(spec, command.Code(text))
		}
		h.out.Error(text)
		return h.out.Buf
	}
	if spec.Has(command.Write) {
		h.wrote = true
		if r := h.engine.Current(); r != nil {
			r.Wrote()
		}
	}
	h.ctx.Args, h.ctx.Spec, h.ctx.DB = args, spec, h.session.db
	h.run()
	return h.out.Buf
}

// Replicates is script.Host's.
func (h *host) Replicates(yes bool) { h.ctx.Unfollowed = !yes || h.outer.Unfollowed }

// resolve finds the command and decides whether the script may call it.
func (h *host) resolve(args [][]byte) (*command.Spec, error) {
	spec := h.outer.Server.Registry().Lookup(args[0])
	if spec == nil {
		return nil, errUnknown
	}
	if len(spec.Sub) > 0 && len(args) > 1 {
		if spec = spec.FindSub(args[1]); spec == nil {
			return nil, errUnknown
		}
	}
	switch {
	case spec.Handler == nil || !spec.Accepts(len(args)):
		return spec, errArity
	case spec.Has(command.NoScript) && !h.engine.AllowsAll() || spec.Nests:
		return spec, errForbidden
	}
	if err := h.permit(spec, args); err != nil {
		return spec, err
	}
	switch {
	case h.readOnly && spec.Has(command.Write|command.MayReplicate):
		return spec, errReadOnly
	case spec.Has(command.Write) && !h.wrote && isReadOnly(h.outer):
		return spec, command.ErrReadOnly
	case !spec.Has(command.Stale) && stale(h.outer):
		return spec, errStale
	case spec.Has(command.Write) && !h.wrote && h.outer.Server.TooFewReplicas():
		return spec, command.ErrNoReplicas // later it would leave half of its work
	case h.refusesOOM && !h.wrote && spec.Has(command.DenyOOM):
		return spec, errOOM // not after a write: a script is not stopped half-way
	}
	return spec, nil
}

// permit checks the command against the rules for whoever runs the script.
func (h *host) permit(spec *command.Spec, args [][]byte) error {
	if h.unlimited() {
		return nil
	}
	switch command.Permit(h.outer.Session, h.outer.Server, spec, args, command.InLua) {
	case acl.Allowed:
		return nil
	case acl.DeniedKey:
		return errDenied + "can't access at least one of the keys mentioned in the command arguments"
	case acl.DeniedChannel:
		return errDenied + "can't publish to the channel mentioned in the command"
	}
	return errDenied + "can't run this command or subcommand"
}

func (h *host) unlimited() bool {
	return h.outer.Session == nil || h.outer.Session.User().Unlimited()
}

// run runs the command. Lua would take a panic for an error of the script, so it
// is kept until the script has been stopped.
func (h *host) run() {
	defer func() {
		if p := recover(); p != nil {
			h.panicked = p
			h.out.Buf = h.out.Buf[:0]
			h.out.Error(string(command.ErrInternal))
			h.engine.Abort(string(command.ErrInternal))
		}
	}()
	if n, ok := h.outer.Session.(command.Nester); ok {
		n.Nested(&h.ctx)
		return
	}
	if err := h.ctx.Spec.Handler(&h.ctx); err != nil {
		h.out.Buf = h.out.Buf[:0]
		h.out.Error(command.ReplyText(err))
	}
}

// Allowed is script.Host's.
func (h *host) Allowed(args [][]byte) (allowed, known bool) {
	spec := h.outer.Server.Registry().Lookup(args[0])
	if spec != nil && len(spec.Sub) > 0 && len(args) > 1 {
		spec = spec.FindSub(args[1])
	}
	if spec == nil || h.unlimited() {
		return spec != nil, spec != nil
	}
	denial, _ := h.outer.Session.User().Check(spec.Request(args))
	return denial == acl.Allowed, true
}

package script

import (
	"container/list"
	"context"
	"crypto/sha1" //nolint:gosec // the protocol names scripts so
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Logger is where redis.log writes.
type Logger = *slog.Logger

// Options configure an Engine.
type Options struct {
	Log Logger
	// Version is what redis.REDIS_VERSION says.
	Version string
	// MemoryLimit is how many bytes one run may add to the heap; 1 GiB when 0.
	MemoryLimit uint64
	// CacheLimit is how many bytes of source of EVAL's scripts are kept; 64 MiB
	// when 0. Those that SCRIPT LOAD brought stay.
	CacheLimit int
}

// Engine holds the scripts and libraries of one server.
//
// Runs must not overlap: the caller holds the lock on the whole keyspace. The
// rest is safe for concurrent use.
type Engine struct {
	opts Options

	mu     sync.Mutex
	cached map[string]*Script
	evals  list.List // of *Script, those that only EVAL brought, oldest use first
	bytes  int       // of their sources
	loaded int       // bytes of the others
	eval   *vm
	libs   *libraries

	current atomic.Pointer[Running]
	// allowAll lets scripts call commands that are not for scripts.
	allowAll atomic.Bool
	watch    atomic.Pointer[func()]
}

// Script is a compiled script.
type Script struct {
	SHA   string
	Flags Flags
	proto *lua.FunctionProto
	size  int
	place *list.Element // in evals
}

// New makes an engine without scripts.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = 1 << 30
	}
	if o.CacheLimit == 0 {
		o.CacheLimit = 64 << 20
	}
	e := &Engine{opts: o, cached: make(map[string]*Script)}
	e.libs = newLibraries()
	return e
}

// SHA is the name of a script.
func SHA(body []byte) string {
	sum := sha1.Sum(body) //nolint:gosec // not for secrecy
	return hex.EncodeToString(sum[:])
}

// Find is the script of that name, in either case; nil if it is not cached.
func (e *Engine) Find(sha string) *Script {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.cached[strings.ToLower(sha)]
	if s != nil && s.place != nil {
		e.evals.MoveToBack(s.place)
	}
	return s
}

// Script compiles a script unless it is cached. keep says that it must stay
// until Flush.
func (e *Engine) Script(body []byte, keep bool) (*Script, error) {
	sha := SHA(body)
	s := e.Find(sha)
	if s == nil {
		flags, rest, err := evalShebang(body)
		if err != nil {
			return nil, errors.New("ERR " + err.Error())
		}
		proto, err := compile(rest, "user_script")
		if err != nil {
			return nil, errors.New("ERR Error compiling script (new function): " + err.Error())
		}
		s = &Script{SHA: sha, Flags: flags, proto: proto, size: len(body) + 256}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return s, e.keep(s, keep)
}

// FlagsOf is what a script says of itself; none if it cannot be read.
func (e *Engine) FlagsOf(body []byte) Flags {
	if s := e.Find(SHA(body)); s != nil {
		return s.Flags
	}
	flags, _, err := evalShebang(body)
	if err != nil {
		return 0
	}
	return flags
}

// keep enters a script into the cache, and drops the oldest that may go.
func (e *Engine) keep(s *Script, forever bool) error {
	_, have := e.cached[s.SHA]
	switch {
	case forever && (!have || s.place != nil):
		if e.loaded+s.size > 4*e.opts.CacheLimit {
			return errors.New("ERR the script cache is full; SCRIPT FLUSH empties it")
		}
		e.loaded += s.size
		if s.place != nil {
			e.evals.Remove(s.place)
			e.bytes -= s.size
			s.place = nil
		}
	case !forever && !have:
		s.place = e.evals.PushBack(s)
		e.bytes += s.size
	}
	e.cached[s.SHA] = s
	for e.bytes > e.opts.CacheLimit && e.evals.Len() > 1 {
		oldest, ok := e.evals.Remove(e.evals.Front()).(*Script)
		if !ok {
			break // it holds nothing else
		}
		oldest.place = nil
		e.bytes -= oldest.size
		delete(e.cached, oldest.SHA)
	}
	return nil
}

// Flush forgets all scripts.
func (e *Engine) Flush() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.cached)
	e.evals.Init()
	e.bytes, e.loaded = 0, 0
	e.eval = nil
}

// Cached is the number of scripts and the bytes of their sources.
func (e *Engine) Cached() (scripts, size int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.cached), e.bytes + e.loaded
}

// AllowAll lets scripts call commands that are not for scripts, for tests.
func (e *Engine) AllowAll(yes bool) { e.allowAll.Store(yes) }

// AllowsAll reports what AllowAll set.
func (e *Engine) AllowsAll() bool { return e.allowAll.Load() }

// OnStop has f called whenever a run has ended.
func (e *Engine) OnStop(f func()) { e.watch.Store(&f) }

// Call describes one run.
type Call struct {
	Keys, Args [][]byte
	Host       Host
	// Command is what the client sent, for FUNCTION STATS.
	Command [][]byte
	// Out takes the reply.
	Out *resp.Writer
}

// Host runs the commands of a script.
type Host interface {
	// Call runs a command and returns its reply in the given version of the
	// protocol, which is valid until the next call. Errors are counted.
	Call(args [][]byte, proto int) (reply []byte)
	// Allowed reports whether the user may run a command; known, whether there is
	// such a command.
	Allowed(args [][]byte) (allowed, known bool)
	// Replicates says whether replicas are to hear of the commands that follow.
	Replicates(yes bool)
}

// call is the run under way in a vm.
type call struct {
	host    Host
	proto   int
	running *Running
}

// Eval runs a script. An error is the reply.
func (e *Engine) Eval(s *Script, c *Call) error {
	e.mu.Lock()
	v := e.eval
	if v == nil {
		v = newVM(e.opts)
		e.eval = v
	}
	e.mu.Unlock()
	fn := v.l.NewFunctionFromProto(s.proto)
	fn.Env = v.env
	v.globals.RawSetString("KEYS", v.array(c.Keys))
	v.globals.RawSetString("ARGV", v.array(c.Args))
	sound, err := e.run(v, s.SHA, false, c, fn)
	v.globals.RawSetString("KEYS", lua.LNil)
	v.globals.RawSetString("ARGV", lua.LNil)
	if !sound {
		e.mu.Lock()
		if e.eval == v {
			e.eval = nil
		}
		e.mu.Unlock()
	}
	return err
}

// run runs fn and writes its reply. sound says that the vm may be used again.
func (e *Engine) run(v *vm, name string, function bool, c *Call, fn *lua.LFunction, args ...lua.LValue) (sound bool, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := &Running{Name: name, Function: function, Command: c.Command, started: time.Now(), cancel: cancel}
	stop := guardHeap(v.limit, r)
	v.call = &call{host: c.Host, proto: 2, running: r}
	e.current.Store(r)
	defer func() {
		e.current.Store(nil)
		if f := e.watch.Load(); f != nil {
			(*f)()
		}
	}()
	result, err := v.run(ctx, fn, args...)
	stop()
	proto := v.call.proto
	v.call = nil
	if err != nil {
		return r.reason() == "", &Error{Text: e.failure(r, err, name), counted: counted(err), Aborted: r.aborted.Load()}
	}
	w := replyWriter{out: c.Out, proto: proto}
	if err := w.top(result); err != nil {
		return true, err
	}
	return true, nil
}

// Error is an error reply.
type Error struct {
	Text    string
	counted bool
	// Aborted says that the server ended the run: what it wrote must not stay.
	Aborted bool
}

func (e *Error) Error() string { return e.Text }

// Counted says that the command that caused it is in the statistics already.
func (e *Error) Counted() bool { return e.counted }

// failure is the text of the reply to a run that ended in an error.
func (e *Engine) failure(r *Running, err error, name string) string {
	message := "ERR " + luaText(err.Error())
	var source, line string
	if t, ok := thrown(err).(*lua.LTable); ok {
		message = "ERR unknown error"
		if s := t.RawGetString("err"); isText(s) {
			message = text(s)
		}
		source, line = stringField(t, "source"), stringField(t, "line")
	}
	if reason := r.reason(); reason != "" {
		message = reason
	}
	if source != "" && line != "" {
		message += " script: " + name + ", on " + source + ":" + line + "."
	}
	return message
}

func counted(err error) bool {
	t, ok := thrown(err).(*lua.LTable)
	return ok && t.RawGetString("ignore_error_stats_update") == lua.LTrue
}

func stringField(t *lua.LTable, name string) string {
	if x := t.RawGetString(name); isText(x) {
		return text(x)
	}
	return ""
}

func (v *vm) array(items [][]byte) *lua.LTable {
	t := v.l.CreateTable(len(items), 0)
	for _, item := range items {
		t.Append(lua.LString(item))
	}
	return t
}

package script

import (
	"context"
	"log/slog"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// To whom commands are propagated. What they write is stored in any case.
const (
	replAOF     = 1
	replReplica = 2

	logDebug   = 0
	logVerbose = 1
	logNotice  = 2
	logWarning = 3
)

// redisAPI is the table "redis".
func (v *vm) redisAPI() *lua.LTable {
	t := v.functions(map[string]lua.LGFunction{
		"call": v.redisCall, "pcall": v.redisPcall, "sha1hex": sha1hex, "error_reply": errorReply,
		"status_reply": statusReply, "set_repl": v.setRepl, "setresp": v.setResp,
		"acl_check_cmd": v.aclCheck, "log": v.logLine, "replicate_commands": replicateCommands,
		"breakpoint": breakpoint, "debug": func(*lua.LState) int { return 0 },
	})
	for name, n := range map[string]int{
		"REPL_NONE": 0, "REPL_AOF": replAOF, "REPL_SLAVE": replReplica, "REPL_REPLICA": replReplica,
		"REPL_ALL": replAOF | replReplica,
	} {
		t.RawSetString(name, lua.LNumber(n))
	}
	v.logAndVersion(t)
	return t
}

// loadAPI is the table "redis" while a library is loaded.
func (v *vm) loadAPI() *lua.LTable {
	t := v.functions(map[string]lua.LGFunction{"register_function": v.registerFunction, "log": v.logLine})
	v.logAndVersion(t)
	meta := v.l.NewTable()
	meta.RawSetString("__index", v.l.NewFunction(noSuchGlobal))
	t.Metatable = meta
	return t
}

func (v *vm) logAndVersion(t *lua.LTable) {
	for name, n := range map[string]int{
		"LOG_DEBUG": logDebug, "LOG_VERBOSE": logVerbose, "LOG_NOTICE": logNotice, "LOG_WARNING": logWarning,
	} {
		t.RawSetString(name, lua.LNumber(n))
	}
	t.RawSetString("REDIS_VERSION", lua.LString(v.version))
	number := 0
	for _, part := range strings.Split(v.version, ".") {
		n, _ := strconv.Atoi(part)
		number = number<<8 | n
	}
	t.RawSetString("REDIS_VERSION_NUM", lua.LNumber(number))
}

// errorTable is an error as redis.pcall returns it.
func errorTable(l *lua.LState, message string) *lua.LTable {
	t := l.NewTable()
	t.RawSetString("err", lua.LString(message))
	return t
}

// raise raises an error of the API.
func raise(l *lua.LState, message string) { l.Error(errorTable(l, "ERR "+message), 1) }

func (v *vm) redisCall(l *lua.LState) int {
	reply, failed := v.command(l)
	if failed {
		l.Error(reply, 1)
	}
	l.Push(reply)
	return 1
}

func (v *vm) redisPcall(l *lua.LState) int {
	reply, _ := v.command(l)
	l.Push(reply)
	return 1
}

// command runs a command; failed says that its reply is an error.
func (v *vm) command(l *lua.LState) (reply lua.LValue, failed bool) {
	if v.call == nil {
		raise(l, "redis.call/pcall can only be called inside a script invocation")
	}
	args, problem := commandArgs(l)
	if problem != "" {
		return errorTable(l, "ERR "+problem), true
	}
	raw := v.call.host.Call(args, v.call.proto)
	p := replyParser{l: l, in: raw}
	reply = p.value(0)
	failed = len(raw) > 0 && raw[0] == '-'
	if t, ok := reply.(*lua.LTable); ok && failed {
		t.RawSetString("ignore_error_stats_update", lua.LTrue)
	}
	return reply, failed
}

// commandArgs are the arguments of redis.call as a client would send them.
func commandArgs(l *lua.LState) (args [][]byte, problem string) {
	n := l.GetTop()
	if n == 0 {
		return nil, "Please specify at least one argument for this redis lib call"
	}
	size := 0
	args = make([][]byte, n)
	for i := range args {
		switch x := l.Get(i + 1).(type) {
		case lua.LString:
			if size += len(x); size > 2*maxString {
				return nil, "the arguments are too long"
			}
			args[i] = []byte(x)
		case lua.LNumber:
			args[i] = appendArgument(nil, float64(x))
		default:
			return nil, "Lua redis lib command arguments must be strings or integers"
		}
	}
	return args, ""
}

// appendArgument writes a number as C's "%.17g".
func appendArgument(b []byte, f float64) []byte {
	if n := int64(f); float64(n) == f && n > -1e15 && n < 1e15 && (n != 0 || 1/f > 0) {
		return strconv.AppendInt(b, n, 10)
	}
	return append(b, formatGeneral(f, 17)...)
}

func sha1hex(l *lua.LState) int {
	if l.GetTop() != 1 {
		raise(l, "wrong number of arguments")
	}
	s := ""
	if x := l.Get(1); isText(x) {
		s = text(x)
	}
	l.Push(lua.LString(SHA([]byte(s))))
	return 1
}

func errorReply(l *lua.LState) int {
	s, ok := l.Get(1).(lua.LString)
	if l.GetTop() != 1 || !ok {
		l.Push(errorTable(l, "ERR wrong number or type of arguments"))
		return 1
	}
	message := strings.TrimPrefix(string(s), "-")
	code, rest, found := strings.Cut(message, " ")
	if !found {
		code, rest = "ERR", message
	}
	l.Push(errorTable(l, code+" "+strings.Trim(rest, "\r\n")))
	return 1
}

func statusReply(l *lua.LState) int {
	s, ok := l.Get(1).(lua.LString)
	if l.GetTop() != 1 || !ok {
		l.Push(errorTable(l, "ERR wrong number or type of arguments"))
		return 1
	}
	t := l.NewTable()
	t.RawSetString("ok", s)
	l.Push(t)
	return 1
}

func (v *vm) setRepl(l *lua.LState) int {
	if v.call == nil {
		raise(l, "redis.set_repl can only be called inside a script invocation")
	}
	if l.GetTop() != 1 {
		raise(l, "redis.set_repl() requires two arguments.")
	}
	flags := int64(lua.LVAsNumber(l.Get(1)))
	if flags&^(replAOF|replReplica) != 0 {
		raise(l, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	v.call.host.Replicates(flags&replReplica != 0)
	return 0
}

func (v *vm) setResp(l *lua.LState) int {
	if v.call == nil {
		raise(l, "redis.setresp can only be called inside a script invocation")
	}
	if l.GetTop() != 1 {
		raise(l, "redis.setresp() requires one argument.")
	}
	proto := int(lua.LVAsNumber(l.Get(1)))
	if proto != 2 && proto != 3 {
		raise(l, "RESP version must be 2 or 3.")
	}
	v.call.proto = proto
	return 0
}

func (v *vm) aclCheck(l *lua.LState) int {
	if v.call == nil {
		raise(l, "redis.acl_check_cmd can only be called inside a script invocation")
	}
	args, problem := commandArgs(l)
	if problem != "" {
		raise(l, problem)
	}
	allowed, known := v.call.host.Allowed(args)
	if !known {
		raise(l, "Invalid command passed to redis.acl_check_cmd()")
	}
	l.Push(lua.LBool(allowed))
	return 1
}

func (v *vm) logLine(l *lua.LState) int {
	if l.GetTop() < 2 {
		raise(l, "redis.log() requires two arguments or more.")
	}
	level, ok := l.Get(1).(lua.LNumber)
	if !ok {
		raise(l, "First argument must be a number (log level).")
	}
	if level < logDebug || level > logWarning {
		raise(l, "Invalid debug level.")
	}
	var parts []string
	for i := 2; i <= l.GetTop(); i++ {
		if x := l.Get(i); isText(x) {
			s := text(x)
			parts = append(parts, s[:min(len(s), 1024)])
		}
	}
	levels := [...]slog.Level{slog.LevelDebug, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn}
	v.log.Log(context.Background(), levels[int(level)], strings.Join(parts, " "), "from", "script")
	return 0
}

func replicateCommands(l *lua.LState) int {
	l.Push(lua.LTrue)
	return 1
}

func breakpoint(l *lua.LState) int {
	l.Push(lua.LFalse)
	return 1
}

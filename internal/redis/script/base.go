package script

import (
	"math"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// setBase sets the basic functions that differ from gopher-lua's: those that
// could modify a locked table, load code, or write numbers.
func (v *vm) setBase() {
	for name, f := range map[string]lua.LGFunction{
		"pcall": v.pcall, "xpcall": v.xpcall, "load": v.loadFunction, "loadstring": v.loadString,
		"getmetatable": v.getMetatable, "setmetatable": v.setMetatable, "getfenv": v.getEnvironment,
		"setfenv": v.setEnvironment, "rawset": v.rawSet, "rawget": v.rawGet, "next": v.next,
		"pairs": v.pairs, "tostring": toString, "tonumber": toNumber, "unpack": v.unpack,
		"collectgarbage": collectGarbage, "gcinfo": gcInfo, "error": raiseError,
	} {
		v.globals.RawSetString(name, v.l.NewFunction(f))
	}
}

// text is a value as a string; what is neither string nor number is described.
func text(x lua.LValue) string {
	switch x := x.(type) {
	case lua.LString:
		return string(x)
	case lua.LNumber:
		return formatNumber(float64(x))
	}
	return x.String()
}

// formatNumber writes a number as C's "%.14g", which is how Lua shows it.
func formatNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e14 && (f != 0 || !math.Signbit(f)) {
		return strconv.FormatInt(int64(f), 10)
	}
	return formatGeneral(f, 14)
}

// formatGeneral is C's "%.*g".
func formatGeneral(f float64, digits int) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		if math.Signbit(f) {
			return "-nan"
		}
		return "nan"
	}
	s := strconv.FormatFloat(f, 'e', max(digits-1, 0), 64)
	mantissa, exponent, _ := strings.Cut(s, "e")
	exp, _ := strconv.Atoi(exponent)
	if exp < -4 || exp >= max(digits, 1) {
		return trimZeros(mantissa) + "e" + exponent
	}
	return trimZeros(strconv.FormatFloat(f, 'f', max(digits-1-exp, 0), 64))
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// parseNumber reads a string as Lua does when it needs a number.
func parseNumber(s string) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 {
		return 0, false
	}
	if len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X") && !strings.ContainsAny(digits, ".pP_") {
		n, err := strconv.ParseUint(digits[2:], 16, 64)
		f := float64(n)
		if s[0] == '-' {
			f = -f
		}
		return f, err == nil
	}
	if digits == "" || strings.ContainsAny(digits, "_xX") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func toString(l *lua.LState) int {
	x := l.CheckAny(1)
	if meta := l.GetMetaField(x, "__tostring"); meta.Type() == lua.LTFunction {
		l.Push(meta)
		l.Push(x)
		l.Call(1, 1)
		return 1
	}
	l.Push(lua.LString(text(x)))
	return 1
}

func toNumber(l *lua.LState) int {
	x := l.CheckAny(1)
	base := l.OptInt(2, 10)
	result := lua.LNil
	switch x := x.(type) {
	case lua.LNumber:
		result = x
	case lua.LString:
		if base == 10 {
			if f, ok := parseNumber(string(x)); ok {
				result = lua.LNumber(f)
			}
			break
		}
		if base < 2 || base > 36 {
			l.ArgError(2, "base out of range")
		}
		s := strings.TrimSpace(string(x))
		if base == 16 {
			s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")
		}
		if n, err := strconv.ParseUint(s, base, 64); err == nil {
			result = lua.LNumber(n)
		}
	}
	l.Push(result)
	return 1
}

// raiseError is error, which may be called without an argument.
func raiseError(l *lua.LState) int {
	value := l.Get(1)
	level := l.OptInt(2, 1)
	if s, ok := value.(lua.LString); ok && level > 0 {
		value = lua.LString(l.Where(level) + " " + string(s))
	}
	l.Error(value, 0)
	return 0
}

// pcall returns the text of an error that redis.call raised, as scripts written
// for old versions of redis-server expect.
func (v *vm) pcall(l *lua.LState) int {
	l.CheckAny(1)
	defer v.enter(l)()
	if err := l.PCall(l.GetTop()-1, lua.MultRet, nil); err != nil {
		l.SetTop(0)
		l.Push(lua.LFalse)
		raised := thrown(err)
		if t, ok := raised.(*lua.LTable); ok {
			if message := t.RawGetString("err"); lua.LVCanConvToString(message) {
				raised = message
			}
		}
		l.Push(raised)
		return 2
	}
	l.Insert(lua.LTrue, 1)
	return l.GetTop()
}

// maxProtected is how deep protected calls are nested: unwinding one costs as
// much as the stack is deep.
const maxProtected = 195

func (v *vm) enter(l *lua.LState) (leave func()) {
	if v.protected >= maxProtected {
		l.RaiseError("C stack overflow")
	}
	v.protected++
	return func() { v.protected-- }
}

func (v *vm) xpcall(l *lua.LState) int {
	fn := l.CheckFunction(1)
	handler := l.CheckFunction(2)
	defer v.enter(l)()
	l.SetTop(0)
	l.Push(fn)
	if err := l.PCall(0, lua.MultRet, handler); err != nil {
		l.SetTop(0)
		l.Push(lua.LFalse)
		l.Push(thrown(err))
		return 2
	}
	l.Insert(lua.LTrue, 1)
	return l.GetTop()
}

// thrown is the value of an error.
func thrown(err error) lua.LValue {
	if e, ok := err.(*lua.ApiError); ok && e.Object != nil { //nolint:errorlint // gopher-lua does not wrap
		if s, ok := e.Object.(lua.LString); ok {
			return lua.LString(luaText(string(s)))
		}
		return e.Object
	}
	return lua.LString(luaText(err.Error()))
}

func (v *vm) loadString(l *lua.LState) int {
	return v.loadChunk(l, l.CheckString(1), l.OptString(2, l.CheckString(1)))
}

func (v *vm) loadFunction(l *lua.LState) int {
	reader := l.CheckFunction(1)
	name := l.OptString(2, "=(load)")
	var source strings.Builder
	for {
		l.Push(reader)
		l.Call(0, 1)
		part := l.Get(-1)
		l.Pop(1)
		s, ok := part.(lua.LString)
		if !ok && part != lua.LNil {
			l.Push(lua.LNil)
			l.Push(lua.LString("reader function must return a string"))
			return 2
		}
		if s == "" || source.Len() > maxSource {
			break
		}
		source.WriteString(string(s))
	}
	return v.loadChunk(l, source.String(), name)
}

func (v *vm) loadChunk(l *lua.LState, source, name string) int {
	proto, err := compile([]byte(source), chunkName(name))
	if err != nil {
		l.Push(lua.LNil)
		l.Push(lua.LString(err.Error()))
		return 2
	}
	fn := l.NewFunctionFromProto(proto)
	fn.Env = v.env
	l.Push(fn)
	return 1
}

// chunkName is how Lua shows the name of a chunk.
func chunkName(name string) string {
	if strings.HasPrefix(name, "@") || strings.HasPrefix(name, "=") {
		return name[1:]
	}
	line, _, more := strings.Cut(name, "\n")
	if len(line) > 45 {
		line, more = line[:45], true
	}
	if more {
		line += "..."
	}
	return `[string "` + line + `"]`
}

func (v *vm) getMetatable(l *lua.LState) int {
	x := l.CheckAny(1)
	if shown := l.GetMetaField(x, "__metatable"); shown != lua.LNil {
		l.Push(shown)
		return 1
	}
	l.Push(l.GetMetatable(x))
	return 1
}

func (v *vm) setMetatable(l *lua.LState) int {
	t := v.writable(l, 1)
	meta := l.Get(2)
	if meta != lua.LNil {
		l.CheckTable(2)
	}
	if l.GetMetaField(t, "__metatable") != lua.LNil {
		l.RaiseError("cannot change a protected metatable")
	}
	l.SetMetatable(t, meta)
	l.SetTop(1)
	return 1
}

func (v *vm) getEnvironment(l *lua.LState) int {
	if fn, ok := l.Get(1).(*lua.LFunction); ok {
		if fn.IsG {
			l.Push(v.env)
		} else {
			l.Push(fn.Env)
		}
		return 1
	}
	level := l.OptInt(1, 1)
	var env lua.LValue = v.env
	if level > 0 {
		if dbg, ok := l.GetStack(level); ok {
			if fn, err := l.GetInfo("f", dbg, lua.LNil); err == nil {
				if fn, ok := fn.(*lua.LFunction); ok && !fn.IsG && fn.Env != nil {
					env = fn.Env
				}
			}
		}
	}
	l.Push(env)
	return 1
}

func (v *vm) setEnvironment(l *lua.LState) int {
	env := l.CheckTable(2)
	if fn, ok := l.Get(1).(*lua.LFunction); ok && !fn.IsG {
		fn.Env = env
		l.SetTop(1)
		return 1
	}
	if level := l.OptInt(1, 1); level > 0 {
		if dbg, ok := l.GetStack(level); ok {
			fn, err := l.GetInfo("f", dbg, lua.LNil)
			if f, ok := fn.(*lua.LFunction); err == nil && ok && !f.IsG {
				f.Env = env
				l.Push(f)
				return 1
			}
		}
	}
	l.RaiseError("'setfenv' cannot change environment of given object")
	return 0
}

func (v *vm) rawSet(l *lua.LState) int {
	l.RawSet(v.writable(l, 1), l.CheckAny(2), l.CheckAny(3))
	l.SetTop(1)
	return 1
}

func (v *vm) rawGet(l *lua.LState) int {
	l.Push(l.RawGet(v.readable(l.CheckTable(1)), l.CheckAny(2)))
	return 1
}

func (v *vm) next(l *lua.LState) int {
	key, value := l.Next(v.readable(l.CheckTable(1)), l.Get(2))
	l.Push(key)
	if key == lua.LNil {
		return 1
	}
	l.Push(value)
	return 2
}

func (v *vm) pairs(l *lua.LState) int {
	t := l.CheckTable(1)
	l.Push(v.globals.RawGetString("next"))
	l.Push(t)
	l.Push(lua.LNil)
	return 3
}

// unpackMax is about what Lua's own stack holds.
const unpackMax = 8000

func (v *vm) unpack(l *lua.LState) int {
	t := v.readable(l.CheckTable(1))
	from := l.OptInt(2, 1)
	to := l.OptInt(3, t.Len())
	if from > to {
		return 0
	}
	if to-from >= unpackMax || to-from < 0 {
		l.RaiseError("too many results to unpack")
	}
	for i := from; ; i++ {
		l.Push(t.RawGetInt(i))
		if i == to {
			return to - from + 1
		}
	}
}

// collectGarbage takes the options and does nothing: memory is Go's to collect.
func collectGarbage(l *lua.LState) int {
	switch option := l.OptString(1, "collect"); option {
	case "count":
		return gcInfo(l)
	case "collect", "stop", "restart", "step", "setpause", "setstepmul":
		l.Push(lua.LNumber(0))
		return 1
	default:
		l.ArgError(1, "invalid option '"+option+"'")
		return 0
	}
}

func gcInfo(l *lua.LState) int {
	l.Push(lua.LNumber(float64(heapBytes()) / 1024))
	return 1
}

var processStart = time.Now()

func osClock(l *lua.LState) int {
	l.Push(lua.LNumber(time.Since(processStart).Seconds()))
	return 1
}

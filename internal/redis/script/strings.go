package script

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxString is the longest string that a script can make.
const maxString = 512 << 20

func tooLong(l *lua.LState) { l.RaiseError("resulting string too large") }

// concatFunction is the operator "..".
var concatFunction = &lua.LFunction{IsG: true, GFunction: concat}

func concat(l *lua.LState) int {
	n := l.GetTop()
	size := 0
	for i := 1; i <= n; i++ {
		switch x := l.Get(i).(type) {
		case lua.LString:
			size += len(x)
		case lua.LNumber:
			size += 24
		default:
			return concatMeta(l)
		}
	}
	if size > maxString {
		tooLong(l)
	}
	b := make([]byte, 0, size)
	for i := 1; i <= n; i++ {
		b = append(b, text(l.Get(i))...)
	}
	l.Push(lua.LString(b))
	return 1
}

// concatMeta joins from the right, two at a time, asking metatables.
func concatMeta(l *lua.LState) int {
	result := l.Get(l.GetTop())
	for i := l.GetTop() - 1; i >= 1; i-- {
		left := l.Get(i)
		if isText(left) && isText(result) {
			a, b := text(left), text(result)
			if len(a)+len(b) > maxString {
				tooLong(l)
			}
			result = lua.LString(a + b)
			continue
		}
		op := l.GetMetaField(left, "__concat")
		if op == lua.LNil {
			op = l.GetMetaField(result, "__concat")
		}
		if op == lua.LNil {
			culprit := result
			if !isText(left) {
				culprit = left
			}
			l.RaiseError("attempt to concatenate a %s value", culprit.Type())
		}
		l.Push(op)
		l.Push(left)
		l.Push(result)
		l.Call(2, 1)
		result = l.Get(-1)
		l.Pop(1)
	}
	l.Push(result)
	return 1
}

func isText(x lua.LValue) bool {
	return x.Type() == lua.LTString || x.Type() == lua.LTNumber
}

// setString makes the string library: what could grow without bound, or writes
// numbers, is this package's.
func (v *vm) setString(t *lua.LTable) {
	for name, f := range map[string]lua.LGFunction{
		"rep": stringRep, "format": stringFormat, "dump": stringDump, "gsub": v.stringGsub(t),
	} {
		t.RawSetString(name, v.l.NewFunction(f))
	}
	t.RawSetString("__index", lua.LNil)
	guard := v.lock(t)
	v.globals.RawSetString("string", guard)
	meta := v.l.NewTable()
	meta.RawSetString("__index", guard)
	meta.RawSetString("__metatable", v.lock(meta))
	v.l.SetMetatable(lua.LString(""), meta)
}

func stringRep(l *lua.LState) int {
	s, n := l.CheckString(1), l.CheckInt(2)
	if n <= 0 || s == "" {
		l.Push(lua.LString(""))
		return 1
	}
	if n > maxString/len(s) {
		tooLong(l)
	}
	l.Push(lua.LString(strings.Repeat(s, n)))
	return 1
}

// stringDump gives something that cannot be loaded: there is no bytecode.
func stringDump(l *lua.LState) int {
	l.CheckFunction(1)
	l.Push(lua.LString("\x1bLua"))
	return 1
}

// stringGsub bounds the result: every byte of the subject may be replaced by
// something long.
func (v *vm) stringGsub(t *lua.LTable) lua.LGFunction {
	gsub := builtin(t, "gsub")
	return func(l *lua.LState) int {
		subject := l.CheckString(1)
		switch repl := l.Get(3).(type) {
		case lua.LString:
			refs := strings.Count(string(repl), "%")
			if (len(subject)+1)*len(repl)+refs*len(subject) > maxString {
				tooLong(l)
			}
		case *lua.LFunction, *lua.LTable:
			l.Replace(3, l.NewFunction(boundedReplacement(repl)))
		}
		return gsub(l)
	}
}

// boundedReplacement looks replacements up and adds up their lengths.
func boundedReplacement(source lua.LValue) lua.LGFunction {
	total := 0
	return func(l *lua.LState) int {
		if t, ok := source.(*lua.LTable); ok {
			x := l.GetTable(t, l.Get(1))
			if !isText(x) && x != lua.LNil && x != lua.LFalse {
				l.RaiseError("invalid replacement value (a %s)", x.Type())
			}
			l.Push(x)
		} else {
			n := l.GetTop()
			l.Insert(source, 1)
			l.Call(n, 1)
		}
		if x := l.Get(-1); isText(x) {
			if total += len(text(x)); total > maxString {
				tooLong(l)
			}
		}
		return 1
	}
}

// stringFormat is string.format by C's rules.
func stringFormat(l *lua.LState) int {
	format := l.CheckString(1)
	var b strings.Builder
	arg := 1
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' {
			b.WriteByte(c)
			continue
		}
		if i++; i < len(format) && format[i] == '%' {
			b.WriteByte('%')
			continue
		}
		from := i
		for i < len(format) && strings.IndexByte("-+ #0", format[i]) >= 0 {
			i++
		}
		flags := format[from:i]
		if len(flags) > 5 {
			l.RaiseError("invalid format (repeated flags)")
		}
		width, next := formatDigits(l, format, i)
		i = next
		precision := -1
		if i < len(format) && format[i] == '.' {
			precision, i = formatDigits(l, format, i+1)
			precision = max(precision, 0)
		}
		if i >= len(format) {
			l.RaiseError("invalid option '%%' to 'format'")
		}
		arg++
		b.WriteString(formatOne(l, format[i], flags, width, precision, arg))
		if b.Len() > maxString {
			tooLong(l)
		}
	}
	l.Push(lua.LString(b.String()))
	return 1
}

// formatDigits reads at most two digits at i; -1 if there are none.
func formatDigits(l *lua.LState, format string, i int) (n, next int) {
	n = -1
	for count := 0; i < len(format) && format[i] >= '0' && format[i] <= '9'; i++ {
		if count++; count > 2 {
			l.RaiseError("invalid format (width or precision too long)")
		}
		n = max(n, 0)*10 + int(format[i]-'0')
	}
	return n, i
}

func formatOne(l *lua.LState, verb byte, flags string, width, precision, arg int) string {
	spec := "%" + flags
	if width >= 0 {
		spec += strconv.Itoa(width)
	}
	if precision >= 0 {
		spec += "." + strconv.Itoa(precision)
	}
	switch verb {
	case 'c':
		return fmt.Sprintf("%"+flags+"s", string([]byte{byte(l.CheckInt(arg))}))
	case 'd', 'i':
		return fmt.Sprintf(spec+"d", checkInteger(l, arg))
	case 'u':
		return fmt.Sprintf(spec+"d", uint64(checkInteger(l, arg)))
	case 'o', 'x', 'X':
		return fmt.Sprintf(spec+string(verb), uint64(checkInteger(l, arg)))
	case 'e', 'E', 'f', 'g', 'G':
		return formatFloat(l, verb, spec, flags, width, precision, checkNumber(l, arg))
	case 'q':
		return quoted(l.CheckString(arg))
	case 's':
		l.CheckAny(arg)
		s := textOf(l, arg)
		if precision >= 0 && precision < len(s) {
			s = s[:precision]
		}
		return pad(s, flags, width)
	}
	l.RaiseError("invalid option '%%%c' to 'format'", verb)
	return ""
}

func formatFloat(_ *lua.LState, verb byte, spec, flags string, width, precision int, f float64) string {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		s := formatGeneral(f, 6)
		if f > 0 && strings.Contains(flags, "+") {
			s = "+" + s
		}
		return pad(s, strings.ReplaceAll(flags, "0", ""), width)
	}
	if verb == 'g' || verb == 'G' {
		if precision < 0 {
			precision = 6
		}
		s := formatGeneral(f, max(precision, 1))
		if verb == 'G' {
			s = strings.ToUpper(s)
		}
		if f >= 0 && strings.Contains(flags, "+") {
			s = "+" + s
		}
		return pad(s, flags, width)
	}
	return fmt.Sprintf(spec+string(verb), f)
}

// pad fills s up to the width.
func pad(s, flags string, width int) string {
	fill := width - len(s)
	switch {
	case fill <= 0:
		return s
	case strings.Contains(flags, "-"):
		return s + strings.Repeat(" ", fill)
	case strings.Contains(flags, "0") && s != "":
		if s[0] == '-' || s[0] == '+' {
			return s[:1] + strings.Repeat("0", fill) + s[1:]
		}
		return strings.Repeat("0", fill) + s
	}
	return strings.Repeat(" ", fill) + s
}

func textOf(l *lua.LState, arg int) string {
	x := l.Get(arg)
	if meta := l.GetMetaField(x, "__tostring"); meta.Type() == lua.LTFunction {
		l.Push(meta)
		l.Push(x)
		l.Call(1, 1)
		s := text(l.Get(-1))
		l.Pop(1)
		return s
	}
	return text(x)
}

func checkNumber(l *lua.LState, arg int) float64 {
	switch x := l.Get(arg).(type) {
	case lua.LNumber:
		return float64(x)
	case lua.LString:
		if f, ok := parseNumber(string(x)); ok {
			return f
		}
	}
	if arg > l.GetTop() {
		l.ArgError(arg, "number expected, got no value")
	}
	l.TypeError(arg, lua.LTNumber)
	return 0
}

func checkInteger(l *lua.LState, arg int) int64 { return toInteger(checkNumber(l, arg)) }

// toInteger converts as C does on x86: what does not fit is the least integer.
func toInteger(f float64) int64 {
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

// quoted is "%q".
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\r':
			b.WriteString(`\r`)
		case 0:
			b.WriteString(`\000`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

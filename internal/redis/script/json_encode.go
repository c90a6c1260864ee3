package script

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// jsonConfig is what cjson's settings say. They stay until they are changed
// again, as in redis-server.
type jsonConfig struct {
	sparseConvert           bool
	sparseRatio, sparseSafe int
	encodeDepth             int
	decodeDepth             int
	precision               int
	keepBuffer              bool
	invalidEncode           string // "off", "on" or "null"
	invalidDecode           string
	null                    *lua.LUserData
}

// newJSON makes the library cjson.
func (v *vm) newJSON() *lua.LTable {
	c := &jsonConfig{
		sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000, precision: 14, keepBuffer: true,
		invalidEncode: "off", invalidDecode: "on", null: v.l.NewUserData(),
	}
	t := v.functions(map[string]lua.LGFunction{
		"encode": c.encode, "decode": c.decode,
		"encode_sparse_array":     c.setSparse,
		"encode_max_depth":        jsonInteger(&c.encodeDepth, 1, math.MaxInt32),
		"decode_max_depth":        jsonInteger(&c.decodeDepth, 1, math.MaxInt32),
		"encode_number_precision": jsonInteger(&c.precision, 1, 14),
		"encode_keep_buffer":      jsonBool(&c.keepBuffer),
		"encode_invalid_numbers":  jsonWord(&c.invalidEncode, true),
		"decode_invalid_numbers":  jsonWord(&c.invalidDecode, false),
	})
	t.RawSetString("new", v.l.NewFunction(func(l *lua.LState) int {
		l.Push(v.lock(v.newJSON()))
		return 1
	}))
	t.RawSetString("null", c.null)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

// jsonInteger is a setting that is read or, with an argument, changed.
func jsonInteger(setting *int, least, most int) lua.LGFunction {
	return func(l *lua.LState) int {
		if l.Get(1) != lua.LNil {
			n := checkInteger(l, 1)
			if n < int64(least) || n > int64(most) {
				l.ArgError(1, "expected integer between "+strconv.Itoa(least)+" and "+strconv.Itoa(most))
			}
			*setting = int(n)
		}
		l.Push(lua.LNumber(*setting))
		return 1
	}
}

func jsonBool(setting *bool) lua.LGFunction {
	return func(l *lua.LState) int {
		if b, ok := l.Get(1).(lua.LBool); ok {
			*setting = bool(b)
		}
		l.Push(lua.LBool(*setting))
		return 1
	}
}

// jsonWord is a setting that is a boolean, or for encoding also "null".
func jsonWord(setting *string, null bool) lua.LGFunction {
	return func(l *lua.LState) int {
		switch x := l.Get(1).(type) {
		case lua.LBool:
			*setting = "off"
			if x {
				*setting = "on"
			}
		case lua.LString:
			if x != "on" && x != "off" && (x != "null" || !null) {
				l.ArgError(1, "invalid option '"+string(x)+"'")
			}
			*setting = string(x)
		}
		switch *setting {
		case "off":
			l.Push(lua.LFalse)
		case "on":
			l.Push(lua.LTrue)
		default:
			l.Push(lua.LString(*setting))
		}
		return 1
	}
}

func (c *jsonConfig) setSparse(l *lua.LState) int {
	if b, ok := l.Get(1).(lua.LBool); ok {
		c.sparseConvert = bool(b)
	}
	for i, setting := range []*int{&c.sparseRatio, &c.sparseSafe} {
		if l.Get(i+2) != lua.LNil {
			n := checkInteger(l, i+2)
			if n < 0 || n > math.MaxInt32 {
				l.ArgError(i+2, "expected integer between 0 and 2147483647")
			}
			*setting = int(n)
		}
	}
	l.Push(lua.LBool(c.sparseConvert))
	l.Push(lua.LNumber(c.sparseRatio))
	l.Push(lua.LNumber(c.sparseSafe))
	return 3
}

func (c *jsonConfig) encode(l *lua.LState) int {
	if l.GetTop() != 1 {
		l.ArgError(1, "expected 1 argument")
	}
	e := jsonEncoder{l: l, config: c}
	e.value(l.Get(1), 0)
	l.Push(lua.LString(e.b))
	return 1
}

type jsonEncoder struct {
	l      *lua.LState
	config *jsonConfig
	b      []byte
}

func (e *jsonEncoder) refuse(x lua.LValue, reason string) {
	e.l.RaiseError("Cannot serialise %s: %s", x.Type(), reason)
}

func (e *jsonEncoder) value(x lua.LValue, depth int) {
	if len(e.b) > maxString {
		tooLong(e.l)
	}
	switch x := x.(type) {
	case lua.LString:
		e.text(string(x))
	case lua.LNumber:
		e.number(x)
	case lua.LBool:
		e.b = strconv.AppendBool(e.b, bool(x))
	case *lua.LTable:
		depth++
		// Redis-server's stack holds no more than this many levels either.
		if depth > min(e.config.encodeDepth, 4000) {
			e.l.RaiseError("Cannot serialise, excessive nesting (%d)", depth)
		}
		if n := e.arrayLength(x); n > 0 {
			e.array(x, n, depth)
		} else {
			e.object(x, depth)
		}
	case *lua.LNilType:
		e.b = append(e.b, "null"...)
	case *lua.LUserData:
		if x != e.config.null {
			e.refuse(x, "type not supported")
		}
		e.b = append(e.b, "null"...)
	default:
		e.refuse(x, "type not supported")
	}
}

func (e *jsonEncoder) number(n lua.LNumber) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		switch {
		case e.config.invalidEncode == "off":
			e.refuse(n, "must not be NaN or Inf")
		case e.config.invalidEncode == "null":
			e.b = append(e.b, "null"...)
			return
		case math.IsNaN(f):
			e.b = append(e.b, "nan"...)
			return
		}
	}
	e.b = append(e.b, formatGeneral(f, e.config.precision)...)
}

// arrayLength is the length of a table that is an array, -1 of another.
func (e *jsonEncoder) arrayLength(t *lua.LTable) int {
	highest, items, isArray := 0.0, 0, true
	eachPair(t, func(key, _ lua.LValue) {
		n, ok := key.(lua.LNumber)
		f := float64(n)
		if !ok || f < 1 || f != math.Trunc(f) {
			isArray = false
			return
		}
		highest = max(highest, f)
		items++
	})
	if !isArray {
		return -1
	}
	c := e.config
	if c.sparseRatio > 0 && highest > float64(items)*float64(c.sparseRatio) && highest > float64(c.sparseSafe) {
		if !c.sparseConvert {
			e.refuse(t, "excessively sparse array")
		}
		return -1
	}
	if highest > maxString {
		tooLong(e.l)
	}
	return int(highest)
}

func (e *jsonEncoder) array(t *lua.LTable, n, depth int) {
	e.b = append(e.b, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			e.b = append(e.b, ',')
		}
		e.value(t.RawGetInt(i), depth)
	}
	e.b = append(e.b, ']')
}

func (e *jsonEncoder) object(t *lua.LTable, depth int) {
	e.b = append(e.b, '{')
	first := true
	eachPair(t, func(key, value lua.LValue) {
		if !first {
			e.b = append(e.b, ',')
		}
		first = false
		switch key := key.(type) {
		case lua.LNumber:
			e.b = append(e.b, '"')
			e.number(key)
			e.b = append(e.b, '"', ':')
		case lua.LString:
			e.text(string(key))
			e.b = append(e.b, ':')
		default:
			e.refuse(key, "table key must be a number or string")
		}
		e.value(value, depth)
	})
	e.b = append(e.b, '}')
}

func (e *jsonEncoder) text(s string) {
	const hexDigits = "0123456789abcdef"
	e.b = append(e.b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '/':
			e.b = append(e.b, '\\', c)
		case '\b':
			e.b = append(e.b, `\b`...)
		case '\t':
			e.b = append(e.b, `\t`...)
		case '\n':
			e.b = append(e.b, `\n`...)
		case '\f':
			e.b = append(e.b, `\f`...)
		case '\r':
			e.b = append(e.b, `\r`...)
		default:
			if c < ' ' || c == 0x7f {
				e.b = append(e.b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
				continue
			}
			e.b = append(e.b, c)
		}
	}
	e.b = append(e.b, '"')
}

package script

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// maxReplyDepth is how deep replies and values may be nested.
const maxReplyDepth = 1500

// replyParser makes Lua values of a command's reply. What is not RESP, or ends
// early, is nil.
type replyParser struct {
	l  *lua.LState
	in []byte
}

func (p *replyParser) line() string {
	line, rest, _ := bytes.Cut(p.in, []byte("\r\n"))
	p.in = rest
	return string(line)
}

func (p *replyParser) bulk(n int) string {
	if n > len(p.in) {
		n = len(p.in)
	}
	s := string(p.in[:n])
	p.in = p.in[min(n+2, len(p.in)):]
	return s
}

func (p *replyParser) value(depth int) lua.LValue {
	if len(p.in) == 0 || depth > maxReplyDepth {
		p.in = nil
		return lua.LNil
	}
	kind := p.in[0]
	p.in = p.in[1:]
	line := p.line()
	switch kind {
	case '+':
		return p.single("ok", lua.LString(line))
	case '-':
		return p.single("err", lua.LString(line))
	case '(':
		return p.single("big_number", lua.LString(line))
	case ',':
		f, ok := parseNumber(line)
		if !ok {
			return lua.LNil
		}
		return p.single("double", lua.LNumber(f))
	case '#':
		return lua.LBool(line == "t")
	case '_':
		return lua.LNil
	}
	n, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		return lua.LNil
	}
	if kind == ':' {
		return lua.LNumber(n)
	}
	if n < 0 {
		return lua.LFalse
	}
	return p.sized(kind, int(n), depth)
}

// sized reads what follows a length.
func (p *replyParser) sized(kind byte, n, depth int) lua.LValue {
	switch kind {
	case '$':
		return lua.LString(p.bulk(n))
	case '=':
		format, s, _ := strings.Cut(p.bulk(n), ":")
		t := p.l.NewTable()
		t.RawSetString("format", lua.LString(format))
		t.RawSetString("string", lua.LString(s))
		return p.single("verbatim_string", t)
	case '*', '>':
		t := p.l.CreateTable(min(n, len(p.in)), 0)
		for i := 1; i <= n && len(p.in) > 0; i++ {
			t.RawSetInt(i, p.value(depth+1))
		}
		return t
	case '%', '~':
		t := p.l.NewTable()
		for ; n > 0 && len(p.in) > 0; n-- {
			key := p.value(depth + 1)
			var value lua.LValue = lua.LTrue
			if kind == '%' {
				value = p.value(depth + 1)
			}
			if key != lua.LNil {
				p.l.RawSet(t, key, value)
			}
		}
		if kind == '%' {
			return p.single("map", t)
		}
		return p.single("set", t)
	case '|':
		for ; n > 0 && len(p.in) > 0; n-- {
			p.value(depth + 1)
			p.value(depth + 1)
		}
		return p.value(depth + 1)
	}
	return lua.LNil
}

func (p *replyParser) single(field string, value lua.LValue) *lua.LTable {
	t := p.l.NewTable()
	t.RawSetString(field, value)
	return t
}

// replyWriter writes Lua values as replies. proto is the version the script
// chose, which decides what a boolean becomes.
type replyWriter struct {
	out   *resp.Writer
	proto int
}

// top writes the result of a script. An error table is an error of the command.
func (w *replyWriter) top(x lua.LValue) error {
	if t, ok := x.(*lua.LTable); ok {
		if message, ok := t.RawGetString("err").(lua.LString); ok {
			return &Error{Text: string(message), counted: t.RawGetString("ignore_error_stats_update") == lua.LTrue}
		}
	}
	w.value(x, 0)
	if len(w.out.Buf) > 2*maxString {
		return errors.New("ERR the reply is too long")
	}
	return nil
}

func (w *replyWriter) value(x lua.LValue, depth int) {
	if depth > maxReplyDepth {
		w.out.Error("ERR reached lua stack limit")
		return
	}
	if len(w.out.Buf) > 2*maxString {
		w.out.Null() // the whole will be refused
		return
	}
	switch x := x.(type) {
	case lua.LString:
		w.out.BulkString(string(x))
	case lua.LNumber:
		w.out.Int(toInteger(float64(x)))
	case lua.LBool:
		switch {
		case w.proto == 3:
			w.out.Bool(bool(x))
		case bool(x):
			w.out.Int(1)
		default:
			w.out.Null()
		}
	case *lua.LTable:
		w.table(x, depth)
	default:
		w.out.Null()
	}
}

// oneLine replaces what would end a line of the protocol.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

func (w *replyWriter) table(t *lua.LTable, depth int) {
	if s, ok := t.RawGetString("err").(lua.LString); ok {
		w.out.Error(string(s))
		return
	}
	if s, ok := t.RawGetString("ok").(lua.LString); ok {
		w.out.Simple(oneLine.Replace(string(s)))
		return
	}
	if f, ok := t.RawGetString("double").(lua.LNumber); ok {
		w.out.Double(float64(f))
		return
	}
	if s, ok := t.RawGetString("big_number").(lua.LString); ok {
		w.out.BigNumber(oneLine.Replace(string(s)))
		return
	}
	if v, ok := t.RawGetString("verbatim_string").(*lua.LTable); ok {
		format, isFormat := v.RawGetString("format").(lua.LString)
		s, isString := v.RawGetString("string").(lua.LString)
		if isFormat && isString {
			w.out.Verbatim((string(format) + "   ")[:3], string(s))
			return
		}
	}
	if m, ok := t.RawGetString("map").(*lua.LTable); ok {
		w.pairs(m, true, depth)
		return
	}
	if m, ok := t.RawGetString("set").(*lua.LTable); ok {
		w.pairs(m, false, depth)
		return
	}
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
	}
	w.out.Array(n)
	for i := 1; i <= n; i++ {
		w.value(t.RawGetInt(i), depth+1)
	}
}

// pairs writes a table as a map, or its keys as a set.
func (w *replyWriter) pairs(t *lua.LTable, values bool, depth int) {
	n := 0
	eachPair(t, func(lua.LValue, lua.LValue) { n++ })
	if values {
		w.out.Map(n)
	} else {
		w.out.Set(n)
	}
	eachPair(t, func(key, value lua.LValue) {
		w.value(key, depth+1)
		if values {
			w.value(value, depth+1)
		}
	})
}

package script

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// maxUnpackDepth is how deep packed tables may be nested.
const maxUnpackDepth = 1000

func msgpackUnpack(l *lua.LState) int { return unpackValues(l, math.MaxInt32, 0, true) }

func msgpackUnpackOne(l *lua.LState) int { return unpackValues(l, 1, l.OptInt(2, 0), false) }

func msgpackUnpackLimit(l *lua.LState) int {
	limit, offset := l.CheckInt(2), l.OptInt(3, 0)
	all := limit == 0 && offset == 0
	if all {
		limit = math.MaxInt32
	}
	return unpackValues(l, limit, offset, all)
}

func unpackValues(l *lua.LState, limit, offset int, all bool) int {
	data := l.CheckString(1)
	if offset < 0 || limit < 0 {
		l.RaiseError("Invalid request to unpack with offset of %d and limit of %d.", offset, len(data))
	}
	if offset > len(data) {
		l.RaiseError("Start offset %d greater than input length %d.", offset, len(data))
	}
	u := unpacker{l: l, in: []byte(data[offset:])}
	var values []lua.LValue
	for len(u.in) > 0 && len(values) < limit {
		values = append(values, u.value(0))
		if u.bad {
			l.RaiseError("Bad data format in input.")
		}
		if u.short {
			l.RaiseError("Missing bytes in input.")
		}
		if len(values) > maxResults {
			l.RaiseError("too many return values at once; use unpack_one or unpack_limit instead.")
		}
	}
	if !all {
		next := len(data) - len(u.in)
		if len(u.in) == 0 {
			next = -1
		}
		l.Push(lua.LNumber(next))
	}
	for _, v := range values {
		l.Push(v)
	}
	if all {
		return len(values)
	}
	return len(values) + 1
}

// unpacker reads values; bad and short say why it stopped.
type unpacker struct {
	l          *lua.LState
	in         []byte
	bad, short bool
}

// take returns the next n bytes, nil if there are fewer.
func (u *unpacker) take(n int) []byte {
	if n > len(u.in) {
		u.short = true
		return nil
	}
	b := u.in[:n]
	u.in = u.in[n:]
	return b
}

// unsigned reads a big-endian number of 1, 2, 4 or 8 bytes.
func (u *unpacker) unsigned(size int) uint64 {
	var n uint64
	for _, c := range u.take(size) {
		n = n<<8 | uint64(c)
	}
	return n
}

func (u *unpacker) text(n uint64) lua.LValue {
	if n > uint64(len(u.in)) {
		u.short = true
		return lua.LNil
	}
	return lua.LString(u.take(int(n)))
}

func (u *unpacker) value(depth int) lua.LValue {
	head := u.take(1)
	if u.short || depth > maxUnpackDepth {
		u.bad = u.bad || depth > maxUnpackDepth
		return lua.LNil
	}
	switch c := head[0]; {
	case c < 0x80:
		return lua.LNumber(c)
	case c >= 0xe0:
		return lua.LNumber(int8(c))
	case c&0xe0 == 0xa0:
		return u.text(uint64(c & 0x1f))
	case c&0xf0 == 0x90:
		return u.array(uint64(c&0xf), depth)
	case c&0xf0 == 0x80:
		return u.table(uint64(c&0xf), depth)
	default:
		return u.marked(c, depth)
	}
}

// marked reads what follows a byte that tells the type.
func (u *unpacker) marked(c byte, depth int) lua.LValue {
	switch c {
	case 0xc0:
		return lua.LNil
	case 0xc2, 0xc3:
		return lua.LBool(c == 0xc3)
	case 0xca:
		if b := u.take(4); b != nil {
			return lua.LNumber(math.Float32frombits(binary.BigEndian.Uint32(b)))
		}
		return lua.LNil
	case 0xcb:
		if b := u.take(8); b != nil {
			return lua.LNumber(math.Float64frombits(binary.BigEndian.Uint64(b)))
		}
		return lua.LNil
	case 0xcc, 0xcd, 0xce, 0xcf:
		return lua.LNumber(u.unsigned(1 << (c - 0xcc)))
	case 0xd0:
		return lua.LNumber(int8(u.unsigned(1)))
	case 0xd1:
		return lua.LNumber(int16(u.unsigned(2)))
	case 0xd2:
		return lua.LNumber(int32(u.unsigned(4)))
	case 0xd3:
		return lua.LNumber(int64(u.unsigned(8)))
	case 0xd9, 0xda, 0xdb:
		return u.text(u.unsigned(1 << (c - 0xd9)))
	case 0xdc, 0xdd:
		return u.array(u.unsigned(2<<(c-0xdc)), depth)
	case 0xde, 0xdf:
		return u.table(u.unsigned(2<<(c-0xde)), depth)
	}
	u.bad = true
	return lua.LNil
}

func (u *unpacker) array(n uint64, depth int) lua.LValue {
	t := u.l.NewTable()
	for i := uint64(1); i <= n && !u.short && !u.bad; i++ {
		t.RawSetInt(int(i), u.value(depth+1))
	}
	return t
}

func (u *unpacker) table(n uint64, depth int) lua.LValue {
	t := u.l.NewTable()
	for ; n > 0 && !u.short && !u.bad; n-- {
		key := u.value(depth + 1)
		value := u.value(depth + 1)
		if u.short || u.bad {
			break
		}
		u.l.RawSet(t, key, value) // raises an error for nil, as Lua does
	}
	return t
}

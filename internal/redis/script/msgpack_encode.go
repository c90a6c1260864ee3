package script

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// msgpackFunctions is antirez's cmsgpack.
var msgpackFunctions = map[string]lua.LGFunction{
	"pack": msgpackPack, "unpack": msgpackUnpack, "unpack_one": msgpackUnpackOne, "unpack_limit": msgpackUnpackLimit,
}

// maxPackDepth is how deep tables are packed; deeper ones become nil.
const maxPackDepth = 16

func msgpackPack(l *lua.LState) int {
	if l.GetTop() == 0 {
		l.RaiseError("bad argument #0 to 'pack' (MessagePack pack needs input.)")
	}
	p := packer{l: l}
	for i := 1; i <= l.GetTop(); i++ {
		p.value(l.Get(i), 0)
	}
	l.Push(lua.LString(p.b))
	return 1
}

type packer struct {
	l *lua.LState
	b []byte
}

func (p *packer) value(x lua.LValue, depth int) {
	if len(p.b) > maxString {
		tooLong(p.l)
	}
	switch x := x.(type) {
	case lua.LString:
		p.text(string(x))
	case lua.LBool:
		if x {
			p.b = append(p.b, 0xc3)
		} else {
			p.b = append(p.b, 0xc2)
		}
	case lua.LNumber:
		p.number(float64(x))
	case *lua.LTable:
		if depth == maxPackDepth {
			p.b = append(p.b, 0xc0)
			return
		}
		p.table(x, depth)
	default:
		p.b = append(p.b, 0xc0)
	}
}

func (p *packer) text(s string) {
	n := len(s)
	switch {
	case n < 32:
		p.b = append(p.b, 0xa0|byte(n))
	case n <= 0xff:
		p.b = append(p.b, 0xd9, byte(n))
	case n <= 0xffff:
		p.b = binary.BigEndian.AppendUint16(append(p.b, 0xda), uint16(n))
	default:
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xdb), uint32(n))
	}
	p.b = append(p.b, s...)
}

func (p *packer) number(f float64) {
	if f == math.Trunc(f) && f >= -(1<<63) && f < 1<<63 {
		p.integer(int64(f))
		return
	}
	if single := float32(f); float64(single) == f {
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xca), math.Float32bits(single))
		return
	}
	p.b = binary.BigEndian.AppendUint64(append(p.b, 0xcb), math.Float64bits(f))
}

func (p *packer) integer(n int64) {
	switch {
	case n >= 0 && n <= 127, n < 0 && n >= -32:
		p.b = append(p.b, byte(n))
	case n >= 0 && n <= 0xff:
		p.b = append(p.b, 0xcc, byte(n))
	case n >= 0 && n <= 0xffff:
		p.b = binary.BigEndian.AppendUint16(append(p.b, 0xcd), uint16(n))
	case n >= 0 && n <= 0xffffffff:
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xce), uint32(n))
	case n >= 0:
		p.b = binary.BigEndian.AppendUint64(append(p.b, 0xcf), uint64(n))
	case n >= math.MinInt8:
		p.b = append(p.b, 0xd0, byte(n))
	case n >= math.MinInt16:
		p.b = binary.BigEndian.AppendUint16(append(p.b, 0xd1), uint16(n))
	case n >= math.MinInt32:
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xd2), uint32(n))
	default:
		p.b = binary.BigEndian.AppendUint64(append(p.b, 0xd3), uint64(n))
	}
}

func (p *packer) length(fixed, wide16 byte, n int) {
	switch {
	case n <= 15:
		p.b = append(p.b, fixed|byte(n))
	case n <= 0xffff:
		p.b = binary.BigEndian.AppendUint16(append(p.b, wide16), uint16(n))
	default:
		p.b = binary.BigEndian.AppendUint32(append(p.b, wide16+1), uint32(n))
	}
}

func (p *packer) table(t *lua.LTable, depth int) {
	count, highest, isArray := 0, 0.0, true
	eachPair(t, func(key, _ lua.LValue) {
		count++
		n, ok := key.(lua.LNumber)
		if !ok || n <= 0 || float64(n) != math.Trunc(float64(n)) {
			isArray = false
			return
		}
		highest = max(highest, float64(n))
	})
	if isArray && highest == float64(count) {
		p.length(0x90, 0xdc, count)
		for i := 1; i <= count; i++ {
			p.value(t.RawGetInt(i), depth+1)
		}
		return
	}
	p.length(0x80, 0xde, count)
	eachPair(t, func(key, value lua.LValue) {
		p.value(key, depth+1)
		p.value(value, depth+1)
	})
}

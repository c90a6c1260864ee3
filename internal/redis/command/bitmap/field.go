package bitmap

import "math"

// overflow is what BITFIELD does with a result that does not fit.
type overflow uint8

const (
	wrap overflow = iota
	saturate
	fail
)

// field is an integer of width bits at a bit offset. Unsigned ones have at most
// 63 bits, so that every value is an int64.
type field struct {
	offset int64
	width  int64 // 1 to 64
	signed bool
}

// end is the number of bytes that hold the field.
func (f field) end() int64 { return (f.offset+f.width-1)>>3 + 1 }

// get reads the field; what value lacks at its end counts as zeros.
func (f field) get(value []byte) int64 {
	var raw uint64
	for i := range f.width {
		raw = raw<<1 | uint64(bitAt(value, f.offset+i))
	}
	return f.interpret(raw)
}

// interpret keeps the low bits and extends the sign.
func (f field) interpret(raw uint64) int64 {
	unused := 64 - f.width
	if f.signed {
		return int64(raw<<unused) >> unused
	}
	return int64(raw << unused >> unused)
}

// set writes x into value, which must be long enough.
func (f field) set(value []byte, x int64) {
	for i := range f.width {
		at := f.offset + i
		mask := byte(1) << (7 - at&7)
		if uint64(x)>>(f.width-1-i)&1 == 1 {
			value[at>>3] |= mask
		} else {
			value[at>>3] &^= mask
		}
	}
}

// limits are the least and the greatest value.
func (f field) limits() (least, greatest int64) {
	if !f.signed {
		return 0, int64(1)<<f.width - 1
	}
	greatest = math.MaxInt64 >> (64 - f.width)
	return -greatest - 1, greatest
}

// add is x+by as the field can hold it; ok is false if it cannot and o is fail.
func (f field) add(x, by int64, o overflow) (sum int64, ok bool) {
	least, greatest := f.limits()
	// Differences wrap as redis-server's do: from the least int64 a narrow field
	// overflows upwards.
	room, depth := greatest-x, least-x
	narrow := f.width != 64
	above := x > greatest || (narrow || x >= 0 && by > 0) && by > room
	below := x < least || (narrow || x < 0 && by < 0) && by < depth
	switch {
	case !above && !below:
		return x + by, true
	case o == fail:
		return 0, false
	case o == saturate && above:
		return greatest, true
	case o == saturate:
		return least, true
	}
	return f.interpret(uint64(x) + uint64(by)), true
}

// fit is x as SET stores it. For an unsigned field a negative x is a huge
// number, as in redis-server.
func (f field) fit(x int64, o overflow) (stored int64, ok bool) {
	if f.signed || x >= 0 {
		return f.add(x, 0, o)
	}
	switch o {
	case fail:
		return 0, false
	case saturate:
		_, greatest := f.limits()
		return greatest, true
	}
	return f.interpret(uint64(x)), true
}

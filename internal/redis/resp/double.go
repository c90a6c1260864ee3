package resp

import (
	"math"
	"strconv"
)

// AppendDouble appends f as redis-server 7.0 prints doubles: C's %.17g, with
// inf, -inf and nan.
func AppendDouble(b []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case math.IsNaN(f):
		return append(b, "nan"...)
	}
	// Integers below 1e17 have no exponent and no fraction in %.17g.
	if f == math.Trunc(f) && math.Abs(f) < 1e17 && (f != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(b, int64(f), 10)
	}
	return strconv.AppendFloat(b, f, 'g', 17, 64)
}

// AppendHuman appends f as redis-server answers INCRBYFLOAT and its kin: plain
// decimal digits with at most 17 after the point and no trailing zeros.
func AppendHuman(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return AppendDouble(b, f)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if point := indexByte(b[start:], '.'); point >= 0 && len(b)-start-point-1 > 17 {
		b = strconv.AppendFloat(b[:start], f, 'f', 17, 64)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
		if b[len(b)-1] == '.' {
			b = b[:len(b)-1]
		}
	}
	if string(b[start:]) == "-0" {
		return append(b[:start], '0')
	}
	return b
}

func indexByte(b []byte, c byte) int {
	for i, x := range b {
		if x == c {
			return i
		}
	}
	return -1
}

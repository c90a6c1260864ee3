package builtin

import (
	"math"
	"math/bits"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// intOp works on two integers; ok is false when the result does not fit 64 bits.
type intOp func(a, b int64) (v int64, ok bool)

func intFunc(ret types.OID, op intOp) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v, ok := op(a[0].Int(), a[1].Int())
		if !ok {
			return types.Null, types.IntOutOfRange(ret)
		}
		return types.CheckInt(ret, v)
	}
}

func intDiv(ret types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Int(), a[1].Int()
		switch {
		case y == 0:
			return types.Null, types.DivisionByZero()
		case y == -1 && x == math.MinInt64:
			return types.Null, types.IntOutOfRange(ret)
		}
		return types.CheckInt(ret, x/y)
	}
}

func intMod(_ *Context, a []types.Datum) (types.Datum, error) {
	x, y := a[0].Int(), a[1].Int()
	switch y {
	case 0:
		return types.Null, types.DivisionByZero()
	case -1:
		return types.Int(0), nil
	}
	return types.Int(x % y), nil
}

func intUnary(ret types.OID, op func(int64) int64) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v := a[0].Int()
		if v == math.MinInt64 {
			return types.Null, types.IntOutOfRange(ret)
		}
		return types.CheckInt(ret, op(v))
	}
}

func identity(_ *Context, a []types.Datum) (types.Datum, error) { return a[0], nil }

func absolute(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// bitFunc is an operation on bits, which never overflows: the result is cut to
// the type's width.
func bitFunc(oid types.OID, op func(a, b int64) int64) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Int(wrapInt(oid, op(a[0].Int(), a[1].Int()))), nil
	}
}

func wrapInt(oid types.OID, v int64) int64 {
	switch oid {
	case types.Int2OID:
		return int64(int16(v))
	case types.Int4OID:
		return int64(int32(v))
	}
	return v
}

// gcd works on magnitudes, so that the least integer has one.
func gcd(a, b int64) uint64 {
	x, y := magnitude(a), magnitude(b)
	for y != 0 {
		x, y = y, x%y
	}
	return x
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func intGCD(ret types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		g := gcd(a[0].Int(), a[1].Int())
		if g > math.MaxInt64 {
			return types.Null, types.IntOutOfRange(ret)
		}
		return types.CheckInt(ret, int64(g))
	}
}

func intLCM(ret types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Int(), a[1].Int()
		if x == 0 || y == 0 {
			return types.Int(0), nil
		}
		hi, lo := bits.Mul64(magnitude(x)/gcd(x, y), magnitude(y))
		if hi != 0 || lo > math.MaxInt64 {
			return types.Null, types.IntOutOfRange(ret)
		}
		return types.CheckInt(ret, int64(lo))
	}
}

func init() {
	width := map[string]types.OID{"int2": types.Int2OID, "int4": types.Int4OID, "int8": types.Int8OID}
	binary := func(name string, ret types.OID) {
		Provide(map[string]Func{
			name + "pl":  intFunc(ret, types.AddInt64),
			name + "mi":  intFunc(ret, types.SubInt64),
			name + "mul": intFunc(ret, types.MulInt64),
			name + "div": intDiv(ret),
		})
	}
	for name, oid := range width {
		binary(name, oid)
		Provide(map[string]Func{
			name + "mod": intMod,
			name + "abs": intUnary(oid, absolute),
			name + "um":  intUnary(oid, func(v int64) int64 { return -v }),
			name + "up":  identity,
			name + "and": bitFunc(oid, func(a, b int64) int64 { return a & b }),
			name + "or":  bitFunc(oid, func(a, b int64) int64 { return a | b }),
			name + "xor": bitFunc(oid, func(a, b int64) int64 { return a ^ b }),
			name + "shl": bitFunc(oid, shiftLeft(oid)),
			name + "shr": bitFunc(oid, shiftRight(oid)),
			name + "not": func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Int(^a[0].Int()), nil },
		})
		if oid != types.Int2OID {
			Provide(map[string]Func{name + "gcd": intGCD(oid), name + "lcm": intLCM(oid)})
		}
	}
	for mixed, ret := range map[string]types.OID{
		"int24": types.Int4OID, "int42": types.Int4OID, "int28": types.Int8OID,
		"int82": types.Int8OID, "int48": types.Int8OID, "int84": types.Int8OID,
	} {
		binary(mixed, ret)
	}
	Provide(map[string]Func{
		"int8inc": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Int() == math.MaxInt64 {
				return types.Null, types.IntOutOfRange(types.Int8OID)
			}
			return types.Int(a[0].Int() + 1), nil
		},
		"to_hex32": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Text(hexDigits(uint64(uint32(a[0].Int())))), nil
		},
		"to_hex64": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Text(hexDigits(uint64(a[0].Int()))), nil
		},
	})
	provideIntCasts()
}

// shiftLeft counts modulo the type's width, as the hardware under PostgreSQL does.
func shiftLeft(oid types.OID) func(a, n int64) int64 {
	mask := shiftMask(oid)
	return func(a, n int64) int64 { return a << (uint64(n) & mask) }
}

func shiftRight(oid types.OID) func(a, n int64) int64 {
	mask := shiftMask(oid)
	return func(a, n int64) int64 { return a >> (uint64(n) & mask) }
}

func shiftMask(oid types.OID) uint64 {
	if oid == types.Int8OID {
		return 63
	}
	return 31
}

func hexDigits(v uint64) string {
	const digits = "0123456789abcdef"
	var sb strings.Builder
	for shift := max((bits.Len64(v)+3)/4*4-4, 0); shift >= 0; shift -= 4 {
		sb.WriteByte(digits[v>>shift&15])
	}
	return sb.String()
}

func provideIntCasts() {
	narrow := func(oid types.OID) Func {
		return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.CheckInt(oid, a[0].Int()) }
	}
	Provide(map[string]Func{
		"i2toi4": identity, "int28": identity, "int48": identity, "oidtoi8": identity,
		"i4toi2": narrow(types.Int2OID), "int82": narrow(types.Int2OID), "int84": narrow(types.Int4OID),
		"i8tooid": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if v := a[0].Int(); v < 0 || v > math.MaxUint32 {
				return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "OID out of range")
			}
			return a[0], nil
		},
		"bool_int4": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Bool() {
				return types.Int(1), nil
			}
			return types.Int(0), nil
		},
		"int4_bool": func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Bool(a[0].Int() != 0), nil },
	})
}

package builtin

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func floatOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
}

func floatUnderflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
}

// float1 is a function of one float8.
func float1(op func(float64) (float64, error)) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v, err := op(a[0].Float())
		return types.Float(v), err
	}
}

// plain is a function that has no errors of its own.
func plain(op func(float64) float64) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Float(op(a[0].Float())), nil }
}

// floatArith is + - * / with overflow and underflow checked; single rounds to float4.
func floatArith(op byte, single bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Float(), a[1].Float()
		var v float64
		switch op {
		case '+':
			v = x + y
		case '-':
			v = x - y
		case '*':
			v = x * y
		case '/':
			if y == 0 && !math.IsNaN(x) {
				return types.Null, types.DivisionByZero()
			}
			v = x / y
		}
		if single {
			v = float64(float32(v))
		}
		if math.IsInf(v, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
			return types.Null, floatOverflow()
		}
		if v == 0 && (op == '*' && x != 0 && y != 0 || op == '/' && x != 0 && !math.IsInf(y, 0)) {
			return types.Null, floatUnderflow()
		}
		return types.Float(v), nil
	}
}

// floatToInt rounds half to even, as rint does.
func floatToInt(oid types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v := math.RoundToEven(a[0].Float())
		if math.IsNaN(v) || v < -9.3e18 || v >= 9223372036854775808.0 || v < math.MinInt64 {
			return types.Null, types.IntOutOfRange(oid)
		}
		return types.CheckInt(oid, int64(v))
	}
}

func intToFloat(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Float(float64(a[0].Int())), nil
}

func intToFloat4(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Float(float64(float32(a[0].Int()))), nil
}

func toFloat4(_ *Context, a []types.Datum) (types.Datum, error) {
	x := a[0].Float()
	v := float64(float32(x))
	switch {
	case math.IsInf(v, 0) && !math.IsInf(x, 0):
		return types.Null, floatOverflow()
	case v == 0 && x != 0:
		return types.Null, floatUnderflow()
	}
	return types.Float(v), nil
}

func negate(v float64) float64 { return -v }

func init() {
	for name, single := range map[string]bool{"float4": true, "float8": false, "float48": false, "float84": false} {
		Provide(map[string]Func{
			name + "pl": floatArith('+', single), name + "mi": floatArith('-', single),
			name + "mul": floatArith('*', single), name + "div": floatArith('/', single),
		})
	}
	Provide(map[string]Func{
		"float4abs": plain(math.Abs), "float8abs": plain(math.Abs), "float4um": plain(negate), "float8um": plain(negate),
		"float4up": identity, "float8up": identity,
		"ftod": identity, "dtof": toFloat4,
		"i2tod": intToFloat, "i4tod": intToFloat, "i8tod": intToFloat,
		"i2tof": intToFloat4, "i4tof": intToFloat4, "i8tof": intToFloat4,
		"dtoi2": floatToInt(types.Int2OID), "dtoi4": floatToInt(types.Int4OID), "dtoi8": floatToInt(types.Int8OID),
		"ftoi2": floatToInt(types.Int2OID), "ftoi4": floatToInt(types.Int4OID), "ftoi8": floatToInt(types.Int8OID),
	})
}

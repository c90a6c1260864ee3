package builtin

import (
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

type numeric = types.Numeric

func numericResult(n *numeric, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.NumericDatum(n), nil
}

func numeric1(op func(*numeric) (*numeric, error)) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return numericResult(op(a[0].Numeric())) }
}

func numeric2(op func(a, b *numeric) (*numeric, error)) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return numericResult(op(a[0].Numeric(), a[1].Numeric()))
	}
}

func sure(op func(*numeric) *numeric) func(*numeric) (*numeric, error) {
	return func(n *numeric) (*numeric, error) { return op(n), nil }
}

func numericToScale(op func(*numeric, int) (*numeric, error)) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		scale := 0
		if len(a) > 1 {
			scale = int(a[1].Int())
		}
		return numericResult(op(a[0].Numeric(), scale))
	}
}

func numericToInt(oid types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v, err := types.NumericToInt(a[0].Numeric(), oid)
		return types.Int(v), err
	}
}

func numericToFloat(oid types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v, err := types.NumericToFloat(a[0].Numeric(), oid)
		return types.Float(v), err
	}
}

func intToNumeric(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.NumericDatum(types.NumericFromInt(a[0].Int())), nil
}

func floatToNumeric(oid types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return numericResult(types.NumericFromFloat(a[0].Float(), oid))
	}
}

// numericFactorial is n!; PostgreSQL refuses what its format cannot hold.
func numericFactorial(_ *Context, a []types.Datum) (types.Datum, error) {
	n := a[0].Int()
	switch {
	case n < 0:
		return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > 32177:
		return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	v := new(big.Int).MulRange(1, max(n, 1))
	r := new(numeric)
	r.Coeff.SetMathBigInt(v)
	return types.NumericDatum(r), nil
}

// aligned gives two finite numerics as integers of one scale.
func aligned(a, b *numeric) (x, y *big.Int, scale int) {
	a, b = types.NumericExpand(a), types.NumericExpand(b)
	scale = max(types.NumericScale(a), types.NumericScale(b))
	up := func(n *numeric) *big.Int {
		p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-types.NumericScale(n))), nil)
		return p.Mul(p, n.Coeff.MathBigInt())
	}
	return up(a), up(b), scale
}

func numericGCD(a, b *numeric) (*numeric, error) {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return types.NumericNaN(), nil
	}
	x, y, scale := aligned(a, b)
	r := new(numeric)
	r.Coeff.SetMathBigInt(new(big.Int).GCD(nil, nil, x, y))
	r.Exponent = int32(-scale)
	return r, nil
}

func numericLCM(a, b *numeric) (*numeric, error) {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return types.NumericNaN(), nil
	}
	x, y, scale := aligned(a, b)
	r := new(numeric)
	r.Exponent = int32(-scale)
	if x.Sign() == 0 || y.Sign() == 0 {
		return r, nil
	}
	g := new(big.Int).GCD(nil, nil, x, y)
	x.Quo(x, g)
	r.Coeff.SetMathBigInt(x.Mul(x, y))
	return types.NumericRound(r, scale)
}

func widthBucketNumeric(_ *Context, a []types.Datum) (types.Datum, error) {
	op, lo, hi, n := a[0].Numeric(), a[1].Numeric(), a[2].Numeric(), a[3].Int()
	fail := func(text string) (types.Datum, error) {
		return types.Null, pgerr.New(pgerr.InvalidArgumentForWidthBucket, "%s", text)
	}
	switch {
	case n <= 0:
		return fail("count must be greater than zero")
	case types.NumericIsNaN(op) || types.NumericIsNaN(lo) || types.NumericIsNaN(hi):
		return fail("operand, lower bound, and upper bound cannot be NaN")
	case types.NumericIsInf(lo) || types.NumericIsInf(hi):
		return fail("lower and upper bounds must be finite")
	case types.CompareNumeric(lo, hi) == 0:
		return fail("lower bound cannot equal upper bound")
	}
	if types.CompareNumeric(lo, hi) > 0 {
		op, lo, hi = types.NumericNeg(op), types.NumericNeg(lo), types.NumericNeg(hi)
	}
	switch {
	case types.CompareNumeric(op, lo) < 0:
		return types.Int(0), nil
	case types.CompareNumeric(op, hi) >= 0:
		return types.CheckInt(types.Int4OID, n+1)
	}
	from, err := types.NumericSub(op, lo)
	if err != nil {
		return types.Null, err
	}
	span, err := types.NumericSub(hi, lo)
	if err != nil {
		return types.Null, err
	}
	scaled, err := types.NumericMul(from, types.NumericFromInt(n))
	if err != nil {
		return types.Null, err
	}
	q, err := types.NumericDivTrunc(scaled, span)
	if err != nil {
		return types.Null, err
	}
	v, err := types.NumericToInt(q, types.Int4OID)
	if err != nil {
		return types.Null, err
	}
	return types.CheckInt(types.Int4OID, v+1)
}

func init() {
	Provide(map[string]Func{
		"numeric_add": numeric2(types.NumericAdd), "numeric_sub": numeric2(types.NumericSub),
		"numeric_mul": numeric2(types.NumericMul), "numeric_div": numeric2(types.NumericDiv),
		"numeric_mod": numeric2(types.NumericMod), "numeric_div_trunc": numeric2(types.NumericDivTrunc),
		"numeric_abs": numeric1(sure(types.NumericAbs)), "numeric_uminus": numeric1(sure(types.NumericNeg)),
		"numeric_uplus": identity, "numeric_ceil": numeric1(types.NumericCeil), "numeric_floor": numeric1(types.NumericFloor),
		"numeric_round": numericToScale(types.NumericRound), "round(numeric)": numericToScale(types.NumericRound),
		"numeric_trunc": numericToScale(types.NumericTrunc), "trunc(numeric)": numericToScale(types.NumericTrunc),
		"numeric_sqrt": numeric1(types.NumericSqrt), "numeric_exp": numeric1(types.NumericExp),
		"numeric_ln": numeric1(types.NumericLn), "numeric_log": numeric2(types.NumericLog),
		"numeric_power": numeric2(types.NumericPower),
		"log(numeric)": numeric1(func(n *numeric) (*numeric, error) {
			return types.NumericLog(types.NumericFromInt(10), n)
		}),
		"log10(numeric)": numeric1(func(n *numeric) (*numeric, error) {
			return types.NumericLog(types.NumericFromInt(10), n)
		}),
		"numeric_sign": numeric1(func(n *numeric) (*numeric, error) {
			if types.NumericIsNaN(n) {
				return n, nil
			}
			return types.NumericFromInt(int64(types.NumericSign(n))), nil
		}),
		"numeric_scale": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Numeric().Form != apd.Finite {
				return types.Null, nil
			}
			return types.Int(int64(types.NumericScale(a[0].Numeric()))), nil
		},
		"numeric_min_scale": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Numeric().Form != apd.Finite {
				return types.Null, nil
			}
			return types.Int(int64(types.NumericMinScale(a[0].Numeric()))), nil
		},
		"numeric_trim_scale": numeric1(sure(types.NumericTrimScale)),
		"numeric_inc": numeric1(func(n *numeric) (*numeric, error) {
			return types.NumericAdd(n, types.NumericFromInt(1))
		}),
		"numeric_gcd": numeric2(numericGCD), "numeric_lcm": numeric2(numericLCM), "numeric_fac": numericFactorial,
		"width_bucket_numeric": widthBucketNumeric,
		"int2_numeric":         intToNumeric, "int4_numeric": intToNumeric, "int8_numeric": intToNumeric,
		"float4_numeric": floatToNumeric(types.Float4OID), "float8_numeric": floatToNumeric(types.Float8OID),
		"numeric_int2": numericToInt(types.Int2OID), "numeric_int4": numericToInt(types.Int4OID),
		"numeric_int8": numericToInt(types.Int8OID), "numeric_float4": numericToFloat(types.Float4OID),
		"numeric_float8": numericToFloat(types.Float8OID),
	})
}

package builtin

import (
	crand "crypto/rand"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"sort"
	"sync"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func inputOutOfRange() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
}

// checked fails when a finite argument gives an infinite result.
func checked(op func(float64) float64) Func {
	return float1(func(x float64) (float64, error) {
		v := op(x)
		if math.IsInf(v, 0) && !math.IsInf(x, 0) {
			return 0, floatOverflow()
		}
		return v, nil
	})
}

// trig fails on infinity, where the function has no value.
func trig(op func(float64) float64) Func {
	return float1(func(x float64) (float64, error) {
		if math.IsInf(x, 0) {
			return 0, inputOutOfRange()
		}
		return op(x), nil
	})
}

// within fails outside [lo, hi]; NaN passes through.
func within(lo, hi float64, op func(float64) float64) Func {
	return float1(func(x float64) (float64, error) {
		if x < lo || x > hi {
			return 0, inputOutOfRange()
		}
		return op(x), nil
	})
}

func logarithm(op func(float64) float64) Func {
	return float1(func(x float64) (float64, error) {
		switch {
		case x == 0:
			return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
		case x < 0:
			return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
		}
		return op(x), nil
	})
}

// log10 is exact for powers of ten, which math.Log10 is not.
func log10(x float64) float64 {
	v := math.Log10(x)
	if n := math.Round(v); math.Abs(v-n) < 1e-9 && math.Pow10(int(n)) == x {
		return n
	}
	return v
}

func squareRoot(x float64) (float64, error) {
	if x < 0 {
		return 0, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	return math.Sqrt(x), nil
}

func exponential(x float64) (float64, error) {
	v := math.Exp(x)
	switch {
	case math.IsInf(v, 1) && !math.IsInf(x, 1):
		return 0, floatOverflow()
	case v == 0 && !math.IsInf(x, -1):
		return 0, floatUnderflow()
	}
	return v, nil
}

func power(_ *Context, a []types.Datum) (types.Datum, error) {
	x, y := a[0].Float(), a[1].Float()
	switch {
	case x == 0 && y < 0:
		return types.Null, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case x < 0 && math.Floor(y) != y && !math.IsNaN(y):
		return types.Null, pgerr.New(pgerr.InvalidArgumentForPower,
			"a negative number raised to a non-integer power yields a complex result")
	}
	v := math.Pow(x, y)
	if !math.IsInf(x, 0) && !math.IsInf(y, 0) && !math.IsNaN(x) && !math.IsNaN(y) {
		switch {
		case math.IsInf(v, 0):
			return types.Null, floatOverflow()
		case v == 0 && x != 0:
			return types.Null, floatUnderflow()
		}
	}
	return types.Float(v), nil
}

func signOf(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0 // NaN too, as PostgreSQL has it
}

const radiansPerDegree = math.Pi / 180

// Degrees: exact at the multiples where people expect exact results.
func sinDegrees(x float64) float64 {
	x = math.Mod(x, 360)
	s := 1.0
	if x < 0 {
		x, s = -x, -1
	}
	if x > 180 {
		x, s = 360-x, -s
	}
	if x > 90 {
		x = 180 - x
	}
	return s * sinFirstQuadrant(x)
}

func sinFirstQuadrant(x float64) float64 {
	switch {
	case x == 0:
		return 0
	case x == 30:
		return 0.5
	case x == 90:
		return 1
	case x <= 30:
		return math.Sin(x*radiansPerDegree) / math.Sin(30*radiansPerDegree) / 2
	}
	return 1 - (1-math.Cos((90-x)*radiansPerDegree))/(1-math.Cos(60*radiansPerDegree))/2
}

func cosDegrees(x float64) float64 {
	x = math.Abs(math.Mod(x, 360))
	s := 1.0
	if x > 180 {
		x = 360 - x
	}
	if x > 90 {
		x, s = 180-x, -1
	}
	if x == 90 {
		return 0
	}
	return s * sinFirstQuadrant(90-x)
}

func tanDegrees(x float64) float64 {
	if math.Mod(math.Abs(x), 180) == 45 {
		return signOf(sinDegrees(x) * cosDegrees(x))
	}
	return sinDegrees(x)/cosDegrees(x) + 0 // no negative zero
}

func cotDegrees(x float64) float64 {
	if math.Mod(math.Abs(x), 180) == 45 {
		return signOf(sinDegrees(x) * cosDegrees(x))
	}
	return cosDegrees(x)/sinDegrees(x) + 0
}

// snapDegrees turns radians into degrees, exact at multiples of 15.
func snapDegrees(r float64) float64 {
	d := r / radiansPerDegree
	if near := math.Round(d/15) * 15; math.Abs(d-near) < 1e-12 {
		return near
	}
	return d
}

// random is one generator for the process; setseed puts a seeded one in its place.
var random = struct {
	sync.Mutex
	*rand.Rand
}{Rand: rand.New(rand.NewPCG(seed64(), seed64()))}

func seed64() uint64 {
	var b [8]byte
	// Read never fails on the platforms Go supports.
	_, _ = crand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func nextRandom(*Context, []types.Datum) (types.Datum, error) {
	random.Lock()
	defer random.Unlock()
	return types.Float(random.Float64()), nil
}

func setSeed(_ *Context, a []types.Datum) (types.Datum, error) {
	s := a[0].Float()
	if math.IsNaN(s) || s < -1 || s > 1 {
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "setseed parameter %s is out of allowed range [-1,1]",
			types.Output(types.Float8OID, a[0], nil))
	}
	random.Lock()
	defer random.Unlock()
	random.Rand = rand.New(rand.NewPCG(math.Float64bits(s), 0))
	return types.Text(""), nil
}

func widthBucketFloat(_ *Context, a []types.Datum) (types.Datum, error) {
	op, lo, hi, n := a[0].Float(), a[1].Float(), a[2].Float(), a[3].Int()
	fail := func(text string) (types.Datum, error) {
		return types.Null, pgerr.New(pgerr.InvalidArgumentForWidthBucket, "%s", text)
	}
	switch {
	case n <= 0:
		return fail("count must be greater than zero")
	case math.IsNaN(op) || math.IsNaN(lo) || math.IsNaN(hi):
		return fail("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(lo, 0) || math.IsInf(hi, 0):
		return fail("lower and upper bounds must be finite")
	case lo == hi:
		return fail("lower bound cannot equal upper bound")
	}
	if lo > hi {
		op, lo, hi = -op, -lo, -hi
	}
	switch {
	case op < lo:
		return types.Int(0), nil
	case op >= hi:
		return types.CheckInt(types.Int4OID, n+1)
	}
	b := int64(float64(n) * ((op - lo) / (hi - lo)))
	return types.Int(min(b, n-1) + 1), nil
}

// widthBucketArray finds the bucket among sorted thresholds.
func widthBucketArray(args []types.OID, _ types.OID) Func {
	oid := args[0]
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		arr := a[1].Array()
		if len(arr.Dims) > 1 {
			return types.Null, pgerr.New(pgerr.ArraySubscriptError, "thresholds must be one-dimensional array")
		}
		for _, d := range arr.Items {
			if d.IsNull() {
				return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "thresholds array must not contain NULLs")
			}
		}
		i := sort.Search(len(arr.Items), func(i int) bool { return types.Compare(oid, a[0], arr.Items[i]) < 0 })
		return types.Int(int64(i)), nil
	}
}

func init() {
	Provide(map[string]Func{
		"dround": plain(math.RoundToEven), "dceil": plain(math.Ceil), "dfloor": plain(math.Floor),
		"dtrunc": plain(math.Trunc), "dsign": plain(signOf), "dsqrt": float1(squareRoot), "dcbrt": plain(math.Cbrt),
		"dexp": float1(exponential), "dpow": power, "dlog1": logarithm(math.Log), "dlog10": logarithm(log10),
		"dsin": trig(math.Sin), "dcos": trig(math.Cos), "dtan": trig(math.Tan),
		"dcot":  trig(func(x float64) float64 { return 1 / math.Tan(x) }),
		"dasin": within(-1, 1, math.Asin), "dacos": within(-1, 1, math.Acos), "datan": plain(math.Atan),
		"dsinh": plain(math.Sinh), "dcosh": plain(math.Cosh), "dtanh": plain(math.Tanh), "dasinh": plain(math.Asinh),
		"dacosh": within(1, math.Inf(1), math.Acosh), "datanh": within(-1, 1, math.Atanh),
		"dsind": trig(sinDegrees), "dcosd": trig(cosDegrees), "dtand": trig(tanDegrees), "dcotd": trig(cotDegrees),
		"dasind": within(-1, 1, func(x float64) float64 { return snapDegrees(math.Asin(x)) }),
		"dacosd": within(-1, 1, func(x float64) float64 { return snapDegrees(math.Acos(x)) }),
		"datand": plain(func(x float64) float64 { return snapDegrees(math.Atan(x)) }),
		"datan2": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float(math.Atan2(a[0].Float(), a[1].Float())), nil
		},
		"datan2d": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float(snapDegrees(math.Atan2(a[0].Float(), a[1].Float()))), nil
		},
		"degrees": checked(func(x float64) float64 { return x / radiansPerDegree }),
		"radians": checked(func(x float64) float64 { return x * radiansPerDegree }),
		"dpi":     func(*Context, []types.Datum) (types.Datum, error) { return types.Float(math.Pi), nil },
		"drandom": nextRandom, "setseed": setSeed,
		"width_bucket_float8": widthBucketFloat,
	})
	provideBind(map[string]func(args []types.OID, ret types.OID) Func{"width_bucket_array": widthBucketArray})
}

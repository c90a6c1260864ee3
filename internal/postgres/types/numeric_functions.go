package types

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// log10E turns a natural logarithm into a number of decimal digits.
const log10E = 0.434294481903252

// numericMaxResultScale bounds the digits of exp and power.
const numericMaxResultScale = 2000

// NumericSqrt is the square root, with the digits PostgreSQL gives.
func NumericSqrt(n *Numeric) (*Numeric, error) {
	if NumericIsNaN(n) {
		return n, nil
	}
	if n.Negative && NumericSign(n) < 0 {
		return nil, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	if NumericIsInf(n) {
		return n, nil
	}
	weight, _ := leadingGroup(n)
	return NumericSqrtAt(n, clampScale(numericMinSigDigits-((weight+1)*decDigits/2-1), NumericScale(n)))
}

// NumericSqrtAt is the square root of a finite number that is not negative, to
// the given scale.
func NumericSqrtAt(n *Numeric, scale int) (*Numeric, error) {
	// One digit more than wanted, rounded by what the root leaves over.
	shift := 2*(scale+1) - rawScale(n)
	var x apd.BigInt
	x.Set(&n.Coeff)
	if shift >= 0 {
		x.Mul(&x, pow10(shift))
	} else {
		x.Quo(&x, pow10(-shift))
	}
	r := new(Numeric)
	r.Coeff.Sqrt(&x)
	r.Exponent = int32(-scale - 1)
	roundTo(r, scale)
	return checkNumeric(r)
}

// context is an arithmetic context of a precision in digits.
func numericContext(digits int) *apd.Context {
	c := apd.BaseContext.WithPrecision(uint32(max(digits, 20)))
	c.Rounding = apd.RoundHalfUp
	c.MaxExponent, c.MinExponent = apd.MaxExponent, apd.MinExponent
	return c
}

// toScale turns a result of the decimal library into a Numeric of a scale.
func toScale(r *apd.Decimal, scale int) (*Numeric, error) {
	if r.Form != apd.Finite {
		return nil, numericOverflow()
	}
	if r.Exponent > 0 {
		if r.Exponent > numericMaxWeight {
			return nil, numericOverflow()
		}
		r.Coeff.Mul(&r.Coeff, pow10(int(r.Exponent)))
		r.Exponent = 0
	}
	if int(-r.Exponent)-int(r.NumDigits()) > scale+1 {
		// Far smaller than the last digit shown.
		r.Coeff.SetInt64(0)
		r.Exponent = int32(-scale)
		r.Negative = false
		return r, nil
	}
	roundTo(r, scale)
	return checkNumeric(r)
}

// asFloat is an approximation, infinite where float64 ends.
func asFloat(n *Numeric) float64 {
	f, err := strconv.ParseFloat(n.Text('e'), 64)
	if err != nil && f == 0 {
		return 0
	}
	return f
}

// NumericExp is e raised to n.
func NumericExp(n *Numeric) (*Numeric, error) {
	if n.Form != apd.Finite {
		if NumericIsInf(n) && n.Negative {
			return NumericFromInt(0), nil
		}
		return n, nil
	}
	val := asFloat(n)
	if math.Abs(val) >= numericMaxResultScale*3 {
		if val > 0 {
			return nil, numericOverflow()
		}
		z := NumericFromInt(0)
		z.Exponent = -numericMaxResScale
		return z, nil
	}
	weight := int(math.Abs(val * log10E))
	val = min(max(val*log10E, -numericMaxResultScale), numericMaxResultScale)
	return expAt(n, clampScale(numericMinSigDigits-int(val), NumericScale(n)), weight)
}

func expAt(n *Numeric, scale, weight int) (*Numeric, error) {
	r := new(apd.Decimal)
	if _, err := numericContext(scale+weight+12).Exp(r, n); err != nil {
		return nil, numericOverflow()
	}
	return toScale(r, scale)
}

func checkLogarithm(n *Numeric) error {
	switch s := NumericSign(n); {
	case s < 0:
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	case s == 0:
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return nil
}

// lnWeight estimates the decimal weight of ln(n)'s leading digit.
func lnWeight(n *Numeric) int {
	if n.Sign() <= 0 {
		return 0
	}
	if CompareNumeric(n, NumericFromScaled(9, 1)) >= 0 && CompareNumeric(n, NumericFromScaled(11, 1)) <= 0 {
		// Near 1 the logarithm is about n - 1.
		x, err := NumericSub(n, NumericFromInt(1))
		if err != nil || x.Sign() == 0 {
			return 0
		}
		w, digit := leadingGroup(x)
		return w*decDigits + int(math.Log10(float64(digit)))
	}
	digits := n.Coeff.Append(nil, 10)
	lead := min(len(digits), 15)
	m, err := strconv.ParseFloat(string(digits[:lead]), 64)
	if err != nil {
		return 0
	}
	ln := math.Log(m) + float64(len(digits)-lead-rawScale(n))*math.Ln10
	return int(math.Log10(math.Abs(ln)))
}

// NumericLn is the natural logarithm.
func NumericLn(n *Numeric) (*Numeric, error) {
	if NumericIsNaN(n) {
		return n, nil
	}
	if err := checkLogarithm(n); err != nil {
		return nil, err
	}
	if NumericIsInf(n) {
		return n, nil
	}
	return lnAt(n, clampScale(numericMinSigDigits-lnWeight(n), NumericScale(n)))
}

func lnAt(n *Numeric, scale int) (*Numeric, error) {
	r := new(apd.Decimal)
	if _, err := numericContext(scale+16).Ln(r, n); err != nil {
		return nil, numericOverflow()
	}
	return toScale(r, scale)
}

// NumericLog is the logarithm of n to a base.
func NumericLog(base, n *Numeric) (*Numeric, error) {
	if NumericIsNaN(base) || NumericIsNaN(n) {
		return NumericNaN(), nil
	}
	for _, v := range []*Numeric{base, n} {
		if err := checkLogarithm(v); err != nil {
			return nil, err
		}
	}
	switch {
	case NumericIsInf(base) && NumericIsInf(n):
		return NumericNaN(), nil
	case NumericIsInf(base):
		return NumericFromInt(0), nil
	case NumericIsInf(n):
		return n, nil
	}
	wb, wn := lnWeight(base), lnWeight(n)
	scale := clampScale(numericMinSigDigits, NumericScale(base), NumericScale(n))
	lnBase, err := lnAt(base, clampScale(scale+wn-wb*2+8))
	if err != nil {
		return nil, err
	}
	lnN, err := lnAt(n, clampScale(scale-wb+8+8))
	if err != nil {
		return nil, err
	}
	if lnBase.Sign() == 0 {
		return nil, DivisionByZero()
	}
	out := clampScale(numericMinSigDigits-logWeight(lnN, lnBase), NumericScale(base), NumericScale(n))
	return divAt(lnN, lnBase, out, true)
}

// logWeight is the decimal weight of a quotient of logarithms.
func logWeight(num, den *Numeric) int {
	q := asFloat(num) / asFloat(den)
	if q == 0 || math.IsNaN(q) || math.IsInf(q, 0) {
		return 0
	}
	return int(math.Log10(math.Abs(q)))
}

func powerError(text string) error { return pgerr.New(pgerr.InvalidArgumentForPower, "%s", text) }

func isIntegral(n *Numeric) bool { return n.Form == apd.Finite && NumericMinScale(n) == 0 }

func isOdd(n *Numeric) bool {
	t := new(Numeric).Set(n)
	truncTo(t, 0)
	return t.Coeff.Bit(0) == 1
}

// NumericPower is x raised to y.
func NumericPower(x, y *Numeric) (*Numeric, error) {
	if x.Form != apd.Finite || y.Form != apd.Finite {
		return powerSpecial(x, y)
	}
	sx, sy := x.Sign(), y.Sign()
	switch {
	case sx == 0 && sy < 0:
		return nil, powerError("zero raised to a negative power is undefined")
	case sx < 0 && !isIntegral(y):
		return nil, powerError("a negative number raised to a non-integer power yields a complex result")
	}
	if isIntegral(y) {
		if e, err := NumericToInt(y, Int4OID); err == nil {
			return powerInt(x, e)
		}
	}
	if sx == 0 {
		z := NumericFromInt(0)
		z.Exponent = -numericMinSigDigits
		return z, nil
	}
	base := NumericAbs(x)
	w := lnWeight(base)
	low, err := lnAt(base, clampScale(8-w))
	if err != nil {
		return nil, err
	}
	// The estimate is rounded as PostgreSQL rounds it: the result's scale hangs on it.
	estimate, err := NumericMul(low, y)
	if err == nil {
		estimate, err = NumericRound(estimate, NumericScale(low))
	}
	if err != nil {
		return nil, err
	}
	val := asFloat(estimate)
	if math.Abs(val) > numericMaxResultScale*3.01 {
		if val > 0 {
			return nil, numericOverflow()
		}
		z := NumericFromInt(0)
		z.Exponent = -numericMaxResScale
		return z, nil
	}
	val *= log10E
	scale := clampScale(numericMinSigDigits-int(val), NumericScale(x), NumericScale(y))
	digits := scale + int(math.Abs(val)) + 16
	ctx := numericContext(digits + int(y.NumDigits()))
	r := new(apd.Decimal)
	if _, err := ctx.Ln(r, base); err != nil {
		return nil, numericOverflow()
	}
	if _, err := ctx.Mul(r, r, y); err != nil {
		return nil, numericOverflow()
	}
	if _, err := ctx.Exp(r, r); err != nil {
		return nil, numericOverflow()
	}
	r.Negative = sx < 0 && isOdd(y)
	return toScale(r, scale)
}

// powerInt multiplies x by itself: exact until there are more digits than shown.
func powerInt(x *Numeric, e int64) (*Numeric, error) {
	scale := clampScale(numericMinSigDigits, NumericScale(x))
	switch e {
	case 0:
		return NumericRound(NumericFromInt(1), scale)
	case 1:
		return NumericRound(x, scale)
	case -1:
		return divAt(NumericFromInt(1), x, scale, true)
	case 2:
		m, err := NumericMul(x, x)
		if err != nil {
			return nil, err
		}
		return NumericRound(m, scale)
	}
	if x.Coeff.Sign() == 0 {
		return NumericRound(NumericFromInt(0), scale)
	}
	// The decimal weight of the result tells how many digits the work needs.
	digits := float64(x.NumDigits()) - float64(rawScale(x))
	lead := asFloat(NumericAbs(x))
	weight := digits * float64(e)
	if lead > 0 && !math.IsInf(lead, 0) {
		weight = math.Log10(lead) * float64(e)
	}
	if weight > numericMaxWeight {
		return nil, numericOverflow()
	}
	if weight < -float64(scale)-1 {
		return NumericRound(NumericFromInt(0), scale)
	}
	ctx := numericContext(scale + int(math.Abs(weight)) + 24)
	r := new(apd.Decimal)
	if _, err := ctx.Pow(r, x, apd.New(e, 0)); err != nil {
		return nil, numericOverflow()
	}
	return toScale(r, scale)
}

// powerSpecial follows pow(3) of POSIX for infinities and NaN.
func powerSpecial(x, y *Numeric) (*Numeric, error) {
	one := NumericFromInt(1)
	isOne := func(n *Numeric) bool { return n.Form == apd.Finite && CompareNumeric(n, one) == 0 }
	sx, sy := NumericSign(x), NumericSign(y)
	switch {
	case NumericIsNaN(x):
		if y.Form == apd.Finite && sy == 0 {
			return one, nil
		}
		return x, nil
	case NumericIsNaN(y):
		if isOne(x) {
			return one, nil
		}
		return y, nil
	case sx == 0 && sy < 0:
		return nil, powerError("zero raised to a negative power is undefined")
	case sx < 0 && !NumericIsInf(y) && !isIntegral(y):
		return nil, powerError("a negative number raised to a non-integer power yields a complex result")
	case isOne(x) || sy == 0:
		return one, nil
	case sx == 0:
		return NumericFromInt(0), nil
	}
	if NumericIsInf(y) {
		above := true
		if x.Form == apd.Finite {
			c := CompareNumeric(NumericAbs(x), one)
			if c == 0 {
				return one, nil
			}
			above = c > 0
		}
		if above == (sy > 0) {
			return NumericInf(false), nil
		}
		return NumericFromInt(0), nil
	}
	switch {
	case sy < 0:
		return NumericFromInt(0), nil
	case sx < 0 && isOdd(y):
		return NumericInf(true), nil
	}
	return NumericInf(false), nil
}

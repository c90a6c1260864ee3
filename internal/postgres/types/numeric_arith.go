package types

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// How many digits a quotient or a function's result is given, from
// PostgreSQL's numeric.h.
const (
	numericMinSigDigits = 16
	numericMaxResScale  = 1000
	decDigits           = 4 // digits of PostgreSQL's base 10000
)

// DivisionByZero is the error of every division.
func DivisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// signed gives the coefficient with its sign, scaled up to scale.
func signed(dst *apd.BigInt, n *Numeric, scale int) {
	dst.Set(&n.Coeff)
	if d := scale - rawScale(n); d > 0 {
		dst.Mul(dst, pow10(d))
	}
	if n.Negative {
		dst.Neg(dst)
	}
}

func fromSigned(n *Numeric, v *apd.BigInt, scale int) {
	n.Negative = v.Sign() < 0
	n.Coeff.Abs(v)
	n.Exponent = int32(-scale)
}

// NumericAdd is a + b.
func NumericAdd(a, b *Numeric) (*Numeric, error) {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return addSpecial(a, b, false), nil
	}
	return addFinite(a, b, false)
}

// NumericSub is a - b.
func NumericSub(a, b *Numeric) (*Numeric, error) {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return addSpecial(a, b, true), nil
	}
	return addFinite(a, b, true)
}

func addFinite(a, b *Numeric, negate bool) (*Numeric, error) {
	scale := max(NumericScale(a), NumericScale(b))
	var x, y apd.BigInt
	signed(&x, a, scale)
	signed(&y, b, scale)
	if negate {
		x.Sub(&x, &y)
	} else {
		x.Add(&x, &y)
	}
	r := new(Numeric)
	fromSigned(r, &x, scale)
	return checkNumeric(r)
}

func addSpecial(a, b *Numeric, negate bool) *Numeric {
	switch {
	case NumericIsNaN(a) || NumericIsNaN(b):
		return NumericNaN()
	case NumericIsInf(a) && NumericIsInf(b):
		if a.Negative != (b.Negative != negate) {
			return NumericNaN()
		}
		return NumericInf(a.Negative)
	case NumericIsInf(a):
		return NumericInf(a.Negative)
	}
	return NumericInf(b.Negative != negate)
}

// NumericMul is a * b.
func NumericMul(a, b *Numeric) (*Numeric, error) {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		s := NumericSign(a) * NumericSign(b)
		if NumericIsNaN(a) || NumericIsNaN(b) || s == 0 {
			return NumericNaN(), nil
		}
		return NumericInf(s < 0), nil
	}
	if a.Coeff.BitLen()+b.Coeff.BitLen() > 4*(numericMaxWeight+numericMaxDisplayScale) {
		return nil, numericOverflow()
	}
	r := &Numeric{Negative: a.Negative != b.Negative}
	r.Coeff.Mul(&a.Coeff, &b.Coeff)
	r.Exponent = a.Exponent + b.Exponent
	if a.Exponent > 0 || b.Exponent > 0 {
		// The scale to show is the sum of those shown.
		if r.Coeff.Sign() != 0 && int(r.NumDigits())+int(r.Exponent) > numericMaxWeight {
			return nil, numericOverflow()
		}
		roundTo(r, NumericScale(a)+NumericScale(b))
	}
	return checkNumeric(r)
}

// leadingGroup is the position of the first base-10000 digit of n, and that digit.
func leadingGroup(n *Numeric) (weight, digit int) {
	if n.Coeff.Sign() == 0 {
		return 0, 0
	}
	nd := int(n.NumDigits())
	lead := nd - 1 - rawScale(n)
	weight = floorDiv(lead, decDigits)
	width := lead - weight*decDigits + 1
	var q apd.BigInt
	if nd >= width {
		q.Quo(&n.Coeff, pow10(nd-width))
	} else {
		q.Mul(&n.Coeff, pow10(width-nd))
	}
	return weight, int(q.Int64())
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// divScale is the scale of a quotient: PostgreSQL's select_div_scale.
func divScale(a, b *Numeric) int {
	wa, da := leadingGroup(a)
	wb, db := leadingGroup(b)
	w := wa - wb
	if da <= db {
		w--
	}
	return clampScale(numericMinSigDigits-w*decDigits, NumericScale(a), NumericScale(b))
}

// clampScale raises a result's scale to its operands' and keeps it in bounds.
func clampScale(scale int, least ...int) int {
	for _, s := range least {
		scale = max(scale, s)
	}
	return min(max(scale, 0), numericMaxResScale)
}

// NumericDiv is a / b, with the digits PostgreSQL gives.
func NumericDiv(a, b *Numeric) (*Numeric, error) {
	if r, done, err := divSpecial(a, b); done {
		return r, err
	}
	return divAt(a, b, divScale(a, b), true)
}

// NumericDivTrunc is the integral quotient of a and b, towards zero.
func NumericDivTrunc(a, b *Numeric) (*Numeric, error) {
	if r, done, err := divSpecial(a, b); done {
		return r, err
	}
	return divAt(a, b, 0, false)
}

func divSpecial(a, b *Numeric) (*Numeric, bool, error) {
	if a.Form == apd.Finite && b.Form == apd.Finite {
		if b.Coeff.Sign() == 0 {
			return nil, true, DivisionByZero()
		}
		return nil, false, nil
	}
	switch {
	case NumericIsNaN(a) || NumericIsNaN(b):
		return NumericNaN(), true, nil
	case NumericIsInf(a) && NumericIsInf(b):
		return NumericNaN(), true, nil
	case NumericIsInf(a):
		s := NumericSign(b)
		if s == 0 {
			return nil, true, DivisionByZero()
		}
		return NumericInf(a.Negative != (s < 0)), true, nil
	}
	return NumericFromInt(0), true, nil
}

// divAt divides to the given scale.
func divAt(a, b *Numeric, scale int, round bool) (*Numeric, error) {
	var x, y apd.BigInt
	x.Set(&a.Coeff)
	y.Set(&b.Coeff)
	if shift := scale + rawScale(b) - rawScale(a); shift >= 0 {
		x.Mul(&x, pow10(shift))
	} else {
		y.Mul(&y, pow10(-shift))
	}
	r := &Numeric{Negative: a.Negative != b.Negative, Exponent: int32(-scale)}
	if round {
		quoRound(&r.Coeff, &x, &y)
	} else {
		r.Coeff.Quo(&x, &y)
	}
	return checkNumeric(r)
}

// NumericMod is a % b, with the sign of a.
func NumericMod(a, b *Numeric) (*Numeric, error) {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		switch {
		case NumericIsNaN(a) || NumericIsNaN(b):
			return NumericNaN(), nil
		case NumericIsInf(a):
			if NumericSign(b) == 0 {
				return nil, DivisionByZero()
			}
			return NumericNaN(), nil
		}
		return a, nil
	}
	if b.Coeff.Sign() == 0 {
		return nil, DivisionByZero()
	}
	scale := max(NumericScale(a), NumericScale(b))
	var x, y apd.BigInt
	signed(&x, a, scale)
	signed(&y, b, scale)
	x.Rem(&x, &y)
	r := new(Numeric)
	fromSigned(r, &x, scale)
	return checkNumeric(r)
}

// NumericNeg is -a.
func NumericNeg(a *Numeric) *Numeric {
	r := new(Numeric).Set(a)
	if !NumericIsNaN(a) && (NumericIsInf(a) || a.Coeff.Sign() != 0) {
		r.Negative = !a.Negative
	}
	return r
}

// NumericAbs is |a|.
func NumericAbs(a *Numeric) *Numeric {
	if !a.Negative {
		return a
	}
	return NumericNeg(a)
}

// NumericRound rounds half away from zero to scale digits, which may be negative.
func NumericRound(a *Numeric, scale int) (*Numeric, error) {
	if a.Form != apd.Finite {
		return a, nil
	}
	scale = min(max(scale, -numericMaxWeight), numericMaxDisplayScale)
	r := new(Numeric).Set(a)
	roundTo(r, scale)
	return checkNumeric(r)
}

// NumericTrunc cuts to scale digits, which may be negative.
func NumericTrunc(a *Numeric, scale int) (*Numeric, error) {
	if a.Form != apd.Finite {
		return a, nil
	}
	scale = min(max(scale, -numericMaxWeight), numericMaxDisplayScale)
	r := new(Numeric).Set(a)
	truncTo(r, scale)
	return checkNumeric(r)
}

// NumericCeil is the least integer not below a; NumericFloor the greatest not above.
func NumericCeil(a *Numeric) (*Numeric, error) { return towards(a, false) }

// NumericFloor is the greatest integer not above a.
func NumericFloor(a *Numeric) (*Numeric, error) { return towards(a, true) }

func towards(a *Numeric, down bool) (*Numeric, error) {
	if a.Form != apd.Finite {
		return a, nil
	}
	r := new(Numeric).Set(a)
	truncTo(r, 0)
	if CompareNumeric(r, a) != 0 && a.Negative == down {
		r.Coeff.Add(&r.Coeff, apd.NewBigInt(1))
		r.Negative = down
	}
	return checkNumeric(r)
}

// NumericMinScale is the least scale that holds a exactly.
func NumericMinScale(a *Numeric) int {
	if a.Coeff.Sign() == 0 {
		return 0
	}
	scale := NumericScale(a)
	if scale <= 0 {
		return 0
	}
	digits := a.Coeff.Append(make([]byte, 0, 40), 10)
	for i := len(digits) - 1; i >= 0 && scale > 0 && digits[i] == '0'; i-- {
		scale--
	}
	return scale
}

// NumericTrimScale drops trailing zeros after the point.
func NumericTrimScale(a *Numeric) *Numeric {
	if a.Form != apd.Finite || a.Exponent >= 0 {
		return a
	}
	r := new(Numeric).Set(a)
	truncTo(r, NumericMinScale(a))
	return r
}

package types

import (
	"math"
	"math/big"
	"strconv"
	"sync"

	"github.com/cockroachdb/apd/v3"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// Limits of numeric, from PostgreSQL's numeric.h: digits before the point, and
// after it.
const (
	numericMaxWeight       = 131072
	numericMaxDisplayScale = 16383
)

// A Numeric here is always in PostgreSQL's form: finite values have an exponent
// of minus the display scale, and zero has no sign. Only an integer with many
// zeros at its end, such as 1e100000, has a positive exponent: those who write
// one such number in eight bytes would else make it fifty thousand.

// NumericNaN, and the infinities below, are the special values.
func NumericNaN() *Numeric { return &Numeric{Form: apd.NaN} }

// NumericInf is infinity, or with neg its opposite.
func NumericInf(neg bool) *Numeric { return &Numeric{Form: apd.Infinite, Negative: neg} }

// NumericFromInt makes an integral numeric.
func NumericFromInt(v int64) *Numeric {
	n := new(Numeric)
	n.SetInt64(v)
	return n
}

// NumericIsNaN reports whether n is NaN.
func NumericIsNaN(n *Numeric) bool { return n.Form == apd.NaN || n.Form == apd.NaNSignaling }

// NumericIsInf reports whether n is infinity or minus infinity.
func NumericIsInf(n *Numeric) bool { return n.Form == apd.Infinite }

// NumericSign is -1, 0 or 1; 1 for NaN, which sorts above all.
func NumericSign(n *Numeric) int {
	switch {
	case NumericIsNaN(n):
		return 1
	case NumericIsInf(n):
		if n.Negative {
			return -1
		}
		return 1
	}
	return n.Sign()
}

// NumericScale is the display scale.
func NumericScale(n *Numeric) int { return max(int(-n.Exponent), 0) }

// rawScale is the scale of the coefficient: below 0 where zeros are left out.
func rawScale(n *Numeric) int { return int(-n.Exponent) }

// compactZeros is how many zeros at the end of an integer are written out.
const compactZeros = 64

// setRawScale gives a new coefficient its scale.
func setRawScale(n *Numeric, scale int) {
	switch {
	case n.Coeff.Sign() == 0:
		scale = max(scale, 0)
	case scale < 0 && scale >= -compactZeros:
		n.Coeff.Mul(&n.Coeff, pow10(-scale))
		scale = 0
	}
	n.Exponent = int32(-scale)
}

// NumericExpand writes out the zeros at the end of a finite number, so that its
// exponent is not positive.
func NumericExpand(n *Numeric) *Numeric {
	if n.Exponent <= 0 {
		return n
	}
	r := new(Numeric).Set(n)
	truncTo(r, 0)
	return r
}

func numericOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
}

// checkNumeric enforces the limits on a result, and the form.
func checkNumeric(n *Numeric) (*Numeric, error) {
	if n.Form != apd.Finite {
		return n, nil
	}
	if n.Coeff.Sign() == 0 {
		n.Negative = false
	}
	if n.Exponent < -numericMaxDisplayScale {
		roundTo(n, numericMaxDisplayScale)
	}
	// The number of digits is only counted when the bits say it may be too many.
	if (n.Exponent > 0 || n.Coeff.BitLen() > 3*numericMaxWeight) && int(n.NumDigits())+int(n.Exponent) > numericMaxWeight {
		return nil, numericOverflow()
	}
	return n, nil
}

var (
	pow10Small [77]*apd.BigInt
	pow10Once  sync.Once
)

// pow10 is ten to the power of n, shared: it must not be modified.
func pow10(n int) *apd.BigInt {
	pow10Once.Do(func() {
		v := apd.NewBigInt(1)
		for i := range pow10Small {
			pow10Small[i] = new(apd.BigInt).Set(v)
			v.Mul(v, apd.NewBigInt(10))
		}
	})
	if n < len(pow10Small) {
		return pow10Small[n]
	}
	b := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	return new(apd.BigInt).SetMathBigInt(b)
}

// quoRound divides magnitudes, rounding half away from zero.
func quoRound(q, a, b *apd.BigInt) {
	var r apd.BigInt
	q.QuoRem(a, b, &r)
	r.Add(&r, &r)
	if r.Cmp(b) >= 0 {
		q.Add(q, apd.NewBigInt(1))
	}
}

// roundTo sets n's scale, rounding half away from zero or appending zeros. The
// scale may be negative: then zeros stand before the point, and the display
// scale is 0.
func roundTo(n *Numeric, scale int) {
	cur := rawScale(n)
	switch {
	case scale > cur:
		n.Coeff.Mul(&n.Coeff, pow10(scale-cur))
	case scale < cur:
		var q apd.BigInt
		quoRound(&q, &n.Coeff, pow10(cur-scale))
		n.Coeff.Set(&q)
	}
	finishScale(n, scale)
}

// truncTo is roundTo, towards zero.
func truncTo(n *Numeric, scale int) {
	cur := rawScale(n)
	switch {
	case scale > cur:
		n.Coeff.Mul(&n.Coeff, pow10(scale-cur))
	case scale < cur:
		var q apd.BigInt
		q.Quo(&n.Coeff, pow10(cur-scale))
		n.Coeff.Set(&q)
	}
	finishScale(n, scale)
}

func finishScale(n *Numeric, scale int) {
	if scale < 0 {
		n.Coeff.Mul(&n.Coeff, pow10(-scale))
		scale = 0
	}
	n.Exponent = int32(-scale)
	if n.Coeff.Sign() == 0 {
		n.Negative = false
	}
}

// ParseNumeric reads a numeric as numeric_in does.
func ParseNumeric(s string) (*Numeric, error) {
	t := trimSpace(s)
	neg := false
	if t != "" && (t[0] == '-' || t[0] == '+') {
		neg = t[0] == '-'
		t = t[1:]
		if n := specialNumeric(t, neg); n != nil && !NumericIsNaN(n) {
			return n, nil
		}
	} else if n := specialNumeric(t, false); n != nil {
		return n, nil
	}
	mantissa, exp, err := splitExponent(s, t)
	if err != nil {
		return nil, err
	}
	return numericFromDigits(s, mantissa, exp, neg)
}

func specialNumeric(t string, neg bool) *Numeric {
	switch len(t) {
	case 3:
		if equalFold(t, "nan") {
			return NumericNaN()
		}
		if equalFold(t, "inf") {
			return NumericInf(neg)
		}
	case 8:
		if equalFold(t, "infinity") {
			return NumericInf(neg)
		}
	}
	return nil
}

// equalFold compares ASCII text with lower, which is in lower case.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// splitExponent cuts 1.5e3 into 1.5 and 3.
func splitExponent(s, t string) (mantissa string, exp int, err error) {
	for i := range len(t) {
		if t[i] != 'e' && t[i] != 'E' {
			continue
		}
		n, ok, overflow := parseDecimal(t[i+1:])
		switch {
		case !ok:
			return "", 0, invalidSyntax(NumericOID, s)
		case overflow || n >= math.MaxInt32/2 || n <= -math.MaxInt32/2:
			return "", 0, numericOverflow()
		}
		return t[:i], int(n), nil
	}
	return t, 0, nil
}

func numericFromDigits(s, mantissa string, exp int, neg bool) (*Numeric, error) {
	digits := make([]byte, 0, 64)
	point, seenDigit, scale := false, false, 0
	for i := range len(mantissa) {
		c := mantissa[i]
		switch {
		case c == '.' && !point:
			point = true
		case c >= '0' && c <= '9':
			seenDigit = true
			if point {
				scale++
			}
			if c != '0' || len(digits) > 0 {
				digits = append(digits, c)
			}
		default:
			return nil, invalidSyntax(NumericOID, s)
		}
	}
	if !seenDigit {
		return nil, invalidSyntax(NumericOID, s)
	}
	n := &Numeric{Negative: neg}
	scale -= exp
	if len(digits) > 0 && len(digits)-scale > numericMaxWeight || scale > numericMaxDisplayScale {
		return nil, numericOverflow()
	}
	if len(digits) <= 18 {
		v := uint64(0)
		for _, c := range digits {
			v = v*10 + uint64(c-'0')
		}
		n.Coeff.SetUint64(v)
	} else if _, ok := n.Coeff.SetString(string(digits), 10); !ok {
		return nil, invalidSyntax(NumericOID, s)
	}
	setRawScale(n, scale)
	return checkNumeric(n)
}

// AppendNumeric appends the text form.
func AppendNumeric(dst []byte, n *Numeric) []byte {
	switch {
	case NumericIsNaN(n):
		return append(dst, "NaN"...)
	case NumericIsInf(n):
		if n.Negative {
			dst = append(dst, '-')
		}
		return append(dst, "Infinity"...)
	}
	if n.Negative && n.Coeff.Sign() != 0 {
		dst = append(dst, '-')
	}
	var buf [40]byte
	var digits []byte
	if n.Coeff.IsUint64() {
		digits = strconv.AppendUint(buf[:0], n.Coeff.Uint64(), 10)
	} else {
		digits = n.Coeff.Append(buf[:0], 10)
	}
	scale := NumericScale(n)
	if scale <= 0 {
		dst = append(dst, digits...)
		for range n.Exponent {
			dst = append(dst, '0')
		}
		return dst
	}
	if len(digits) > scale {
		dst = append(dst, digits[:len(digits)-scale]...)
		dst = append(dst, '.')
		return append(dst, digits[len(digits)-scale:]...)
	}
	dst = append(dst, '0', '.')
	for range scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// CompareNumeric orders numerics: -Infinity first, then numbers, Infinity, NaN.
func CompareNumeric(a, b *Numeric) int {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return numericRank(a) - numericRank(b)
	}
	sa, sb := a.Sign(), b.Sign()
	if sa != sb || sa == 0 {
		return sa - sb
	}
	if a.Exponent == b.Exponent {
		return sa * a.Coeff.CmpAbs(&b.Coeff)
	}
	return a.Cmp(b)
}

func numericRank(n *Numeric) int {
	switch {
	case NumericIsNaN(n):
		return 2
	case NumericIsInf(n) && n.Negative:
		return -1
	case NumericIsInf(n):
		return 1
	}
	return 0
}

// applyNumericTypmod rounds to numeric(p,s), or fails when too big.
func applyNumericTypmod(n *Numeric, typmod Typmod) (*Numeric, error) {
	p, s, ok := NumericTypmod(typmod)
	if !ok || NumericIsNaN(n) {
		return n, nil
	}
	if NumericIsInf(n) {
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d cannot hold an infinite value.", p, s)
	}
	r := n
	if NumericScale(n) != max(s, 0) || s < 0 {
		r = new(Numeric).Set(n)
		roundTo(r, s)
	}
	limit := p - s
	if r.Coeff.Sign() != 0 && int(r.NumDigits())-rawScale(r) > limit {
		one := "1"
		if limit > 0 {
			one = "10^" + strconv.Itoa(limit)
		} else if limit < 0 {
			one = "10^" + strconv.Itoa(limit)
		}
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d must round to an absolute value less than %s.", p, s, one)
	}
	return r, nil
}

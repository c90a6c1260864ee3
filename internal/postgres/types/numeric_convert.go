package types

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// NumericToInt rounds half away from zero to an integer type.
func NumericToInt(n *Numeric, oid OID) (int64, error) {
	switch {
	case NumericIsNaN(n):
		return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot convert NaN to %s", TypeName(oid))
	case NumericIsInf(n):
		return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot convert infinity to %s", TypeName(oid))
	}
	if n.Exponent > compactZeros { // far beyond 64 bits
		return 0, IntOutOfRange(oid)
	}
	var x apd.BigInt
	x.Set(&n.Coeff)
	if s := NumericScale(n); s > 0 {
		quoRound(&x, &n.Coeff, pow10(s))
	}
	if n.Negative {
		x.Neg(&x)
	}
	lo, hi := intRange(oid)
	if !x.IsInt64() || x.Int64() < lo || x.Int64() > hi {
		return 0, IntOutOfRange(oid)
	}
	return x.Int64(), nil
}

// NumericToFloat converts to float8, or with oid Float4OID to float4.
func NumericToFloat(n *Numeric, oid OID) (float64, error) {
	switch {
	case NumericIsNaN(n):
		return math.NaN(), nil
	case NumericIsInf(n):
		return math.Inf(NumericSign(n)), nil
	}
	return parseFloat(oid, string(AppendNumeric(nil, n)))
}

// NumericFromFloat converts a float with the digits its type is sure of: 15 of
// a float8, 6 of a float4.
func NumericFromFloat(v float64, oid OID) (*Numeric, error) {
	switch {
	case math.IsNaN(v):
		return NumericNaN(), nil
	case math.IsInf(v, 0):
		return NumericInf(v < 0), nil
	}
	digits := 15
	if oid == Float4OID {
		digits = 6
	}
	return ParseNumeric(string(appendG(nil, v, digits)))
}

// NumericFromScaled is v / 10^scale, exactly.
func NumericFromScaled(v int64, scale int) *Numeric {
	n := NumericFromInt(v)
	n.Exponent = int32(-scale)
	return n
}

// NumericString is the text form.
func NumericString(n *Numeric) string {
	if n.Form == apd.Finite && n.Exponent == 0 && n.Coeff.IsInt64() {
		v := n.Coeff.Int64()
		if n.Negative {
			v = -v
		}
		return strconv.FormatInt(v, 10)
	}
	return string(AppendNumeric(nil, n))
}

package types

import (
	"encoding/binary"

	"github.com/cockroachdb/apd/v3"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// Sign words of the binary form.
const (
	numericPos    = 0x0000
	numericNeg    = 0x4000
	numericNaN    = 0xC000
	numericPosInf = 0xD000
	numericNegInf = 0xF000

	// numericInfScale is the scale PostgreSQL sends with an infinity.
	numericInfScale = 0x20
)

// appendNumericBinary is numeric_send: count, weight, sign and scale as 16-bit
// words, then base-10000 digits.
func appendNumericBinary(dst []byte, n *Numeric) []byte {
	word := func(v int) { dst = binary.BigEndian.AppendUint16(dst, uint16(v)) }
	if n.Form != apd.Finite {
		sign, scale := numericNaN, 0
		if NumericIsInf(n) {
			sign, scale = numericPosInf, numericInfScale
			if n.Negative {
				sign = numericNegInf
			}
		}
		word(0)
		word(0)
		word(sign)
		word(scale)
		return dst
	}
	scale := rawScale(n)
	digits := n.Coeff.Append(nil, 10)
	if n.Coeff.Sign() == 0 {
		digits = nil
	}
	// Align the decimal point to a group boundary on both sides.
	for scale%decDigits != 0 {
		digits = append(digits, '0')
		scale++
	}
	for len(digits)%decDigits != 0 {
		digits = append([]byte{'0'}, digits...)
	}
	groups := make([]int, 0, len(digits)/decDigits)
	for i := 0; i < len(digits); i += decDigits {
		v := 0
		for _, c := range digits[i : i+decDigits] {
			v = v*10 + int(c-'0')
		}
		groups = append(groups, v)
	}
	weight := len(groups) - scale/decDigits - 1
	for len(groups) > 0 && groups[0] == 0 {
		groups = groups[1:]
		weight--
	}
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	if len(groups) == 0 {
		weight = 0
	}
	sign := numericPos
	if n.Negative {
		sign = numericNeg
	}
	word(len(groups))
	word(weight)
	word(sign)
	word(NumericScale(n))
	for _, g := range groups {
		word(g)
	}
	return dst
}

// decodeNumericBinary is numeric_recv.
func decodeNumericBinary(src []byte) (*Numeric, error) {
	if len(src) < 8 {
		return nil, invalidBinary("insufficient data left in message")
	}
	count := int(binary.BigEndian.Uint16(src))
	weight := int(int16(binary.BigEndian.Uint16(src[2:])))
	sign := int(binary.BigEndian.Uint16(src[4:]))
	scale := int(binary.BigEndian.Uint16(src[6:]))
	switch sign {
	case numericNaN:
		return NumericNaN(), nil
	case numericPosInf:
		return NumericInf(false), nil
	case numericNegInf:
		return NumericInf(true), nil
	case numericPos, numericNeg:
	default:
		return nil, invalidBinary("invalid sign in external \"numeric\" value")
	}
	if scale > numericMaxDisplayScale {
		return nil, invalidBinary("invalid scale in external \"numeric\" value")
	}
	if len(src) != 8+2*count {
		return nil, invalidBinary("insufficient data left in message")
	}
	digits := make([]byte, 0, count*decDigits)
	for i := range count {
		g := int(binary.BigEndian.Uint16(src[8+2*i:]))
		if g >= 10000 {
			return nil, invalidBinary("invalid digit in external \"numeric\" value")
		}
		digits = append(digits, '0'+byte(g/1000), '0'+byte(g/100%10), '0'+byte(g/10%10), '0'+byte(g%10))
	}
	n := &Numeric{Negative: sign == numericNeg}
	if len(digits) == 0 {
		n.Exponent = int32(-scale)
		n.Negative = false
		return n, nil
	}
	if _, ok := n.Coeff.SetString(string(digits), 10); !ok {
		return nil, invalidBinary("invalid digit in external \"numeric\" value")
	}
	// The digits' own scale; those beyond the display scale are cut.
	own := (count - 1 - weight) * decDigits
	if own < -numericMaxWeight || own > 4*numericMaxDisplayScale+4*numericMaxWeight {
		return nil, numericOverflow()
	}
	setRawScale(n, own)
	if n.Exponent <= 0 || scale > 0 {
		truncTo(n, scale)
	}
	return checkNumeric(n)
}

func invalidBinary(format string, args ...any) error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, format, args...)
}

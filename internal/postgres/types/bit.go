package types

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// A bit string is kept as its digits, '0' and '1': comparison by bytes is then
// the order of bit strings.

// parseBits reads 0101, B0101 or X1F.
func parseBits(s string) (string, error) {
	digits := s
	if s != "" && (s[0] == 'b' || s[0] == 'B') {
		digits = s[1:]
	} else if s != "" && (s[0] == 'x' || s[0] == 'X') {
		return parseHexBits(s[1:])
	}
	for i := range len(digits) {
		if digits[i] != '0' && digits[i] != '1' {
			end, _ := charPrefix(digits[i:], 1)
			return "", pgerr.New(pgerr.InvalidTextRepresentation,
				"\"%s\" is not a valid binary digit", digits[i:i+end])
		}
	}
	return digits, nil
}

func parseHexBits(s string) (string, error) {
	var sb strings.Builder
	for i := range len(s) {
		v := hexValue(s[i])
		if v < 0 {
			end, _ := charPrefix(s[i:], 1)
			return "", pgerr.New(pgerr.InvalidTextRepresentation,
				"\"%s\" is not a valid hexadecimal digit", s[i:i+end])
		}
		for bit := 3; bit >= 0; bit-- {
			sb.WriteByte('0' + byte(v>>bit&1))
		}
	}
	return sb.String(), nil
}

func applyBitTypmod(oid OID, s string, typmod Typmod, explicit bool) (string, error) {
	n := int(typmod)
	switch {
	case len(s) == n, oid == VarBitOID && len(s) < n:
		return s, nil
	case n > maxBitLength:
		return "", invalidModifier()
	case explicit && len(s) > n:
		return s[:n], nil
	case explicit:
		return s + strings.Repeat("0", n-len(s)), nil
	case oid == VarBitOID:
		return "", pgerr.New(pgerr.StringDataRightTruncation, "bit string too long for type bit varying(%d)", n)
	}
	return "", pgerr.New(pgerr.StringDataLengthMismatch,
		"bit string length %d does not match type bit(%d)", len(s), n)
}

func packBits(dst []byte, s string) []byte {
	for i := 0; i < len(s); i += 8 {
		var b byte
		for j := range 8 {
			b <<= 1
			if i+j < len(s) {
				b |= s[i+j] & 1
			}
		}
		dst = append(dst, b)
	}
	return dst
}

func unpackBits(b []byte, n int) string {
	out := make([]byte, n)
	for i := range n {
		out[i] = '0' + b[i/8]>>(7-i%8)&1
	}
	return string(out)
}

package types

import (
	"math"
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// intRange is what an integer type can hold.
func intRange(oid OID) (lo, hi int64) {
	switch oid {
	case Int2OID:
		return math.MinInt16, math.MaxInt16
	case Int4OID:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

func isSpace(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r'
}

// trimSpace drops leading and trailing blanks, as isspace has them in C.
func trimSpace(s string) string {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func invalidSyntax(oid OID, s string) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", TypeName(oid), s)
}

func outOfRangeText(oid OID, s string) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, TypeName(oid))
}

// IntOutOfRange is the error of integer arithmetic that overflows.
func IntOutOfRange(oid OID) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", TypeName(oid))
}

// CheckInt makes an integer datum, or the error that v does not fit the type.
func CheckInt(oid OID, v int64) (Datum, error) {
	if lo, hi := intRange(oid); v < lo || v > hi {
		return Null, IntOutOfRange(oid)
	}
	return Int(v), nil
}

// parseDecimal reads an optionally signed decimal number, blanks around it
// allowed.
func parseDecimal(s string) (v int64, ok, overflow bool) {
	t := s
	if len(t) == 0 || isSpace(t[0]) || isSpace(t[len(t)-1]) {
		t = trimSpace(t)
	}
	neg := false
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		neg = t[0] == '-'
		t = t[1:]
	}
	if len(t) == 0 {
		return 0, false, false
	}
	var n uint64
	for i := range len(t) {
		c := t[i] - '0'
		if c > 9 {
			return 0, false, false
		}
		if n > (1<<63)/10 {
			overflow = true
		}
		n = n*10 + uint64(c)
		if n > 1<<63 {
			overflow = true
		}
	}
	switch {
	case overflow:
		return 0, true, true
	case neg:
		return -int64(n), true, false
	case n == 1<<63:
		return 0, true, true
	}
	return int64(n), true, false
}

// ParseInt reads an int2, int4 or int8 as their input functions do.
func ParseInt(oid OID, s string) (int64, error) {
	v, ok, overflow := parseDecimal(s)
	if !ok {
		return 0, invalidSyntax(oid, s)
	}
	if lo, hi := intRange(oid); overflow || v < lo || v > hi {
		return 0, outOfRangeText(oid, s)
	}
	return v, nil
}

// parseOID reads an unsigned 32-bit number; a negative one wraps, as in PostgreSQL.
func parseOID(oid OID, s string) (int64, error) {
	v, ok, overflow := parseDecimal(s)
	if !ok {
		return 0, invalidSyntax(oid, s)
	}
	if overflow || v > math.MaxUint32 || v < math.MinInt32 {
		return 0, outOfRangeText(oid, s)
	}
	return int64(uint32(v)), nil
}

func appendTID(dst []byte, v int64) []byte {
	dst = append(dst, '(')
	dst = strconv.AppendInt(dst, v>>16, 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, v&0xffff, 10)
	return append(dst, ')')
}

func parseTID(s string) (int64, error) {
	t := trimSpace(s)
	if len(t) < 2 || t[0] != '(' || t[len(t)-1] != ')' {
		return 0, invalidSyntax(TIDOID, s)
	}
	for i := range len(t) {
		if t[i] != ',' {
			continue
		}
		block, err1 := strconv.ParseUint(t[1:i], 10, 32)
		item, err2 := strconv.ParseUint(t[i+1:len(t)-1], 10, 16)
		if err1 != nil || err2 != nil {
			break
		}
		return int64(block)<<16 | int64(item), nil
	}
	return 0, invalidSyntax(TIDOID, s)
}

func appendLSN(dst []byte, v int64) []byte {
	u := uint64(v)
	dst = appendUpperHex(dst, u>>32)
	dst = append(dst, '/')
	return appendUpperHex(dst, u&math.MaxUint32)
}

func appendUpperHex(dst []byte, v uint64) []byte {
	from := len(dst)
	dst = strconv.AppendUint(dst, v, 16)
	for i := from; i < len(dst); i++ {
		if dst[i] >= 'a' {
			dst[i] -= 'a' - 'A'
		}
	}
	return dst
}

func parseLSN(s string) (int64, error) {
	for i := range len(s) {
		if s[i] != '/' {
			continue
		}
		hi, err1 := strconv.ParseUint(s[:i], 16, 32)
		lo, err2 := strconv.ParseUint(s[i+1:], 16, 32)
		if err1 != nil || err2 != nil {
			break
		}
		return int64(hi<<32 | lo), nil
	}
	return 0, invalidSyntax(PgLSNOID, s)
}

package command

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
)

// ParseInt reads a decimal integer as strictly as redis-server does: no plus
// sign, no leading zeros, no spaces, no "-0".
func ParseInt(b []byte) (int64, error) {
	digits := b
	negative := len(b) > 1 && b[0] == '-'
	if negative {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, ErrNotInteger
	}
	if digits[0] == '0' && (len(digits) > 1 || negative) {
		return 0, ErrNotInteger
	}
	var n uint64 // 19 digits cannot overflow it
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, ErrNotInteger
		}
		n = n*10 + uint64(c-'0')
	}
	switch {
	case !negative && n <= math.MaxInt64:
		return int64(n), nil
	case negative && n <= math.MaxInt64+1:
		return -int64(n), nil
	}
	return 0, ErrNotInteger
}

// ParseUint reads a decimal integer from 0 to 2^64-1, as cursors are written.
func ParseUint(b []byte) (uint64, error) {
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil || b[0] == '+' {
		return 0, ErrNotInteger
	}
	return n, nil
}

// ParseFloat reads what C's strtod reads, inf included and NaN not, with nothing
// before or after it. A number too large or too small for a double is refused.
func ParseFloat(b []byte) (float64, error) {
	if len(b) == 0 || len(b) > 5*1024 {
		return 0, ErrNotFloat
	}
	s := string(b)
	if strings.IndexByte(s, '_') >= 0 { // Go allows it between digits
		return 0, ErrNotFloat
	}
	if hex := strings.ContainsAny(s, "xX"); hex && !strings.ContainsAny(s, "pP") {
		s += "p0" // Go wants the exponent that C leaves optional
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || (f == 0 && hasNonZeroDigit(s)) {
		return 0, ErrNotFloat
	}
	return f, nil
}

// ParseCFloat reads a number as strtod does that is not asked whether it
// overflowed: blanks may come first, no digits at all are 0, what is too large is
// infinite and what is too small 0. It ends at a NUL.
func ParseCFloat(b []byte) (float64, error) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, nil
	}
	b = bytes.TrimLeft(b, " \t\n\v\f\r")
	f, err := ParseFloat(b)
	if err == nil || bytes.IndexByte(b, '_') >= 0 {
		return f, err
	}
	f, goErr := strconv.ParseFloat(string(b), 64)
	if errors.Is(goErr, strconv.ErrRange) || goErr == nil && f == 0 {
		return f, nil
	}
	return 0, err
}

// hasNonZeroDigit tells a zero from a number that was rounded to it.
func hasNonZeroDigit(s string) bool {
	s = strings.TrimLeft(s, "+-")
	exponent := "eE"
	if len(s) > 1 && (s[1] == 'x' || s[1] == 'X') {
		s, exponent = s[2:], "pP"
	}
	if i := strings.IndexAny(s, exponent); i >= 0 {
		s = s[:i]
	}
	return strings.Trim(s, "0.") != ""
}

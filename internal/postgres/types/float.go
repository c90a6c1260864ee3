package types

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

func parseFloat(oid OID, s string) (float64, error) {
	t := trimSpace(s)
	switch {
	case t == "" || strings.IndexByte(t, '_') >= 0:
		return 0, invalidSyntax(oid, s)
	case len(t) > 3 && (t[0] == 'n' || t[0] == 'N'): // Go and C disagree on NaN(...)
		return 0, invalidSyntax(oid, s)
	}
	bits := 64
	if oid == Float4OID {
		bits = 32
	}
	if isHexFloat(t) && !strings.ContainsAny(t, "pP") {
		t += "p0"
	}
	v, err := strconv.ParseFloat(t, bits)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			return 0, floatTextRange(oid, s)
		}
		return 0, invalidSyntax(oid, s)
	}
	if v == 0 && hasNonzeroDigit(t) {
		return 0, floatTextRange(oid, s)
	}
	return v, nil
}

func isHexFloat(t string) bool {
	t = strings.TrimLeft(t, "+-")
	return len(t) > 1 && t[0] == '0' && (t[1] == 'x' || t[1] == 'X')
}

// hasNonzeroDigit tells an underflow from a plain zero.
func hasNonzeroDigit(t string) bool {
	for i := range len(t) {
		switch c := t[i]; {
		case c >= '1' && c <= '9':
			return true
		case c == 'e' || c == 'E' || c == 'p' || c == 'P':
			return false
		}
	}
	return false
}

func floatTextRange(oid OID, s string) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", s, TypeName(oid))
}

// appendFloat writes the shortest digits that read back the same, or with
// extra_float_digits at or below zero a rounded form, as PostgreSQL 12 and later.
func appendFloat(dst []byte, v float64, bits, extraDigits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	// Where fixed notation gives way to an exponent: DBL_DIG and FLT_DIG.
	digits := 15
	if bits == 32 {
		digits = 6
	}
	if extraDigits > 0 {
		if v == 0 {
			if math.Signbit(v) {
				return append(dst, "-0"...)
			}
			return append(dst, '0')
		}
		var buf [32]byte
		e := strconv.AppendFloat(buf[:0], v, 'e', -1, bits)
		exp := exponentOf(e)
		if exp < -4 || exp >= digits {
			return append(dst, e...)
		}
		return strconv.AppendFloat(dst, v, 'f', -1, bits)
	}
	return appendG(dst, v, max(digits+extraDigits, 1))
}

func exponentOf(e []byte) int {
	for i := len(e) - 1; i >= 0; i-- {
		if e[i] == 'e' {
			n, err := strconv.Atoi(string(e[i+1:]))
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}

// appendG is C's %.*g.
func appendG(dst []byte, v float64, digits int) []byte {
	var buf [32]byte
	e := strconv.AppendFloat(buf[:0], v, 'e', digits-1, 64)
	exp := exponentOf(e)
	if exp >= -4 && exp < digits {
		from := len(dst)
		dst = strconv.AppendFloat(dst, v, 'f', digits-1-exp, 64)
		return trimZeros(dst, from)
	}
	mant := e
	for i, c := range e {
		if c == 'e' {
			mant = e[:i]
			break
		}
	}
	from := len(dst)
	dst = append(dst, mant...)
	dst = trimZeros(dst, from)
	return append(dst, e[len(mant):]...)
}

// trimZeros drops the trailing zeros of the fraction written from index from on.
func trimZeros(dst []byte, from int) []byte {
	dot := -1
	for i := from; i < len(dst); i++ {
		if dst[i] == '.' {
			dot = i
		}
	}
	if dot < 0 {
		return dst
	}
	end := len(dst)
	for end > dot+1 && dst[end-1] == '0' {
		end--
	}
	if end == dot+1 {
		end = dot
	}
	return dst[:end]
}

// CompareFloat orders floats as SQL does: NaN equals itself and is greatest.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	}
	return -1
}

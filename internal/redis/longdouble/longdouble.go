// Package longdouble is the arithmetic of INCRBYFLOAT and HINCRBYFLOAT: C's
// long double as x86 has it, with 64 bits of mantissa, and redis-server's way of
// writing one. It imports command for its errors only. Start at Add.
package longdouble

import (
	"bytes"
	"math/big"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// precision is the mantissa of an x86 long double in bits.
const precision = 64

// Add is a + b as redis-server writes it: at most 17 digits after the point, no
// zeros at the end. a nil is 0.
func Add(a, b []byte) ([]byte, error) {
	sum := new(big.Float).SetPrec(precision)
	if a != nil {
		x, err := parse(a)
		if err != nil {
			return nil, err
		}
		sum = x
	}
	x, err := parse(b)
	if err != nil {
		return nil, err
	}
	if sum.IsInf() || x.IsInf() {
		return nil, command.ErrNaN
	}
	return format(sum.Add(sum, x)), nil
}

// parse reads a number as strictly as ParseFloat does, and more precisely.
func parse(b []byte) (*big.Float, error) {
	f, err := command.ParseFloat(b)
	if err != nil {
		return nil, command.ErrNotFloat
	}
	x := new(big.Float).SetPrec(precision)
	if bytes.ContainsAny(b, "xXnN") { // hexadecimal, or infinite
		return x.SetFloat64(f), nil
	}
	if _, ok := x.SetString(string(b)); !ok {
		return nil, command.ErrNotFloat
	}
	return x, nil
}

func format(x *big.Float) []byte {
	text := bytes.TrimRight(x.Append(nil, 'f', 17), "0")
	text = bytes.TrimSuffix(text, []byte("."))
	if string(text) == "-0" {
		return text[1:]
	}
	return text
}

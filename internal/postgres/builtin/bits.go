package builtin

import (
	"math/big"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Bit strings are kept as text of 0 and 1.

func bitwise(op string, combine func(a, b byte) byte) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Str(), a[1].Str()
		if len(x) != len(y) {
			return types.Null, pgerr.New(pgerr.StringDataLengthMismatch, "cannot %s bit strings of different sizes", op)
		}
		out := make([]byte, len(x))
		for i := range out {
			out[i] = '0' + combine(x[i]-'0', y[i]-'0')
		}
		return types.Bytes(out), nil
	}
}

func bitNot(s string) string {
	return strings.Map(func(r rune) rune { return '0' + '1' - r }, s)
}

// bitShift moves bits left by n, or right by -n; zeros come in.
func bitShift(s string, n int64) string {
	size := int64(len(s))
	switch {
	case n >= size || n <= -size:
		return strings.Repeat("0", len(s))
	case n >= 0:
		return s[n:] + strings.Repeat("0", int(n))
	}
	return strings.Repeat("0", int(-n)) + s[:size+n]
}

func bitSubstring(_ *Context, a []types.Datum) (types.Datum, error) {
	length, bounded := int64(0), len(a) > 2
	if bounded {
		length = a[2].Int()
	}
	s, err := substring(a[0].Str(), a[1].Int(), length, bounded)
	return types.Text(s), err
}

func bitIndex(s string, i int64) error {
	if i < 0 || i >= int64(len(s)) {
		return pgerr.New(pgerr.ArraySubscriptError, "bit index %d out of valid range (0..%d)", i, len(s)-1)
	}
	return nil
}

// bitFromInt is the cast of an integer to bit(n).
func bitFromInt(_ *Context, a []types.Datum) (types.Datum, error) {
	n := a[1].Int()
	if n <= 0 {
		n = 1
	}
	if n > maxText {
		return types.Null, tooLong()
	}
	out := make([]byte, n)
	v := a[0].Int()
	for i := range out {
		shift := n - 1 - int64(i)
		out[i] = '0' + byte(v>>min(shift, 63)&1)
	}
	return types.Bytes(out), nil
}

func bitToInt(oid types.OID, width int) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s := a[0].Str()
		if len(s) > width {
			return types.Null, types.IntOutOfRange(oid)
		}
		v, ok := new(big.Int).SetString("0"+s, 2)
		if !ok {
			return types.Int(0), nil
		}
		return types.Int(wrapInt(oid, int64(v.Uint64()))), nil
	}
}

// bitsAggState is bit_and, bit_or and bit_xor of bit strings.
type bitsAggState struct {
	combine Func
	v       types.Datum
}

func (s *bitsAggState) Add(c *Context, a []types.Datum) (err error) {
	if s.v.IsNull() {
		s.v = a[0]
		return nil
	}
	s.v, err = s.combine(c, []types.Datum{s.v, a[0]})
	return err
}

func (s *bitsAggState) Result(*Context) (types.Datum, error) { return s.v, nil }

func (s *bitsAggState) Size() int { return 32 + datumSize(s.v) }

func init() {
	and := bitwise("AND", func(a, b byte) byte { return a & b })
	or := bitwise("OR", func(a, b byte) byte { return a | b })
	xor := bitwise("XOR", func(a, b byte) byte { return a ^ b })
	length := textInt(func(s string) int { return len(s) })
	Provide(map[string]Func{
		"bit_and": and, "bit_or": or, "bitxor": xor, "bitnot": text1(bitNot), "bitcat": concat,
		"bitshiftleft":  textAndInt(bitShift),
		"bitshiftright": textAndInt(func(s string, n int64) string { return bitShift(s, -n) }),
		"bitsubstr":     bitSubstring, "bitsubstr_no_len": bitSubstring,
		"bitoverlay": overlay, "bitoverlay_no_len": overlay, "bitposition": position,
		"bitlength": length, "bit_length(bit)": length,
		"bitoctetlength": textInt(func(s string) int { return (len(s) + 7) / 8 }),
		"bit_bit_count":  textInt(func(s string) int { return strings.Count(s, "1") }),
		"bitgetbit": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if err := bitIndex(a[0].Str(), a[1].Int()); err != nil {
				return types.Null, err
			}
			return types.Int(int64(a[0].Str()[a[1].Int()] - '0')), nil
		},
		"bitsetbit": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if err := bitIndex(a[0].Str(), a[1].Int()); err != nil {
				return types.Null, err
			}
			if v := a[2].Int(); v != 0 && v != 1 {
				return types.Null, pgerr.New(pgerr.InvalidParameterValue, "new bit must be 0 or 1")
			}
			b := []byte(a[0].Str())
			b[a[1].Int()] = '0' + byte(a[2].Int())
			return types.Bytes(b), nil
		},
		"bitfromint4": bitFromInt, "bitfromint8": bitFromInt,
		"bittoint4": bitToInt(types.Int4OID, 32), "bittoint8": bitToInt(types.Int8OID, 64),
	})
	for name, fn := range map[string]Func{"bit_and(bit)": and, "bit_or(bit)": or, "bit_xor(bit)": xor} {
		provideAgg(name, func() AggState { return &bitsAggState{combine: fn} }, true)
	}
}

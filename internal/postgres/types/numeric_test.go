package types

import (
	"testing"

	"pgregory.net/rapid"
)

// TestCompactNumeric checks that numbers whose zeros are left out work as those
// whose zeros are written out.
func TestCompactNumeric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genNumeric().Draw(t, "a"), genNumeric().Draw(t, "b")
		x, y := NumericExpand(a), NumericExpand(b)
		for name, op := range map[string]func(a, b *Numeric) (*Numeric, error){
			"+": NumericAdd, "-": NumericSub, "*": NumericMul, "/": NumericDiv, "%": NumericMod, "div": NumericDivTrunc,
		} {
			got, err1 := op(a, b)
			want, err2 := op(x, y)
			if (err1 == nil) != (err2 == nil) {
				t.Fatalf("%s %s %s: %v and %v", NumericString(a), name, NumericString(b), err1, err2)
			}
			if err1 == nil && NumericString(got) != NumericString(want) {
				t.Fatalf("%s %s %s is %s, not %s", NumericString(a), name, NumericString(b), NumericString(got), NumericString(want))
			}
		}
		for name, op := range map[string]func(*Numeric) (*Numeric, error){
			"sqrt": NumericSqrt, "ln": NumericLn, "ceil": NumericCeil, "floor": NumericFloor,
			"round": func(n *Numeric) (*Numeric, error) { return NumericRound(n, 2) },
			"trunc": func(n *Numeric) (*Numeric, error) { return NumericTrunc(n, -3) },
			"square": func(n *Numeric) (*Numeric, error) {
				return NumericPower(n, NumericFromInt(2))
			},
		} {
			got, err1 := op(a)
			want, err2 := op(x)
			if (err1 == nil) != (err2 == nil) || err1 == nil && NumericString(got) != NumericString(want) {
				t.Fatalf("%s %s: %v, %v", name, NumericString(a), err1, err2)
			}
		}
		if CompareNumeric(a, x) != 0 || hashNumeric(a) != hashNumeric(x) {
			t.Fatalf("%s differs from itself written out", NumericString(a))
		}
	})
}

// TestHugeNumericIsSmall checks that eight bytes of input stay small in memory.
func TestHugeNumericIsSmall(t *testing.T) {
	n, err := ParseNumeric("1e131071")
	if err != nil {
		t.Fatal(err)
	}
	if bits := n.Coeff.BitLen(); bits > 64 {
		t.Errorf("the coefficient takes %d bits", bits)
	}
	d, err := DecodeBinary(NumericOID, []byte{0, 1, 0x7f, 0xff, 0, 0, 0, 0, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if bits := d.Numeric().Coeff.BitLen(); bits > 64 {
		t.Errorf("from binary, the coefficient takes %d bits", bits)
	}
}

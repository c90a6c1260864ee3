package exec

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// compareEval is a comparison of two columns, or a column and one value, of the
// same physical kind.
type compareEval struct {
	callEval
	mask cmpMask
	kind types.Kind
}

func newComparison(base callEval, mask cmpMask, kind types.Kind) evaluator {
	return &compareEval{base, mask, kind}
}

// operands are the two sides of a kernel: scalar tells a side that is one value.
type operands struct {
	l, r           *vec.Vec
	ls, rs         types.Datum
	lconst, rconst bool
}

// operands evaluates both sides; null tells that one is a NULL for all rows.
func (e *callEval) operands(r *run, b *vec.Batch, sel []int32) (o operands, null bool, err error) {
	if countOf(sel, b.N) == 0 {
		return o, true, nil
	}
	if o.ls, o.lconst, err = scalarOf(r, e.args[0]); err != nil || o.lconst && o.ls.IsNull() {
		return o, true, err
	}
	if o.rs, o.rconst, err = scalarOf(r, e.args[1]); err != nil || o.rconst && o.rs.IsNull() {
		return o, true, err
	}
	if !o.lconst || o.rconst { // two scalars: one of them as a column
		o.lconst = false
		if o.l, err = e.args[0].vector(r, b, sel); err != nil {
			return o, false, err
		}
	}
	if !o.rconst {
		o.r, err = e.args[1].vector(r, b, sel)
	}
	return o, false, err
}

// classes reports whether every side is stored as class.
func (o *operands) classes(class vec.Class) bool {
	return (o.l == nil || o.l.Class == class) && (o.r == nil || o.r.Class == class)
}

// nulls puts into out the NULLs of either side.
func (o *operands) nulls(out *vec.Vec, n int, sel []int32) {
	for _, v := range []*vec.Vec{o.l, o.r} {
		if v == nil || v.Nulls == nil {
			continue
		}
		dst := out.WithNulls()
		if sel == nil {
			for i, null := range v.Nulls[:n] {
				dst[i] = dst[i] || null
			}
			continue
		}
		for _, i := range sel {
			dst[i] = dst[i] || v.Nulls[i]
		}
	}
}

func (o *operands) isNull(i int) bool {
	return o.l != nil && o.l.IsNull(i) || o.r != nil && o.r.IsNull(i)
}

// allNull makes a column of NULLs.
func (o result) allNull(r *run, n int) *vec.Vec { return o.fill(r, types.Null, n) }

func (e *compareEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	o, null, err := e.operands(r, b, sel)
	if err != nil {
		return nil, err
	}
	if null {
		return e.allNull(r, b.N), nil
	}
	test, ok := e.tester(&o)
	if !ok {
		return e.callEval.vector(r, b, sel)
	}
	out := e.begin(r, b.N)
	o.nulls(out, b.N, sel)
	if sel == nil {
		for i := range b.N {
			if out.Nulls == nil || !out.Nulls[i] {
				out.Ints[i] = int64(test(i))
			}
		}
		return out, nil
	}
	for _, i := range sel {
		if out.Nulls == nil || !out.Nulls[i] {
			out.Ints[i] = int64(test(int(i)))
		}
	}
	return out, nil
}

// choose gives the rows for which the comparison holds. Integers against one
// value, the commonest filter, have a loop of their own.
func (e *compareEval) choose(r *run, b *vec.Batch, sel, out []int32) ([]int32, error) {
	o, null, err := e.operands(r, b, sel)
	if err != nil || null {
		return out, err
	}
	if o.rconst && (e.kind == types.KindInt || e.kind == types.KindBool) && o.l.Class == vec.ClassInt {
		return chooseInts(o.l, o.rs.Int(), e.mask, b.N, sel, out), nil
	}
	test, ok := e.tester(&o)
	if !ok {
		v, err := e.callEval.vector(r, b, sel)
		if err != nil {
			return out, err
		}
		return trueRows(v, b.N, sel, out), nil
	}
	if sel == nil {
		for i := range b.N {
			if !o.isNull(i) && test(i) != 0 {
				out = append(out, int32(i))
			}
		}
		return out, nil
	}
	for _, i := range sel {
		if !o.isNull(int(i)) && test(int(i)) != 0 {
			out = append(out, i)
		}
	}
	return out, nil
}

func chooseInts(v *vec.Vec, x int64, mask cmpMask, n int, sel, out []int32) []int32 {
	if sel == nil && v.Nulls == nil {
		for i, a := range v.Ints[:n] {
			if holds(mask, order(a, x)) != 0 {
				out = append(out, int32(i))
			}
		}
		return out
	}
	if sel == nil {
		for i, a := range v.Ints[:n] {
			if !v.Nulls[i] && holds(mask, order(a, x)) != 0 {
				out = append(out, int32(i))
			}
		}
		return out
	}
	for _, i := range sel {
		if (v.Nulls == nil || !v.Nulls[i]) && holds(mask, order(v.Ints[i], x)) != 0 {
			out = append(out, i)
		}
	}
	return out
}

// order is the three-way comparison: 0 less, 1 equal, 2 greater.
func order(a, b int64) uint8 {
	c := uint8(1)
	if a < b {
		c = 0
	}
	if a > b {
		c = 2
	}
	return c
}

// orderFloats has NaN equal to itself and greater than everything else.
func orderFloats(a, b float64) uint8 {
	switch {
	case a < b:
		return 0
	case a > b:
		return 2
	case a == b:
		return 1
	case a != a && b != b:
		return 1
	case a != a:
		return 2
	}
	return 0
}

func holds(mask cmpMask, c uint8) uint8 { return uint8(mask) >> c & 1 }

// tester gives the comparison of row i, not NULL; ok is false when the columns
// are not stored as the kind expects.
func (e *compareEval) tester(o *operands) (test func(i int) uint8, ok bool) {
	mask := e.mask
	switch e.kind {
	case types.KindInt, types.KindBool:
		if !o.classes(vec.ClassInt) {
			return nil, false
		}
		switch {
		case o.rconst:
			l, x := o.l.Ints, o.rs.Int()
			return func(i int) uint8 { return holds(mask, order(l[i], x)) }, true
		case o.lconst:
			x, rr := o.ls.Int(), o.r.Ints
			return func(i int) uint8 { return holds(mask, order(x, rr[i])) }, true
		}
		l, rr := o.l.Ints, o.r.Ints
		return func(i int) uint8 { return holds(mask, order(l[i], rr[i])) }, true
	case types.KindFloat:
		if !o.classes(vec.ClassFloat) {
			return nil, false
		}
		switch {
		case o.rconst:
			l, x := o.l.Floats, o.rs.Float()
			return func(i int) uint8 { return holds(mask, orderFloats(l[i], x)) }, true
		case o.lconst:
			x, rr := o.ls.Float(), o.r.Floats
			return func(i int) uint8 { return holds(mask, orderFloats(x, rr[i])) }, true
		}
		l, rr := o.l.Floats, o.r.Floats
		return func(i int) uint8 { return holds(mask, orderFloats(l[i], rr[i])) }, true
	case types.KindText:
		if !o.classes(vec.ClassDatum) {
			return nil, false
		}
		l, rr := o.datums(0), o.datums(1)
		return func(i int) uint8 {
			return holds(mask, uint8(bytes.Compare(l(i).Raw(), rr(i).Raw())+1))
		}, true
	}
	return nil, false
}

// datums reads a side's values.
func (o *operands) datums(side int) func(i int) types.Datum {
	v, s := o.l, o.ls
	if side == 1 {
		v, s = o.r, o.rs
	}
	if v == nil {
		return func(int) types.Datum { return s }
	}
	ds := v.Datums
	return func(i int) types.Datum { return ds[i] }
}

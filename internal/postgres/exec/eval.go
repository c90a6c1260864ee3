package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// evaluator is an expression compiled. It is immutable; what an execution needs
// to remember is in the run's registers.
type evaluator interface {
	// row computes the value for one row.
	row(r *run, in rowRef) (types.Datum, error)
	// vector computes the values for the rows of b that sel lists, all when nil
	// (b.Sel is not looked at). The result has at least b.N entries, unspecified
	// where sel names none; it is valid until the next call and not to be modified.
	vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error)
}

// selector is an evaluator of a condition that can tell the rows for which it
// is true without making a column of booleans.
type selector interface {
	// choose appends to out the rows of sel (all of b when nil) that it is true for.
	choose(r *run, b *vec.Batch, sel, out []int32) ([]int32, error)
}

// rowRef is one row: of vals, or of a batch at a position.
type rowRef struct {
	vals []types.Datum
	b    *vec.Batch
	at   int
}

func (in rowRef) get(i int) types.Datum {
	if in.b != nil {
		return in.b.Cols[i].Get(in.at)
	}
	return in.vals[i]
}

// kindOf is the physical kind of a type's values; types that only the catalog
// knows are kept as datums.
func kindOf(t types.OID) types.Kind {
	if bt := types.ByOID(t); bt != nil {
		return bt.Phys
	}
	return types.KindOther
}

// each calls f for the rows of sel, all n when nil.
func each(sel []int32, n int, f func(i int) error) error {
	if sel == nil {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range sel {
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// result is the register that an evaluator writes its column to.
type result struct {
	reg  int
	kind types.Kind
}

// begin gives the register, ready for n entries.
func (o result) begin(r *run, n int) *vec.Vec {
	v := r.register(o.reg, o.kind)
	v.Begin(n)
	return v
}

// byRow computes a column one row at a time, for expressions that have no
// faster way.
func (o result) byRow(r *run, e evaluator, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	v := o.begin(r, b.N)
	err := each(sel, b.N, func(i int) error {
		d, err := e.row(r, rowRef{b: b, at: i})
		if err != nil {
			return err
		}
		v.Set(i, d)
		return nil
	})
	return v, err
}

// fill makes a column of one value.
func (o result) fill(r *run, d types.Datum, n int) *vec.Vec {
	v := o.begin(r, n)
	switch {
	case d.IsNull():
		nulls := v.WithNulls()
		for i := range nulls {
			nulls[i] = true
		}
		clear(v.Datums)
	case v.Class == vec.ClassInt:
		x := d.Int()
		for i := range v.Ints {
			v.Ints[i] = x
		}
	case v.Class == vec.ClassFloat:
		x := d.Float()
		for i := range v.Floats {
			v.Floats[i] = x
		}
	default:
		for i := range v.Datums {
			v.Datums[i] = d
		}
	}
	return v
}

// choose appends to out the rows of sel (all of b when nil) for which cond is true.
func choose(r *run, cond evaluator, b *vec.Batch, sel, out []int32) ([]int32, error) {
	if s, ok := cond.(selector); ok {
		return s.choose(r, b, sel, out)
	}
	v, err := cond.vector(r, b, sel)
	if err != nil {
		return out, err
	}
	return trueRows(v, b.N, sel, out), nil
}

// trueRows appends to out the rows of sel (the first n when nil) where v is true.
func trueRows(v *vec.Vec, n int, sel, out []int32) []int32 {
	if v.Class != vec.ClassInt {
		_ = each(sel, n, func(i int) error {
			if d := v.Get(i); !d.IsNull() && d.Bool() {
				out = append(out, int32(i))
			}
			return nil
		})
		return out
	}
	if sel == nil {
		for i, x := range v.Ints[:n] {
			if x != 0 && (v.Nulls == nil || !v.Nulls[i]) {
				out = append(out, int32(i))
			}
		}
		return out
	}
	for _, i := range sel {
		if v.Ints[i] != 0 && (v.Nulls == nil || !v.Nulls[i]) {
			out = append(out, i)
		}
	}
	return out
}

// isTrue evaluates a condition for one row: NULL counts as false.
func isTrue(r *run, cond evaluator, in rowRef) (bool, error) {
	d, err := cond.row(r, in)
	return err == nil && !d.IsNull() && d.Bool(), err
}

type (
	constEval struct {
		result
		value types.Datum
	}
	paramEval struct {
		result
		index int
	}
	slotEval struct {
		result
		slot int
	}
	columnEval struct{ index int }
)

func (e *constEval) row(*run, rowRef) (types.Datum, error) { return e.value, nil }

func (e *constEval) vector(r *run, b *vec.Batch, _ []int32) (*vec.Vec, error) {
	if v := r.regs[e.reg]; v != nil && v.Len() >= b.N {
		return v, nil // filled before
	}
	return e.fill(r, e.value, b.N), nil
}

func (e *paramEval) row(r *run, _ rowRef) (types.Datum, error) { return r.params[e.index], nil }

func (e *paramEval) vector(r *run, b *vec.Batch, _ []int32) (*vec.Vec, error) {
	return e.fill(r, r.params[e.index], b.N), nil
}

func (e *slotEval) row(r *run, _ rowRef) (types.Datum, error) { return r.slots[e.slot], nil }

func (e *slotEval) vector(r *run, b *vec.Batch, _ []int32) (*vec.Vec, error) {
	return e.fill(r, r.slots[e.slot], b.N), nil
}

func (e *columnEval) row(_ *run, in rowRef) (types.Datum, error) { return in.get(e.index), nil }

func (e *columnEval) vector(_ *run, b *vec.Batch, _ []int32) (*vec.Vec, error) {
	return b.Cols[e.index], nil
}

// scalarOf gives the value of an expression that is the same for all rows
// without looking at any.
func scalarOf(r *run, e evaluator) (d types.Datum, ok bool, err error) {
	switch e := e.(type) {
	case *constEval:
		return e.value, true, nil
	case *paramEval:
		return r.params[e.index], true, nil
	case *slotEval:
		return r.slots[e.slot], true, nil
	case *memoEval:
		d, err = e.value(r)
		return d, true, err
	}
	return types.Null, false, nil
}

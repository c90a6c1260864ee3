package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// junctionEval is AND (or OR, with or set), three-valued. An argument is
// evaluated only for the rows that those before it left undecided.
type junctionEval struct {
	result
	or   bool
	args []evaluator
}

func (e *junctionEval) row(r *run, in rowRef) (types.Datum, error) {
	null := false
	for _, a := range e.args {
		d, err := a.row(r, in)
		switch {
		case err != nil:
			return types.Null, err
		case d.IsNull():
			null = true
		case d.Bool() == e.or:
			return d, nil
		}
	}
	if null {
		return types.Null, nil
	}
	return types.Bool(!e.or), nil
}

func (e *junctionEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	out := e.begin(r, b.N)
	fallback := int64(1)
	if e.or {
		fallback = 0
	}
	open := r.selection(b.N)
	defer func() { r.release(open) }()
	_ = each(sel, b.N, func(i int) error {
		out.Ints[i] = fallback
		open = append(open, int32(i))
		return nil
	})
	for _, a := range e.args {
		if len(open) == 0 {
			break
		}
		v, err := a.vector(r, b, open)
		if err != nil {
			return nil, err
		}
		rest := open[:0]
		for _, i := range open {
			switch d := v.Get(int(i)); {
			case d.IsNull():
				out.SetNull(int(i))
				rest = append(rest, i)
			case d.Bool() == e.or:
				out.Ints[i] = 1 - fallback
				if out.Nulls != nil {
					out.Nulls[i] = false
				}
			default:
				rest = append(rest, i)
			}
		}
		open = rest
	}
	return out, nil
}

// choose narrows the selection condition by condition; for OR it asks each
// condition about the rows that no earlier one took.
func (e *junctionEval) choose(r *run, b *vec.Batch, sel, out []int32) ([]int32, error) {
	if e.or {
		v, err := e.vector(r, b, sel)
		if err != nil {
			return out, err
		}
		return trueRows(v, b.N, sel, out), nil
	}
	cur := r.selection(b.N)
	spare := r.selection(b.N)
	defer func() { r.release(cur); r.release(spare) }()
	from := sel
	for i, a := range e.args {
		var err error
		if i == len(e.args)-1 {
			return choose(r, a, b, from, out)
		}
		if spare, err = choose(r, a, b, from, spare[:0]); err != nil {
			return out, err
		}
		cur, spare = spare, cur
		if from = cur; len(from) == 0 {
			return out, nil
		}
	}
	return out, nil
}

// selection lends an empty list of rows.
func (r *run) selection(capacity int) []int32 {
	if n := len(r.sels); n > 0 {
		s := r.sels[n-1]
		r.sels = r.sels[:n-1]
		return s[:0]
	}
	return make([]int32, 0, capacity)
}

// release takes a lent selection back.
func (r *run) release(s []int32) { r.sels = append(r.sels, s) }

type notEval struct {
	result
	arg evaluator
}

func (e *notEval) row(r *run, in rowRef) (types.Datum, error) {
	d, err := e.arg.row(r, in)
	if err != nil || d.IsNull() {
		return types.Null, err
	}
	return types.Bool(!d.Bool()), nil
}

func (e *notEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRowOf(r, e.arg, b, sel, func(d types.Datum) types.Datum {
		if d.IsNull() {
			return d
		}
		return types.Bool(!d.Bool())
	})
}

// byRowOf maps the values of one argument.
func (o result) byRowOf(r *run, arg evaluator, b *vec.Batch, sel []int32, f func(types.Datum) types.Datum) (*vec.Vec, error) {
	v, err := arg.vector(r, b, sel)
	if err != nil {
		return nil, err
	}
	out := o.begin(r, b.N)
	_ = each(sel, b.N, func(i int) error {
		out.Set(i, f(v.Get(i)))
		return nil
	})
	return out, nil
}

// nullTestEval is IS [NOT] NULL. rowwise asks about every field of a row value.
type nullTestEval struct {
	result
	arg     evaluator
	not     bool
	rowwise bool
}

func (e *nullTestEval) test(d types.Datum) types.Datum {
	if e.rowwise && d.Kind() == types.KindRecord {
		for _, f := range d.Record().Fields {
			if f.IsNull() == e.not {
				return types.Bool(false)
			}
		}
		return types.Bool(true)
	}
	return types.Bool(d.IsNull() != e.not)
}

func (e *nullTestEval) row(r *run, in rowRef) (types.Datum, error) {
	d, err := e.arg.row(r, in)
	if err != nil {
		return types.Null, err
	}
	return e.test(d), nil
}

func (e *nullTestEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRowOf(r, e.arg, b, sel, e.test)
}

// boolTestEval is IS [NOT] TRUE, FALSE or UNKNOWN.
type boolTestEval struct {
	result
	arg  evaluator
	want types.Datum
	not  bool
}

func (e *boolTestEval) test(d types.Datum) types.Datum {
	same := d.IsNull() == e.want.IsNull() && (d.IsNull() || d.Bool() == e.want.Bool())
	return types.Bool(same != e.not)
}

func (e *boolTestEval) row(r *run, in rowRef) (types.Datum, error) {
	d, err := e.arg.row(r, in)
	if err != nil {
		return types.Null, err
	}
	return e.test(d), nil
}

func (e *boolTestEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRowOf(r, e.arg, b, sel, e.test)
}

// distinctEval is IS [NOT] DISTINCT FROM.
type distinctEval struct {
	result
	left, right evaluator
	eq          comparison
	not         bool
}

func (e *distinctEval) row(r *run, in rowRef) (types.Datum, error) {
	a, err := e.left.row(r, in)
	if err != nil {
		return types.Null, err
	}
	b, err := e.right.row(r, in)
	if err != nil {
		return types.Null, err
	}
	return e.compare(r, a, b)
}

func (e *distinctEval) compare(r *run, a, b types.Datum) (types.Datum, error) {
	if a.IsNull() || b.IsNull() {
		return types.Bool((a.IsNull() != b.IsNull()) != e.not), nil
	}
	d, err := e.eq.apply(r, a, b)
	if err != nil {
		return types.Null, err
	}
	same := !d.IsNull() && d.Bool()
	return types.Bool(same == e.not), nil
}

func (e *distinctEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRow(r, e, b, sel)
}

package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// caseEval is CASE WHEN: an arm's value is computed only for the rows whose
// condition holds and that no earlier arm took.
type caseEval struct {
	result
	conds, thens []evaluator
	otherwise    evaluator // nil: NULL
}

func (e *caseEval) row(r *run, in rowRef) (types.Datum, error) {
	for i, c := range e.conds {
		ok, err := isTrue(r, c, in)
		if err != nil {
			return types.Null, err
		}
		if ok {
			return e.thens[i].row(r, in)
		}
	}
	if e.otherwise == nil {
		return types.Null, nil
	}
	return e.otherwise.row(r, in)
}

func (e *caseEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	out := e.begin(r, b.N)
	open := append(r.selection(b.N), sel...)
	hit := r.selection(b.N)
	defer func() { r.release(open); r.release(hit) }()
	if sel == nil {
		open = allRows(open, b.N)
	}
	for i, c := range e.conds {
		if len(open) == 0 {
			return out, nil
		}
		var err error
		if hit, err = choose(r, c, b, open, hit[:0]); err != nil {
			return nil, err
		}
		if err := e.copyTo(r, out, e.thens[i], b, hit); err != nil {
			return nil, err
		}
		open = without(open, hit)
	}
	return out, e.copyTo(r, out, e.otherwise, b, open)
}

// copyTo stores e's values for the rows of sel; of no expression, NULL.
func (o result) copyTo(r *run, out *vec.Vec, e evaluator, b *vec.Batch, sel []int32) error {
	if len(sel) == 0 {
		return nil
	}
	if e == nil {
		for _, i := range sel {
			out.SetNull(int(i))
		}
		return nil
	}
	v, err := e.vector(r, b, sel)
	if err != nil {
		return err
	}
	for _, i := range sel {
		out.Set(int(i), v.Get(int(i)))
	}
	return nil
}

func allRows(dst []int32, n int) []int32 {
	for i := range n {
		dst = append(dst, int32(i))
	}
	return dst
}

// without removes from a, in place, the rows of hit; both ascend.
func without(a, hit []int32) []int32 {
	if len(hit) == 0 {
		return a
	}
	rest, k := a[:0], 0
	for _, i := range a {
		if k < len(hit) && hit[k] == i {
			k++
			continue
		}
		rest = append(rest, i)
	}
	return rest
}

type coalesceEval struct {
	result
	args []evaluator
}

func (e *coalesceEval) row(r *run, in rowRef) (types.Datum, error) {
	for _, a := range e.args {
		if d, err := a.row(r, in); err != nil || !d.IsNull() {
			return d, err
		}
	}
	return types.Null, nil
}

func (e *coalesceEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	out := e.begin(r, b.N)
	open := append(r.selection(b.N), sel...)
	defer func() { r.release(open) }()
	if sel == nil {
		open = allRows(open, b.N)
	}
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
			if v.IsNull(int(i)) {
				rest = append(rest, i)
				continue
			}
			out.Set(int(i), v.Get(int(i)))
		}
		open = rest
	}
	for _, i := range open {
		out.SetNull(int(i))
	}
	return out, nil
}

// minMaxEval is GREATEST or LEAST; NULLs are passed over.
type minMaxEval struct {
	result
	args     []evaluator
	typ      types.OID
	greatest bool
}

func (e *minMaxEval) row(r *run, in rowRef) (types.Datum, error) {
	best := types.Null
	for _, a := range e.args {
		d, err := a.row(r, in)
		if err != nil {
			return types.Null, err
		}
		switch {
		case d.IsNull():
		case best.IsNull(), (types.Compare(e.typ, d, best) > 0) == e.greatest && types.Compare(e.typ, d, best) != 0:
			best = d
		}
	}
	return best, nil
}

func (e *minMaxEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRow(r, e, b, sel)
}

type nullIfEval struct {
	result
	left, right evaluator
	eq          comparison
}

func (e *nullIfEval) row(r *run, in rowRef) (types.Datum, error) {
	a, err := e.left.row(r, in)
	if err != nil || a.IsNull() {
		return a, err
	}
	b, err := e.right.row(r, in)
	if err != nil || b.IsNull() {
		return a, err
	}
	same, err := e.eq.holds(r, a, b)
	if err != nil || same {
		return types.Null, err
	}
	return a, nil
}

func (e *nullIfEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRow(r, e, b, sel)
}

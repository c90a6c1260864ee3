package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// joinShape is what all joins know of their sides.
type joinShape struct {
	kind         plan.JoinKind
	outer, inner spec
	outerKinds   []types.Kind
	innerKinds   []types.Kind
	outKinds     []types.Kind
	cond         evaluator
	// condOuter are the outer columns that cond reads.
	condOuter []int
}

func (c *compiler) joinShape(kind plan.JoinKind, outer, inner plan.Node, cond plan.Expr) (joinShape, error) {
	j := joinShape{kind: kind, outerKinds: kindsOf(outer), innerKinds: kindsOf(inner)}
	j.outKinds = append(j.outKinds, j.outerKinds...)
	if j.pairs() {
		j.outKinds = append(j.outKinds, j.innerKinds...)
	}
	var err error
	if j.outer, err = c.node(outer); err != nil {
		return j, err
	}
	if j.inner, err = c.node(inner); err != nil {
		return j, err
	}
	if cond != nil {
		used := map[int]bool{}
		columnsOf(cond, used)
		for i := range j.outerKinds {
			if used[i] {
				j.condOuter = append(j.condOuter, i)
			}
		}
	}
	j.cond, err = c.optional(cond)
	return j, err
}

// pairs tells the kinds of join that give columns of both sides.
func (j *joinShape) pairs() bool { return j.kind != plan.Semi && j.kind != plan.Anti }

// keepsOuter tells whether outer rows without a match are given.
func (j *joinShape) keepsOuter() bool { return j.kind == plan.Left || j.kind == plan.Full }

// keepsInner tells whether inner rows without a match are given.
func (j *joinShape) keepsInner() bool { return j.kind == plan.Right || j.kind == plan.Full }

// columnsOf collects the columns that an expression reads.
func columnsOf(e plan.Expr, used map[int]bool) {
	if c, ok := e.(*plan.Column); ok {
		used[c.Index] = true
	}
	for _, sub := range children(e) {
		if sub != nil {
			columnsOf(sub, used)
		}
	}
}

// joinRows is the output being made, with the memory to evaluate conditions over
// one outer row and a batch of the inner side.
type joinRows struct {
	out  *vec.Batch
	wide vec.Batch // outer columns repeated, then the inner batch's own
	rep  []*vec.Vec
	sel  []int32
}

func (w *joinRows) begin(j *joinShape) {
	if w.out == nil {
		w.out = vec.NewBatch(j.outKinds, 0)
		w.wide.Cols = make([]*vec.Vec, len(j.outerKinds)+len(j.innerKinds))
		w.rep = make([]*vec.Vec, len(j.outerKinds))
	}
	w.out.Reset()
}

func (w *joinRows) reset() {
	if w.out != nil {
		w.out.Reset()
	}
}

func (w *joinRows) room() int { return vec.MaxRows - w.out.N }

// choose gives the rows of inner for which the join's condition holds with row
// at of outer.
func (w *joinRows) choose(r *run, j *joinShape, outer *vec.Batch, at int, inner *vec.Batch) ([]int32, error) {
	w.sel = w.sel[:0]
	if j.cond == nil {
		if inner.Sel != nil {
			return append(w.sel, inner.Sel...), nil
		}
		w.sel = allRows(w.sel, inner.N)
		return w.sel, nil
	}
	for _, c := range j.condOuter {
		if w.rep[c] == nil {
			w.rep[c] = vec.New(j.outerKinds[c], 0)
		}
		repeat(w.rep[c], outer.Cols[c].Get(at), inner.N)
		w.wide.Cols[c] = w.rep[c]
	}
	copy(w.wide.Cols[len(j.outerKinds):], inner.Cols)
	w.wide.N = inner.N
	var err error
	w.sel, err = choose(r, j.cond, &w.wide, inner.Sel, w.sel)
	return w.sel, err
}

// repeat fills v with n times d.
func repeat(v *vec.Vec, d types.Datum, n int) {
	v.Begin(n)
	switch {
	case d.IsNull():
		for i := range n {
			v.SetNull(i)
		}
	case v.Class == vec.ClassInt:
		for i := range v.Ints {
			v.Ints[i] = d.Int()
		}
	case v.Class == vec.ClassFloat:
		for i := range v.Floats {
			v.Floats[i] = d.Float()
		}
	default:
		for i := range v.Datums {
			v.Datums[i] = d
		}
	}
}

// pair adds one outer row with each inner row of sel.
func (w *joinRows) pair(outer *vec.Batch, at int, inner *vec.Batch, sel []int32) {
	for i, c := range outer.Cols {
		w.out.Cols[i].AppendRepeat(c.Get(at), len(sel))
	}
	for i, c := range inner.Cols {
		w.out.Cols[len(outer.Cols)+i].AppendSel(c, sel, 0)
	}
	w.out.N += len(sel)
}

// outerOnly adds an outer row, its inner side NULL if the output has one.
func (w *joinRows) outerOnly(outer *vec.Batch, at int) {
	for i, c := range outer.Cols {
		w.out.Cols[i].AppendFrom(c, at)
	}
	for _, c := range w.out.Cols[len(outer.Cols):] {
		c.Append(types.Null)
	}
	w.out.N++
}

// innerOnly adds an inner row with a NULL outer side.
func (w *joinRows) innerOnly(inner *vec.Batch, at int) {
	width := len(w.out.Cols) - len(inner.Cols)
	for _, c := range w.out.Cols[:width] {
		c.Append(types.Null)
	}
	for i, c := range inner.Cols {
		w.out.Cols[width+i].AppendFrom(c, at)
	}
	w.out.N++
}

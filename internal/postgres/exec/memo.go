package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// memoEval is an expression of constants and parameters alone: it is evaluated
// once per execution, when a row first asks for it.
type memoEval struct {
	result
	id  int // its state in the run
	arg evaluator
}

// memo is such an expression's state in one execution.
type memo struct {
	ready bool
	value types.Datum
	// set holds the elements of an array that = ANY looks for; setNull tells that a
	// NULL is among them.
	set     *datumSet
	setNull bool
}

func (e *memoEval) value(r *run) (types.Datum, error) {
	m := &r.memos[e.id]
	if !m.ready {
		d, err := e.arg.row(r, rowRef{b: nothing})
		if err != nil {
			return types.Null, err
		}
		m.value, m.ready = d, true
	}
	return m.value, nil
}

func (e *memoEval) row(r *run, _ rowRef) (types.Datum, error) { return e.value(r) }

func (e *memoEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	if countOf(sel, b.N) == 0 {
		return e.begin(r, b.N), nil
	}
	d, err := e.value(r)
	if err != nil {
		return nil, err
	}
	return e.fill(r, d, b.N), nil
}

// memoized wraps an expression in a memoEval if that spares work.
func (c *compiler) memoized(e plan.Expr, arg evaluator) evaluator {
	switch arg.(type) {
	case *constEval, *paramEval, *slotEval, *columnEval, *memoEval:
		return arg
	}
	c.memos++
	return &memoEval{c.reg(e.Type()), c.memos - 1, arg}
}

// invariant tells whether an expression has one value throughout an execution.
func invariant(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Const, *plan.Param:
		return true
	case *plan.Column, *plan.Slot, *plan.Subquery:
		return false
	case *plan.Call:
		if e.Fn.Volatility == builtin.Volatile {
			return false
		}
	}
	for _, sub := range children(e) {
		if sub != nil && !invariant(sub) {
			return false
		}
	}
	return true
}

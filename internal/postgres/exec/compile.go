package exec

import (
	"fmt"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// compiler turns plan nodes into specs and expressions into evaluators.
type compiler struct {
	counted                 bool
	regs, subs, ctes, slots int
	// slotUses and slotBinds list, in order of compilation, slots read and filled;
	// workScans counts scans of working tables. They tell what a sub-select
	// depends on.
	slotUses, slotBinds []int
	workScans           int
	// memos counts expressions that are evaluated once per execution; with once
	// set none are made, for what is compiled is evaluated once anyway.
	memos int
	once  bool
	// tagged is the node whose changed rows the command tag counts.
	tagged plan.Node
}

func (c *compiler) reg(t types.OID) result {
	c.regs++
	return result{reg: c.regs - 1, kind: kindOf(t)}
}

func (c *compiler) slot(n int) int {
	c.slots = max(c.slots, n+1)
	return n
}

func (c *compiler) exprs(es []plan.Expr) ([]evaluator, error) {
	out := make([]evaluator, len(es))
	for i, e := range es {
		var err error
		if out[i], err = c.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// optional compiles an expression that may be absent.
func (c *compiler) optional(e plan.Expr) (evaluator, error) {
	if e == nil {
		return nil, nil
	}
	return c.expr(e)
}

func (c *compiler) binds(bs []plan.Bind) ([]bindEval, error) {
	out := make([]bindEval, len(bs))
	for i, b := range bs {
		e, err := c.expr(b.Expr)
		if err != nil {
			return nil, err
		}
		out[i] = bindEval{c.slot(b.Slot), e}
		c.slotBinds = append(c.slotBinds, b.Slot)
	}
	return out, nil
}

// single compiles expressions that are evaluated for one row only.
func (c *compiler) single(es []plan.Expr) ([]evaluator, error) {
	defer func(once bool) { c.once = once }(c.once)
	c.once = true
	return c.exprs(es)
}

// expr compiles an expression.
func (c *compiler) expr(e plan.Expr) (evaluator, error) {
	if c.once || !invariant(e) {
		return c.plain(e)
	}
	c.once = true
	out, err := c.plain(e)
	c.once = false
	if err != nil {
		return nil, err
	}
	return c.memoized(e, out), nil
}

func (c *compiler) plain(e plan.Expr) (evaluator, error) {
	switch e := e.(type) {
	case *plan.Const:
		return &constEval{c.reg(e.T), e.Value}, nil
	case *plan.Param:
		return &paramEval{c.reg(e.T), e.Index}, nil
	case *plan.Column:
		return &columnEval{e.Index}, nil
	case *plan.Slot:
		c.slotUses = append(c.slotUses, e.Slot)
		return &slotEval{c.reg(e.T), c.slot(e.Slot)}, nil
	case *plan.Call:
		return c.call(e)
	case *plan.Cast:
		return c.cast(e)
	case *plan.Logic:
		return c.logic(e)
	case *plan.NullTest:
		arg, err := c.expr(e.Arg)
		return &nullTestEval{c.reg(e.T), arg, e.Not, kindOf(e.Arg.Type()) == types.KindRecord}, err
	case *plan.BoolTest:
		arg, err := c.expr(e.Arg)
		return &boolTestEval{c.reg(e.T), arg, e.Want, e.Not}, err
	case *plan.Distinct:
		l, r, err := c.pair(e.Left, e.Right)
		return &distinctEval{c.reg(e.T), l, r, comparisonFn(e.Eq, "=", e.Left.Type(), e.Right.Type()), e.Not}, err
	case *plan.Case:
		return c.caseOf(e)
	case *plan.Coalesce:
		args, err := c.exprs(e.Args)
		return &coalesceEval{c.reg(e.T), args}, err
	case *plan.MinMax:
		args, err := c.exprs(e.Args)
		return &minMaxEval{c.reg(e.T), args, e.T, e.Greatest}, err
	case *plan.NullIf:
		l, r, err := c.pair(e.Left, e.Right)
		return &nullIfEval{c.reg(e.T), l, r, comparisonFn(e.Eq, "=", e.Left.Type(), e.Right.Type())}, err
	case *plan.ScalarArray:
		return c.scalarArray(e)
	case *plan.ArrayExpr:
		items, err := c.exprs(e.Items)
		return &rowOnly{c.reg(e.T), func(r *run, in rowRef) (types.Datum, error) {
			vs, err := values(r, items, in)
			if err != nil {
				return types.Null, err
			}
			return newArray(e.Elem, vs, e.Nested)
		}}, err
	case *plan.RowExpr:
		return c.rowExpr(e)
	case *plan.RowCompare:
		return c.rowCompare(e)
	case *plan.Field:
		arg, err := c.expr(e.Arg)
		return &rowOnly{c.reg(e.T), func(r *run, in rowRef) (types.Datum, error) {
			d, err := arg.row(r, in)
			return field(d, e.Index), err
		}}, err
	case *plan.Subscript:
		return c.subscript(e)
	case *plan.Subquery:
		return c.subquery(e)
	}
	return nil, pgerr.New(pgerr.InternalError, "no evaluator for expression %T", e)
}

func (c *compiler) pair(l, r plan.Expr) (left, right evaluator, err error) {
	if left, err = c.expr(l); err == nil {
		right, err = c.expr(r)
	}
	return left, right, err
}

func (c *compiler) call(e *plan.Call) (evaluator, error) {
	fn := e.Fn
	if fn.Fn == nil {
		fn = fn.For(typesOf(e.Args), e.T)
	}
	if fn.Fn == nil {
		return nil, notSupported(e)
	}
	args, err := c.exprs(e.Args)
	if err != nil {
		return nil, err
	}
	base := callEval{c.reg(e.T), fn.Fn, fn.Strict, args}
	if k := kernelOf(e, base); k != nil {
		return k, nil
	}
	return &base, nil
}

// notSupported refuses a function that is listed but has nothing behind it, or
// not for this place.
func notSupported(e *plan.Call) error {
	return pgerr.New(pgerr.FeatureNotSupported, "function %s is not supported here", e.Fn.Name).At(e.Loc)
}

func (c *compiler) cast(e *plan.Cast) (evaluator, error) {
	arg, err := c.expr(e.Arg)
	if err != nil {
		return nil, err
	}
	convert := conversionOf(e, e.Arg.Type())
	if convert == nil {
		return arg, nil
	}
	return &castEval{c.reg(e.T), arg, convert}, nil
}

func (c *compiler) logic(e *plan.Logic) (evaluator, error) {
	args, err := c.exprs(e.Args)
	if err != nil {
		return nil, err
	}
	if e.Op == plan.Not {
		return &notEval{c.reg(e.T), args[0]}, nil
	}
	return &junctionEval{c.reg(e.T), e.Op == plan.Or, args}, nil
}

func (c *compiler) caseOf(e *plan.Case) (evaluator, error) {
	out := &caseEval{result: c.reg(e.T)}
	for _, w := range e.Whens {
		cond, then, err := c.pair(w.Cond, w.Then)
		if err != nil {
			return nil, err
		}
		out.conds, out.thens = append(out.conds, cond), append(out.thens, then)
	}
	var err error
	out.otherwise, err = c.optional(e.Else)
	return out, err
}

// comparisonFn makes a comparison over two types. It is by types.Equal where op is
// the equality of one built-in type.
func comparisonFn(fn *builtin.Function, op string, left, right types.OID) comparison {
	b := comparison{}
	if fn != nil {
		b.fn, b.strict = fn.Fn, fn.Strict
	}
	if op == "=" && left == right && types.ByOID(left) != nil && kindOf(left) != types.KindRecord {
		b.same, b.strict = left, true
	}
	return b
}

func (c *compiler) scalarArray(e *plan.ScalarArray) (evaluator, error) {
	l, a, err := c.pair(e.Left, e.Array)
	if err != nil {
		return nil, err
	}
	elem := types.ElemOf(e.Array.Type())
	out := &scalarArrayEval{result: c.reg(e.T), left: l, array: a, op: comparisonFn(e.Fn, e.Op, e.Left.Type(), elem), all: e.All}
	if out.op.same != 0 && !e.All && !c.once {
		switch a.(type) {
		case *constEval, *paramEval, *memoEval:
			out.probes, out.memo = true, c.memos
			c.memos++
		}
	}
	return out, nil
}

func (c *compiler) rowExpr(e *plan.RowExpr) (evaluator, error) {
	items, err := c.exprs(e.Items)
	if err != nil {
		return nil, err
	}
	oids := make([]types.OID, len(e.Items))
	for i, it := range e.Items {
		oids[i] = it.Type()
	}
	return &rowOnly{c.reg(e.T), func(r *run, in rowRef) (types.Datum, error) {
		vs, err := values(r, items, in)
		if err != nil {
			return types.Null, err
		}
		return types.RecordDatum(&types.Record{Type: e.T, Fields: vs, Types: oids, Names: e.Names}), nil
	}}, nil
}

// comparisons makes the column by column functions of a row comparison.
func comparisons(op string, fns, eqs []*builtin.Function, left, right []types.OID) (f, eq []comparison) {
	f = make([]comparison, len(fns))
	eq = make([]comparison, len(fns))
	for i := range fns {
		f[i] = comparisonFn(fns[i], op, left[i], right[i])
		if i < len(eqs) {
			eq[i] = comparisonFn(eqs[i], "=", left[i], right[i])
		} else {
			eq[i] = comparisonFn(nil, "=", left[i], right[i])
		}
	}
	return f, eq
}

func typesOf(es []plan.Expr) []types.OID {
	out := make([]types.OID, len(es))
	for i, e := range es {
		out[i] = e.Type()
	}
	return out
}

func (c *compiler) rowCompare(e *plan.RowCompare) (evaluator, error) {
	l, err := c.exprs(e.Left)
	if err != nil {
		return nil, err
	}
	r, err := c.exprs(e.Right)
	if err != nil {
		return nil, err
	}
	fns, eqs := comparisons(e.Op, e.Fns, e.Eqs, typesOf(e.Left), typesOf(e.Right))
	return &rowCompareEval{c.reg(e.T), e.Op, l, r, fns, eqs}, nil
}

func (c *compiler) subscript(e *plan.Subscript) (evaluator, error) {
	out := &subscriptEval{
		result: c.reg(e.T), slice: e.Slice, elem: types.ElemOf(e.Arg.Type()), jsonb: e.Arg.Type() == types.JSONBOID,
	}
	var err error
	if out.arg, err = c.expr(e.Arg); err != nil {
		return nil, err
	}
	for _, s := range e.Subs {
		var sub subEval
		if sub.lower, err = c.optional(s.Lower); err != nil {
			return nil, err
		}
		if sub.upper, err = c.optional(s.Upper); err != nil {
			return nil, err
		}
		out.subs = append(out.subs, sub)
	}
	out.store, err = c.optional(e.Store)
	return out, err
}

func (c *compiler) subquery(e *plan.Subquery) (evaluator, error) {
	out := &subqueryEval{result: c.reg(e.T), id: c.subs, kind: e.Kind, op: e.Op, elem: types.ElemOf(e.T)}
	c.subs++
	var err error
	if out.binds, err = c.binds(e.Binds); err != nil {
		return nil, err
	}
	defer func(once bool) { c.once = once }(c.once)
	c.once = false
	uses, bound, work := len(c.slotUses), len(c.slotBinds), c.workScans
	if out.plan, err = c.node(e.Plan); err != nil {
		return nil, err
	}
	out.depends = c.workScans > work || freeSlots(c.slotUses[uses:], c.slotBinds[bound:])
	if out.left, err = c.exprs(e.Left); err != nil {
		return nil, err
	}
	for _, col := range e.Plan.Out() {
		out.types = append(out.types, col.Type)
		out.names = append(out.names, col.Name)
	}
	if len(e.Left) > 0 {
		if len(e.Left) > len(out.types) || len(e.Fns) != len(e.Left) {
			return nil, pgerr.New(pgerr.InternalError, "sub-select comparison of %d values with %d columns by %d operators",
				len(e.Left), len(out.types), len(e.Fns))
		}
		out.fns, out.eqs = comparisons(e.Op, e.Fns, e.Eqs, typesOf(e.Left), out.types)
		if e.Kind == plan.Any && e.Op == "=" && len(e.Left) == 1 && !out.depends {
			out.hashed = out.fns[0].same
		}
	}
	return out, nil
}

// freeSlots tells whether a slot is used that is not filled within.
func freeSlots(uses, bound []int) bool {
	filled := make(map[int]bool, len(bound))
	for _, s := range bound {
		filled[s] = true
	}
	for _, s := range uses {
		if !filled[s] {
			return true
		}
	}
	return false
}

// describe names a node's type for internal errors.
func describe(n plan.Node) string { return fmt.Sprintf("%T", n) }

package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// subLinks rewrites the queries of sub-selects inside an expression.
func (r *rewriter) subLinks(e Expr) {
	switch e.(type) {
	case *Const, *Param, *colRef:
		return
	}
	walkExpr(e, func(x Expr) bool {
		if s, ok := x.(*subLink); ok && !s.rewritten {
			s.rewritten = true
			if s.Kind == Exists {
				r.bareExists(s.q)
			}
			r.query(s.q)
		}
		return true
	})
}

// bareExists drops what does not matter to EXISTS: the select list and the order.
func (r *rewriter) bareExists(q *query) {
	if q.op != opNone || q.values != nil || q.grouped || q.hasSets || len(q.windows) > 0 || q.distinct || q.distinctOn != nil || q.dml != nil || len(q.locks) > 0 {
		return
	}
	t := &target{expr: int8One, name: "?column?"}
	t.id = r.a.newCol(colMeta{name: t.name, typ: types.Int8OID, mod: -1})
	q.targets, q.order = []*target{t}, nil
}

// unnestArray joins column = ANY (array) with the array's elements when an index
// could look them up and their number is known at run time only.
func (r *rewriter) unnestArray(x *ScalarArray) *semiJoin {
	c, ok := bareColumn(x.Left)
	if !ok || x.All || x.Op != "=" || len(freeOf(x.Array, nil)) > 0 || volatility(x.Array) == builtin.Volatile || hasSubLink(x.Array) {
		return nil
	}
	switch x.Array.(type) {
	case *Const, *ArrayExpr:
		return nil
	}
	m := &r.a.cols[c.ID]
	if m.base == nil || !leadsIndex(m.base.rel, m.attnum) {
		return nil
	}
	fn, err := r.a.resolveFunction("pg_catalog", "unnest", []Expr{x.Array}, nil, false, -1)
	if err != nil {
		return nil
	}
	elem := types.ElemOf(x.Array.Type())
	call := &Call{Typed: Typed{elem, -1, -1}, Fn: bind(fn.fn, []Expr{x.Array}, elem), Args: []Expr{x.Array}}
	id := r.a.newCol(colMeta{name: "unnest", typ: elem, mod: -1})
	f := &fromFunction{calls: []*Call{call}, widths: []int{1}, cols: []colID{id}, alias: "unnest"}
	on := &Call{Typed: Typed{types.BoolOID, -1, x.Loc}, Fn: x.Fn, Args: []Expr{x.Left, r.a.ref(id, -1)}, Op: "="}
	return &semiJoin{right: f, on: []Expr{on}, unique: true}
}

// leadsIndex reports whether a column is some index's first key.
func leadsIndex(rel *catalog.Relation, attnum int16) bool {
	for _, ix := range rel.Indexes {
		if ix.Valid && ix.Predicate == "" && len(ix.Keys) > 0 && ix.Keys[0].Column == attnum {
			return true
		}
	}
	return false
}

// semiJoin is a sub-select of WHERE that the planner joins.
type semiJoin struct {
	anti  bool
	right fromNode
	on    []Expr
	// unique tells that the right side may be made distinct and joined first.
	unique bool
}

// unnestSubLinks turns [NOT] EXISTS and IN among WHERE's conjuncts into joins.
func (r *rewriter) unnestSubLinks(q *query) {
	if len(q.from) == 0 {
		return
	}
	kept := q.where[:0:0]
	for _, e := range q.where {
		if s := r.unnest(e); s != nil {
			q.semi = append(q.semi, s)
			if (q.dml != nil || len(q.locks) > 0) && repeatable(e) {
				q.unnested = append(q.unnested, e)
			}
			continue
		}
		kept = append(kept, e)
	}
	q.where = kept
}

// repeatable reports whether a condition with a sub-select gives the same answer
// when it is computed again for a recheck.
func repeatable(e Expr) bool {
	ok := true
	walkExpr(e, func(x Expr) bool {
		if s, isLink := x.(*subLink); isLink {
			ok = ok && s.q.limit == nil && len(s.q.locks) == 0 && queryVolatility(s.q) != builtin.Volatile
		}
		return true
	})
	return ok
}

func (r *rewriter) unnest(e Expr) *semiJoin {
	if l, ok := e.(*Logic); ok && l.Op == Not {
		if s, ok := l.Args[0].(*subLink); ok && s.Kind == Exists {
			return r.unnestExists(s, true)
		}
		return nil
	}
	if arr, ok := e.(*ScalarArray); ok {
		return r.unnestArray(arr)
	}
	s, ok := e.(*subLink)
	if !ok {
		return nil
	}
	switch s.Kind {
	case Exists:
		return r.unnestExists(s, false)
	case Any:
		return r.unnestAny(s)
	}
	return nil
}

// unnestExists joins a plain EXISTS query whose conditions refer to the outside;
// without such conditions it is better computed once.
func (r *rewriter) unnestExists(s *subLink, anti bool) *semiJoin {
	q := s.q
	if q.op != opNone || q.values != nil || q.grouped || len(q.windows) > 0 || q.offset != nil || q.hasSets || len(q.from) == 0 ||
		len(q.locks) > 0 || q.dml != nil || len(q.with) > 0 || len(q.semi) > 0 {
		return nil
	}
	if q.limit != nil {
		c, ok := q.limit.(*Const)
		if !ok || c.Value.IsNull() || c.Value.Int() <= 0 {
			return nil
		}
	}
	made := map[colID]bool{}
	for _, n := range q.from {
		madeByFrom(n, made)
	}
	var on, inside []Expr
	for _, e := range q.where {
		outer := false
		for _, id := range freeOf(e, nil) {
			outer = outer || !made[id]
		}
		switch {
		case !outer:
			inside = append(inside, e)
		case hasSubLink(e) || volatility(e) == builtin.Volatile:
			return nil
		default:
			on = append(on, e)
		}
	}
	if len(on) == 0 {
		return nil
	}
	// What is left must not refer to the outside by other ways.
	for _, n := range q.from {
		if !selfContained(n, made) {
			return nil
		}
	}
	right := q.from[0]
	for _, n := range q.from[1:] {
		right = &fromJoin{kind: Inner, left: right, right: n}
	}
	if len(inside) > 0 || len(q.from) > 1 {
		right = &fromWhere{node: right, where: inside}
	}
	return &semiJoin{anti: anti, right: right, on: on}
}

// selfContained reports whether a FROM entry refers to nothing outside made.
func selfContained(n fromNode, made map[colID]bool) bool {
	ok := true
	check := func(e *Expr) {
		for _, id := range freeOf(*e, nil) {
			ok = ok && made[id]
		}
	}
	eachFromExpr(n, check)
	eachFromQuery(n, func(sub *query) {
		for _, id := range freeColumns(sub) {
			ok = ok && made[id]
		}
	})
	return ok
}

// unnestAny joins x IN (SELECT …) when the query stands on its own.
func (r *rewriter) unnestAny(s *subLink) *semiJoin {
	if s.Op != "=" || len(freeColumns(s.q)) > 0 || queryVolatility(s.q) == builtin.Volatile && len(s.q.locks) == 0 {
		return nil
	}
	outs := s.q.outputs()
	var on []Expr
	anyColumn := false
	for i, l := range s.Left {
		if hasSubLink(l) || volatility(l) == builtin.Volatile {
			return nil
		}
		anyColumn = anyColumn || len(freeOf(l, nil)) > 0
		on = append(on, &Call{Typed: Typed{types.BoolOID, -1, s.Loc}, Fn: s.Fns[i], Args: []Expr{l, r.a.ref(outs[i].id, -1)}, Op: "="})
	}
	if !anyColumn {
		return nil
	}
	return &semiJoin{right: &fromQuery{q: s.q}, on: on, unique: true}
}

package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
)

// rewriter simplifies a query tree before it is planned: constants folded, CTEs
// and simple subqueries merged into the query that reads them, sub-selects in
// WHERE turned into joins, outer joins that cannot give NULL rows into inner.
type rewriter struct {
	a *analyzer
	// subst gives, for the columns of merged subqueries, what they stand for.
	subst map[colID]Expr
}

func (a *analyzer) rewrite(q *query) {
	r := &rewriter{a: a}
	r.query(q)
}

// replace puts a merged subquery's expression in place of its column.
func (r *rewriter) replace(e Expr) Expr {
	c, ok := e.(*colRef)
	if !ok {
		return e
	}
	s, ok := r.subst[c.ID]
	if !ok {
		return e
	}
	return deepMapExpr(s, r.replace)
}

func (r *rewriter) query(q *query) {
	q.eachExpr(func(e *Expr) {
		*e = r.a.fold(*e)
		r.subLinks(*e)
	})
	q.where = resplit(q.where)
	q.having = resplit(q.having)
	for _, c := range q.with {
		if c.inlinable() {
			c.inlined = true
			continue
		}
		for _, sub := range []*query{c.q, c.start, c.step} {
			if sub != nil {
				r.query(sub)
			}
		}
	}
	merged := len(r.subst)
	for i := range q.from {
		q.from[i] = r.fromNode(q.from[i], &q.where, true)
	}
	if len(r.subst) > merged {
		deepMap(q, r.replace)
	}
	for _, sub := range []*query{q.left, q.right} {
		if sub != nil {
			r.query(sub)
		}
	}
	if q.dml != nil && q.dml.input != nil {
		r.query(q.dml.input)
	}
	r.reduceOuter(q)
	r.antiJoins(q)
	r.unnestSubLinks(q)
}

func resplit(list []Expr) []Expr {
	var out []Expr
	for _, e := range list {
		if c, ok := e.(*Const); ok && !c.Value.IsNull() && c.Value.Bool() {
			continue
		}
		out = conjuncts(e, out)
	}
	return out
}

// inlinable reports whether a CTE is merged into its one reader.
func (c *cteDef) inlinable() bool {
	if c.always || c.recursive || c.modifies || c.q == nil {
		return false
	}
	if c.refs == 0 {
		return true
	}
	return c.refs == 1 && len(c.q.locks) == 0 && queryVolatility(c.q) != builtin.Volatile
}

// fromNode rewrites a FROM entry. where takes the conditions of what is merged;
// nil where there is no place for them.
func (r *rewriter) fromNode(n fromNode, where *[]Expr, top bool) fromNode {
	switch x := n.(type) {
	case *fromCTE:
		if x.work || !x.cte.inlinable() {
			return n
		}
		sub := x.cte.q
		for i, t := range sub.outputs() {
			t.id = x.cols[i]
			if sub.op != opNone || sub.values != nil {
				t.expr = r.a.ref(t.id, -1)
			}
		}
		return r.fromNode(&fromQuery{q: sub, alias: x.alias}, where, top)
	case *fromQuery:
		r.query(x.q)
		return r.pullUp(x, where, top)
	case *fromJoin:
		x.on = resplit(x.on)
		lw, rw := where, where
		switch x.kind {
		case Left:
			rw = &x.on
		case Right:
			lw = &x.on
		case Full:
			lw, rw = nil, nil
		}
		if x.kind == Inner {
			lw, rw = where, where
			if where == nil {
				lw, rw = &x.on, &x.on
			}
		}
		x.left = r.fromNode(x.left, lw, top && (x.kind == Inner || x.kind == Left))
		x.right = r.fromNode(x.right, rw, top && (x.kind == Inner || x.kind == Right))
	}
	return n
}

// pullUp merges a simple subquery into the query around it.
func (r *rewriter) pullUp(x *fromQuery, where *[]Expr, top bool) fromNode {
	sub := x.q
	if where == nil || sub.op != opNone || sub.values != nil || sub.grouped || sub.distinct || sub.distinctOn != nil ||
		len(sub.windows) > 0 || sub.limit != nil || sub.offset != nil || sub.hasSets || len(sub.order) > 0 ||
		len(sub.locks) > 0 || sub.dml != nil || len(sub.from) == 0 || len(sub.semi) > 0 {
		return x
	}
	for _, c := range sub.with {
		if !c.inlined {
			return x
		}
	}
	own := map[colID]bool{}
	for _, n := range sub.from {
		madeByFrom(n, own)
	}
	for _, t := range sub.targets {
		// A LATERAL reference does not become NULL with the subquery's own columns.
		if c, plain := t.expr.(*colRef); plain && (top || own[c.ID]) {
			continue
		}
		// Below an outer join's NULL side an expression must stay where it is.
		if !top || volatility(t.expr) == builtin.Volatile || hasSubLink(t.expr) {
			return x
		}
	}
	if r.subst == nil {
		r.subst = map[colID]Expr{}
	}
	for _, t := range sub.targets {
		r.subst[t.id] = t.expr
		if c, plain := t.expr.(*colRef); plain && r.a.cols[c.ID].name != t.name {
			renamed := *c
			renamed.Name = t.name
			r.subst[t.id] = &renamed
		}
	}
	*where = append(*where, sub.where...)
	node := sub.from[0]
	for _, other := range sub.from[1:] {
		node = &fromJoin{kind: Inner, left: node, right: other}
	}
	return node
}

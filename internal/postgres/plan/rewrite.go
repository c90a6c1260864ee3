package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
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
		q.from[i] = r.fromNode(q, q.from[i], &q.where, true)
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
func (r *rewriter) fromNode(q *query, n fromNode, where *[]Expr, top bool) fromNode {
	switch x := n.(type) {
	case *fromCTE:
		if x.work || !x.cte.inlinable() {
			return n
		}
		sub := x.cte.q
		for i, t := range sub.outputs() {
			old := t.id
			t.id = x.cols[i]
			if sub.op != opNone || sub.values != nil {
				t.expr = r.a.ref(t.id, -1)
			}
			_ = old
		}
		return r.fromNode(q, &fromQuery{q: sub, alias: x.alias}, where, top)
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
		x.left = r.fromNode(q, x.left, lw, top && (x.kind == Inner || x.kind == Left))
		x.right = r.fromNode(q, x.right, rw, top && (x.kind == Inner || x.kind == Right))
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

// reduceOuter turns outer joins into inner ones where WHERE refuses the rows
// that only the outer join gives.
func (r *rewriter) reduceOuter(q *query) {
	var needed map[colID]bool
	for i := range q.from {
		if _, ok := q.from[i].(*fromJoin); !ok {
			continue
		}
		if needed == nil {
			needed = map[colID]bool{}
			for _, e := range q.where {
				r.strictColumns(e, needed)
			}
		}
		r.reduceNode(q.from[i], needed)
	}
}

func (r *rewriter) reduceNode(n fromNode, needed map[colID]bool) {
	j, ok := n.(*fromJoin)
	if !ok {
		return
	}
	has := func(n fromNode) bool {
		for _, id := range fromColumns(n, nil) {
			if needed[id] {
				return true
			}
		}
		return false
	}
	switch j.kind {
	case Left:
		if has(j.right) {
			j.kind = Inner
		}
	case Right:
		if has(j.left) {
			j.kind = Inner
		}
	case Full:
		l, rt := has(j.left), has(j.right)
		switch {
		case l && rt:
			j.kind = Inner
		case l:
			j.kind = Left
		case rt:
			j.kind = Right
		}
	}
	inner := needed
	if j.kind == Inner {
		inner = map[colID]bool{}
		for id := range needed {
			inner[id] = true
		}
		for _, e := range j.on {
			r.strictColumns(e, inner)
		}
	}
	switch j.kind {
	case Inner:
		r.reduceNode(j.left, inner)
		r.reduceNode(j.right, inner)
	case Left:
		r.reduceNode(j.left, needed)
		r.reduceNode(j.right, r.onColumns(j))
	case Right:
		r.reduceNode(j.right, needed)
		r.reduceNode(j.left, r.onColumns(j))
	}
}

// onColumns are the columns that an outer join's condition needs not NULL.
func (r *rewriter) onColumns(j *fromJoin) map[colID]bool {
	m := map[colID]bool{}
	for _, e := range j.on {
		r.strictColumns(e, m)
	}
	return m
}

// strictColumns notes the columns whose being NULL keeps e from being true.
func (r *rewriter) strictColumns(e Expr, out map[colID]bool) {
	switch x := e.(type) {
	case *colRef:
		out[x.ID] = true
	case *Call:
		if x.Fn.Strict && x.Fn.Set == nil {
			for _, c := range x.Args {
				r.strictColumns(c, out)
			}
		}
	case *Cast:
		if x.Cast == nil || x.Cast.Fn != nil || !isRowType(x.T) {
			r.strictColumns(x.Arg, out)
		}
	case *Logic:
		if x.Op == And {
			for _, c := range x.Args {
				r.strictColumns(c, out)
			}
		}
		if x.Op == Or && len(x.Args) > 0 {
			common := map[colID]bool{}
			r.strictColumns(x.Args[0], common)
			for _, c := range x.Args[1:] {
				m := map[colID]bool{}
				r.strictColumns(c, m)
				for id := range common {
					if !m[id] {
						delete(common, id)
					}
				}
			}
			for id := range common {
				out[id] = true
			}
		}
		if x.Op == Not {
			switch x.Args[0].(type) {
			case *Call, *colRef, *ScalarArray:
				r.strictColumns(x.Args[0], out)
			}
		}
	case *NullTest:
		if x.Not && !isRowType(x.Arg.Type()) {
			r.strictColumns(x.Arg, out)
		}
	case *BoolTest:
		if !x.Want.IsNull() && !x.Not {
			r.strictColumns(x.Arg, out)
		}
	case *ScalarArray:
		if !x.All {
			r.strictColumns(x.Left, out)
		}
	case *RowCompare:
		if len(x.Left) > 0 {
			r.strictColumns(x.Left[0], out)
		}
	}
}

// antiJoins turns a LEFT JOIN whose NULL rows alone WHERE keeps into an anti-join.
func (r *rewriter) antiJoins(q *query) {
	for _, n := range q.from {
		for j, ok := n.(*fromJoin); ok; j, ok = j.left.(*fromJoin) {
			if j.kind != Left {
				if j.kind != Inner {
					break
				}
				continue
			}
			r.antiJoin(q, j)
		}
	}
}

func (r *rewriter) antiJoin(q *query, j *fromJoin) {
	right := map[colID]bool{}
	madeByFrom(j.right, right)
	strict := r.onColumns(j)
	for _, e := range q.where {
		t, ok := e.(*NullTest)
		if !ok || t.Not {
			continue
		}
		c, ok := t.Arg.(*colRef)
		if !ok || !right[c.ID] || !strict[c.ID] && !r.neverNull(j.right, c.ID) {
			continue
		}
		j.kind = Anti
		on := j.on
		j.on = nil
		// Every row left has NULL in the right side's columns.
		deepMap(q, func(x Expr) Expr {
			if c, ok := x.(*colRef); ok && right[c.ID] {
				return &Const{Typed: c.Typed}
			}
			return x
		})
		j.on = on
		for i := range q.where {
			q.where[i] = r.a.fold(q.where[i])
		}
		q.where = resplit(q.where)
		return
	}
}

// neverNull reports whether a table of an inner-joined entry declares the column
// NOT NULL.
func (r *rewriter) neverNull(n fromNode, id colID) bool {
	t, ok := n.(*baseTable)
	return ok && r.a.cols[id].base == t && r.a.cols[id].notNull
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

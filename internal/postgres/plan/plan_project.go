package plan

import (
	"slices"
)

// projectPath computes a select list.
type projectPath struct {
	pathInfo
	input path
	list  []*target
	sets  bool
}

// project computes the select list: with junk too, if something above sorts or
// compares by it.
func (p *planner) project(q *query, in path, junk bool) path {
	list := make([]*target, 0, len(q.targets))
	for i, t := range q.targets {
		if (t.junk && !junk) || (q.pruned != nil && q.pruned[i]) {
			continue
		}
		list = append(list, t)
	}
	e := in.est()
	n := &projectPath{input: in, list: list, sets: q.hasSets}
	n.pathInfo = *e
	n.order = p.projectedOrder(e.order, list)
	cost, width := 0.0, 0
	for _, t := range list {
		cost += exprCost(t.expr)
		width += typeWidth(t.expr.Type(), t.expr.Typmod())
		for _, id := range freeOf(t.expr, nil) {
			n.req = addReq(n.req, p.notFrom(q, id))
		}
	}
	n.Width = width
	if len(in.est().order) == 0 {
		n.order = nil
	}
	n.Startup += cost
	n.Total += e.Rows * cost
	if n.sets {
		n.Rows = clampRows(e.Rows * 100)
		n.Total += n.Rows * costTuple
		n.single = false
	}
	return n
}

// notFrom gives id as a list if the query's own FROM does not produce it.
func (p *planner) notFrom(q *query, id colID) []colID {
	if p.made == nil {
		p.made = map[*query]map[colID]bool{}
	}
	m := p.made[q]
	if m == nil {
		m = map[colID]bool{}
		collectMade(q, m)
		p.made[q] = m
	}
	if m[id] {
		return nil
	}
	return []colID{id}
}

// projectedOrder tells the order of a projection's rows by its own columns.
func (p *planner) projectedOrder(order []SortKey, list []*target) []SortKey {
	var out []SortKey
next:
	for _, k := range order {
		for _, t := range list {
			if equalExpr(t.expr, k.Expr) {
				out = append(out, SortKey{Expr: p.a.ref(t.id, -1), Desc: k.Desc, NullsFirst: k.NullsFirst})
				continue next
			}
		}
		break
	}
	return out
}

func (n *projectPath) build(b *builder) (Node, []colID) {
	in, from := n.input.build(b)
	layout := make([]colID, len(n.list))
	exprs := make([]Expr, len(n.list))
	same := len(from) == len(n.list) && !n.sets
	for i, t := range n.list {
		layout[i] = t.id
		c, ok := t.expr.(*colRef)
		same = same && ok && from[i] == c.ID
	}
	if same {
		// The columns are there already: only their names may differ.
		return rename(in, b.infos(layout)), layout
	}
	for i, t := range n.list {
		exprs[i] = b.compile(t.expr, from)
	}
	if r, ok := in.(*Result); ok && len(from) == 0 && !n.sets {
		r.Exprs, r.Cols, r.Cost = exprs, b.infos(layout), n.Estimate
		return r, layout
	}
	if n.sets {
		return b.projectSets(in, exprs, b.infos(layout), n.Estimate), layout
	}
	out := &Project{Input: in, Exprs: exprs}
	out.Cols, out.Cost = b.infos(layout), n.Estimate
	return out, layout
}

// rename gives a node's columns other names; types and numbers stay.
func rename(n Node, cols []ColumnInfo) Node {
	have := n.Out()
	for i := range cols {
		if i < len(have) {
			have[i].Name = cols[i].Name
		}
	}
	return n
}

// projectSets evaluates set-returning functions: those nested in expressions one
// level below the expressions that use them.
func (b *builder) projectSets(in Node, exprs []Expr, cols []ColumnInfo, cost Estimate) Node {
	var lower []Expr
	upper := make([]Expr, len(exprs))
	width := len(in.Out())
	nested := false
	for _, e := range exprs {
		c, call := e.(*Call)
		nested = nested || isSet(e) && !(call && c.Fn.Set != nil && !anySetBelow(c))
	}
	for i, e := range exprs {
		upper[i] = e
		if nested && isSet(e) {
			// Functions of one level give their rows side by side, so those that stand
			// alone go down too.
			upper[i] = b.liftSets(e, width, &lower)
		}
	}
	if nested {
		// Everything else that the upper level needs passes through.
		pass := make([]Expr, 0, width+len(lower))
		passed := slices.Clone(in.Out())
		for k, c := range in.Out() {
			pass = append(pass, &Column{Typed: Typed{c.Type, c.Typmod, -1}, Index: k, Name: c.Name})
		}
		for _, l := range lower {
			pass = append(pass, l)
			passed = append(passed, ColumnInfo{Name: "?column?", Type: l.Type(), Typmod: -1})
		}
		in, exprs = b.projectSets(in, pass, passed, cost), upper
	}
	sets := false
	for _, e := range exprs {
		sets = sets || isSet(e)
	}
	if !sets {
		out := &Project{Input: in, Exprs: exprs}
		out.Cols, out.Cost = cols, cost
		return out
	}
	out := &ProjectSet{Input: in, Exprs: exprs}
	out.Cols, out.Cost = cols, cost
	return out
}

func anySetBelow(c *Call) bool {
	for _, a := range c.Args {
		if isSet(a) {
			return true
		}
	}
	return false
}

// liftSets replaces the innermost set-returning calls by columns that the level
// below computes.
func (b *builder) liftSets(e Expr, width int, lower *[]Expr) Expr {
	return mapExpr(e, func(x Expr) Expr {
		c, ok := x.(*Call)
		if !ok || c.Fn.Set == nil || anySetBelow(c) {
			return x
		}
		*lower = append(*lower, c)
		return &Column{Typed: c.Typed, Index: width + len(*lower) - 1, Name: c.Fn.Name}
	})
}

// dropJunk removes sort-only columns at the end.
func (p *planner) dropJunk(q *query, in path) path {
	outs := q.outputs()
	if len(outs) == len(q.targets) && q.pruned == nil {
		return in
	}
	var list []*target
	found := false
	for i, t := range q.targets {
		if q.pruned != nil && q.pruned[i] {
			continue
		}
		if t.junk {
			found = true
			continue
		}
		list = append(list, &target{expr: p.a.ref(t.id, -1), name: t.name, id: t.id})
	}
	if !found {
		return in
	}
	n := &projectPath{input: in, list: list}
	n.pathInfo = *in.est()
	return n
}

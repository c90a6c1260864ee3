package plan

import (
	"math"
	"slices"
)

// aggPath groups and aggregates.
type aggPath struct {
	pathInfo
	input    path
	q        *query
	strategy AggStrategy
}

// group plans GROUP BY, aggregates and HAVING over the candidates.
func (p *planner) group(q *query, paths []path) path {
	in := cheapest(paths)
	if k := p.minMax(q); k != nil {
		if best := p.minMaxInput(paths, *k); best != nil {
			in = best
		}
	}
	a := &aggPath{input: in, q: q}
	e := in.est()
	keys := make([]SortKey, len(q.group))
	exprs := make([]Expr, len(q.group))
	for i, g := range q.group {
		keys[i], exprs[i] = SortKey{Expr: g.expr}, g.expr
	}
	switch {
	case len(q.group) == 0 && len(q.sets) == 0:
		a.strategy = AggPlain
	case len(q.sets) > 0:
		a.strategy = AggHashed
	default:
		a.strategy = AggHashed
		// Input that comes sorted costs no memory.
		for _, c := range paths {
			if sortedBy(c.est().order, keys) == len(keys) && c.est().Total <= e.Total*1.2 {
				a.input, a.strategy, e = c, AggSorted, c.est()
				break
			}
		}
		if a.strategy == AggHashed && p.a.env.Settings.DisableHashAgg {
			a.input, a.strategy = p.sort(in, keys, nil), AggSorted
			e = a.input.est()
		}
	}
	groups := p.distinctOf(exprs, e.Rows)
	if len(q.sets) > 0 {
		groups = clampRows(groups * float64(len(q.sets)) / 2)
	}
	cost := 0.0
	for _, ag := range q.aggs {
		cost += costOperator + listCost(ag.Args)
	}
	cost += float64(len(q.group)) * costOperator
	a.pathInfo = *e
	a.Rows = clampRows(groups * p.selectivity(q.having))
	if len(q.group) == 0 && len(q.sets) == 0 {
		a.Rows, a.single = 1, true
	}
	a.Startup = e.Total + e.Rows*cost
	a.Total = a.Startup + groups*(costTuple+listCost(q.having))
	a.order = nil
	if a.strategy == AggSorted {
		a.Startup = e.Startup
		for _, g := range q.group {
			a.order = append(a.order, SortKey{Expr: p.a.ref(g.id, -1)})
		}
	}
	a.Width = 0
	for _, g := range q.group {
		a.Width += typeWidth(g.expr.Type(), -1)
	}
	for _, ag := range q.aggs {
		a.Width += typeWidth(ag.T, -1)
	}
	for _, ag := range q.aggs {
		for _, id := range freeOf(ag, nil) {
			a.req = addReq(a.req, p.notFrom(q, id))
		}
	}
	for _, h := range q.having {
		for _, id := range freeOf(h, nil) {
			a.req = addReq(a.req, p.notFrom(q, id))
		}
	}
	return a
}

func (a *aggPath) build(b *builder) (Node, []colID) {
	in, from := a.input.build(b)
	n := &Aggregate{Input: in, Strategy: a.strategy}
	var layout []colID
	for _, g := range a.q.group {
		n.Group = append(n.Group, b.compile(g.expr, from))
		layout = append(layout, g.id)
	}
	for _, ag := range a.q.aggs {
		n.Aggs = append(n.Aggs, Agg{
			Fn: ag.Fn, Args: b.compileList(ag.Args, from), Direct: b.compileList(ag.Direct, from), Distinct: ag.Distinct,
			Order: b.compileKeys(ag.Order, from), Filter: b.compile(ag.Filter, from), Type: ag.T, Variadic: ag.Variadic,
		})
		layout = append(layout, ag.id)
	}
	n.Sets = a.q.sets
	for _, g := range a.q.grouping {
		n.Grouping = append(n.Grouping, g.at)
		layout = append(layout, g.id)
	}
	n.Having = b.compile(andAll(a.q.having), layout)
	n.Cols, n.Cost = b.infos(layout), a.Estimate
	return n, layout
}

// minMax gives the order that answers a lone min() or max() with one row.
func (p *planner) minMax(q *query) *SortKey {
	if len(q.aggs) != 1 || len(q.group) > 0 || len(q.sets) > 0 || len(q.from) != 1 || len(q.semi) > 0 {
		return nil
	}
	ag := q.aggs[0]
	if _, ok := q.from[0].(*baseTable); !ok || ag.Filter != nil || ag.Distinct || len(ag.Order) > 0 || len(ag.Args) != 1 {
		return nil
	}
	switch ag.Fn.Name {
	case "min":
		return &SortKey{Expr: stripRelabel(ag.Args[0])}
	case "max":
		return &SortKey{Expr: stripRelabel(ag.Args[0]), Desc: true, NullsFirst: true}
	}
	return nil
}

func stripRelabel(e Expr) Expr {
	if c, ok := bareColumn(e); ok {
		return c
	}
	return e
}

// minMaxInput limits a path in the aggregate's order to its first row that is
// not NULL.
func (p *planner) minMaxInput(paths []path, k SortKey) path {
	var best path
	whole := cheapest(paths).est().Total
	for _, in := range paths {
		e := in.est()
		if sortedBy(e.order, []SortKey{k}) != 1 {
			continue
		}
		if c, ok := k.Expr.(*colRef); !ok || !p.a.cols[c.ID].notNull {
			in = p.filter(in, []Expr{&NullTest{Typed: Typed{boolOID, -1, -1}, Arg: k.Expr, Not: true}})
			e = in.est()
		}
		l := &limitPath{input: in, count: int8One}
		l.pathInfo = *e
		l.Rows, l.single = 1, true
		l.Total = e.Startup + (e.Total-e.Startup)/math.Max(e.Rows, 1)
		if l.Total < whole && (best == nil || l.Total < best.est().Total) {
			best = l
		}
	}
	return best
}

// windowPath computes one window's calls.
type windowPath struct {
	pathInfo
	input path
	w     *window
}

// windowSort is the order a window needs: its partitions, then its own order.
func windowSort(w *window) []SortKey {
	out := make([]SortKey, 0, len(w.partition)+len(w.order))
	for _, e := range w.partition {
		out = append(out, SortKey{Expr: e})
	}
	for _, k := range w.order {
		dup := false
		for _, o := range out {
			dup = dup || equalExpr(o.Expr, k.Expr)
		}
		if !dup {
			out = append(out, k)
		}
	}
	return out
}

func (p *planner) window(w *window, in path) path {
	in = p.sort(in, windowSort(w), nil)
	e := in.est()
	n := &windowPath{input: in, w: w}
	n.pathInfo = *e
	cost := 0.0
	for _, c := range w.calls {
		cost += costOperator + listCost(c.Args)
		n.Width += typeWidth(c.T, -1)
	}
	n.Total += e.Rows * (cost + costTuple)
	n.single = e.single
	return n
}

func (n *windowPath) build(b *builder) (Node, []colID) {
	in, from := n.input.build(b)
	out := &Window{Input: in, Partition: b.compileList(n.w.partition, from), Order: b.compileKeys(n.w.order, from)}
	layout := slices.Clone(from)
	frame := n.w.frame
	frame.Start.Offset = b.compile(frame.Start.Offset, nil)
	frame.End.Offset = b.compile(frame.End.Offset, nil)
	for _, c := range n.w.calls {
		out.Calls = append(out.Calls, WindowCall{
			Fn: c.Fn, Args: b.compileList(c.Args, from), Filter: b.compile(c.Filter, from), Type: c.T, Frame: frame,
		})
		layout = append(layout, c.id)
	}
	out.Cols, out.Cost = b.infos(layout), n.Estimate
	return out, layout
}

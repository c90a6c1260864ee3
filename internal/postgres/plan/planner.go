package plan

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// planner chooses physical operators for analysed queries.
type planner struct {
	a *analyzer
	// uses counts the readers of each column, by identity.
	uses  []int32
	slots int
	made  map[*query]map[colID]bool
}

func (p *planner) newSlot() int {
	p.slots++
	return p.slots - 1
}

// path is one way to compute something, with its cost; build makes its nodes and
// gives the identities of the top one's columns.
type path interface {
	est() *pathInfo
	build(b *builder) (Node, []colID)
}

// pathInfo is what the planner knows about a path.
type pathInfo struct {
	Estimate
	// order is how the rows are sorted, most significant first.
	order []SortKey
	// req lists the columns it needs from outside, through slots.
	req []colID
	// single tells that there is at most one row.
	single bool
}

func (i *pathInfo) est() *pathInfo { return i }

// finish plans an analysed statement.
func (a *analyzer) finish(q *query, tag string) (*Plan, error) {
	a.rewrite(q)
	p := &planner{a: a, uses: make([]int32, len(a.cols))}
	p.markQuery(q, nil)
	top, err := p.query(q)
	if err != nil {
		return nil, err
	}
	b := &builder{p: p}
	node, layout := top.build(b)
	if b.err != nil {
		return nil, b.err
	}
	out := &Plan{Root: node, Params: a.params, Tag: tag, Relations: a.rels, Slots: p.slots, CatalogVersion: a.env.View.Version()}
	for _, r := range a.rels {
		out.Writes = out.Writes || r.Write || r.RowLock
	}
	outs := q.outputs()
	if q.dml != nil {
		outs = q.dml.returning
	}
	out.Columns = make([]ResultColumn, 0, len(outs))
	for _, t := range outs {
		m := &a.cols[t.id]
		out.Columns = append(out.Columns, ResultColumn{Name: t.name, Type: m.typ, Typmod: m.mod, Table: t.table, Attnum: t.attnum})
	}
	_ = layout
	return out, nil
}

// setErr keeps the first error of building.
func (b *builder) setErr(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) fail(format string, args ...any) {
	b.setErr(pgerr.New(pgerr.InternalError, format, args...))
}

// markQuery notes what a query reads. outs, by position, tells which of its
// output columns are wanted; nil is all. Unwanted ones of a plain query lose
// their expression.
func (p *planner) markQuery(q *query, wanted func(colID) bool) {
	prune := wanted != nil && q.op == opNone && !q.distinct && q.distinctOn == nil && !q.hasSets && q.values == nil && q.dml == nil
	q.pruned = nil
	for i, t := range q.targets {
		if prune && !t.junk && !wanted(t.id) && !q.targetSorts(i) {
			if q.pruned == nil {
				q.pruned = make([]bool, len(q.targets))
			}
			q.pruned[i] = true
			t.expr = nullConst(p.a.cols[t.id].typ)
			continue
		}
		if t.expr != nil && q.op == opNone && q.values == nil {
			p.markExpr(t.expr)
		}
		p.uses[t.id]++
	}
	for _, e := range q.where {
		p.markExpr(e)
	}
	if q.dml != nil || len(q.locks) > 0 {
		// They are computed once more when a row has changed meanwhile.
		for _, e := range innerList(q.from, q.where) {
			p.markExpr(e)
		}
		for _, e := range q.unnested {
			p.markExpr(e)
		}
	}
	for _, e := range q.having {
		p.markExpr(e)
	}
	for _, g := range q.group {
		p.markExpr(g.expr)
	}
	for _, w := range q.windows {
		for _, e := range w.partition {
			p.markExpr(e)
		}
		for _, k := range w.order {
			p.markExpr(k.Expr)
		}
		p.markExpr(w.frame.Start.Offset)
		p.markExpr(w.frame.End.Offset)
		for _, c := range w.calls {
			p.markExpr(c)
		}
	}
	for _, ag := range q.aggs {
		p.markExpr(ag)
	}
	p.markExpr(q.limit)
	p.markExpr(q.offset)
	for _, row := range q.values {
		for _, e := range row {
			p.markExpr(e)
		}
	}
	if q.dml != nil {
		q.dml.eachExpr(func(e *Expr) { p.markExpr(*e) })
		if q.dml.input != nil {
			p.markQuery(q.dml.input, nil)
		}
	}
	for i := len(q.semi) - 1; i >= 0; i-- {
		s := q.semi[i]
		for _, e := range s.on {
			p.markExpr(e)
		}
	}
	// LATERAL refers to the left, so what is on the right is marked first.
	for i := len(q.semi) - 1; i >= 0; i-- {
		p.markFrom(q.semi[i].right)
	}
	for i := len(q.from) - 1; i >= 0; i-- {
		p.markFrom(q.from[i])
	}
	for _, sub := range []*query{q.left, q.right} {
		if sub != nil {
			p.markQuery(sub, nil)
		}
	}
	for _, c := range q.with {
		if c.inlined {
			continue
		}
		for _, sub := range []*query{c.q, c.start, c.step} {
			if sub != nil {
				p.markQuery(sub, nil)
			}
		}
	}
}

func (q *query) targetSorts(i int) bool {
	for _, o := range q.order {
		if o.target == i {
			return true
		}
	}
	return false
}

func (p *planner) markExpr(e Expr) {
	switch x := e.(type) {
	case nil, *Const, *Param:
		return
	case *colRef:
		p.uses[x.ID]++
		return
	}
	walkExpr(e, func(x Expr) bool {
		switch x := x.(type) {
		case *colRef:
			p.uses[x.ID]++
		case *subLink:
			p.markQuery(x.q, nil)
		}
		return true
	})
}

func (p *planner) markFrom(n fromNode) {
	switch x := n.(type) {
	case *fromQuery:
		p.markQuery(x.q, func(id colID) bool { return p.uses[id] > 0 })
	case *fromFunction:
		for _, c := range x.calls {
			for _, e := range c.Args {
				p.markExpr(e)
			}
		}
	case *fromJoin:
		for _, e := range x.on {
			p.markExpr(e)
		}
		p.markFrom(x.right)
		p.markFrom(x.left)
	case *fromWhere:
		for _, e := range x.where {
			p.markExpr(e)
		}
		p.markFrom(x.node)
	}
}

// subplan plans a sub-select of an expression.
func (p *planner) subplan(s *subLink) (path, error) {
	if q := s.q; s.Kind == Exists && q.limit == nil && q.op == opNone && q.values == nil && q.dml == nil && len(q.locks) == 0 {
		// One row is enough.
		q.limit = int8One
	}
	return p.query(s.q)
}

// sortedBy tells how many leading keys of want an ordering has.
func sortedBy(have, want []SortKey) int {
	n := 0
	for n < len(have) && n < len(want) {
		h, w := have[n], want[n]
		if h.Desc != w.Desc || h.NullsFirst != w.NullsFirst || !equalExpr(h.Expr, w.Expr) {
			break
		}
		n++
	}
	return n
}

// addReq unites lists of outside columns.
func addReq(a, b []colID) []colID {
	out := slices.Clip(a)
	for _, id := range b {
		out = appendCol(out, id)
	}
	return out
}

package plan

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

const boolOID = types.BoolOID

// dmlPath modifies a table.
type dmlPath struct {
	pathInfo
	input path
	q     *query
}

func (p *planner) dml(q *query) (path, error) {
	d := q.dml
	out := &dmlPath{q: q}
	if d.verb == "INSERT" {
		in, err := p.query(d.input)
		if err != nil {
			return nil, err
		}
		out.input = in
	} else {
		paths, err := p.joinTree(q.from, q.semi, q.where, nil)
		if err != nil {
			return nil, err
		}
		out.input = cheapest(paths)
	}
	e := out.input.est()
	out.pathInfo = *e
	out.order = nil
	if len(d.returning) == 0 {
		out.Rows, out.Width = 0, 0
	}
	out.Total += e.Rows * costFetch
	return out, nil
}

func (d *dmlPath) build(b *builder) (Node, []colID) {
	spec := d.q.dml
	layout := make([]colID, len(spec.returning))
	for i, t := range spec.returning {
		layout[i] = t.id
	}
	cols := b.infos(layout)
	in, from := d.input.build(b)
	row := rowLayout(spec.table)
	if spec.verb == "INSERT" {
		n := &Insert{Rel: spec.table.rel, Input: in, Columns: spec.columns, Generated: spec.generated, Checks: spec.checks}
		n.Conflict = b.conflict(spec, row)
		n.Returning = b.returning(spec, row)
		n.Cols, n.Cost = cols, d.Estimate
		return n, layout
	}
	in, rest := b.arrange(in, from, spec.table)
	// The row, its TID, then whatever else FROM gives.
	all := append(append(slices.Clone(row), spec.table.tid), rest...)
	after := append(slices.Clone(row), rest...)
	recheck := b.recheck(d.q, all)
	if spec.verb == "UPDATE" {
		n := &Update{Rel: spec.table.rel, Input: in, Generated: spec.generated, Checks: spec.checks, Recheck: recheck}
		n.Set = b.compileAssigns(spec.set, all)
		n.Returning = b.returning(spec, after)
		n.Cols, n.Cost = cols, d.Estimate
		return n, layout
	}
	n := &Delete{Rel: spec.table.rel, Input: in, Recheck: recheck, Returning: b.returning(spec, after)}
	n.Cols, n.Cost = cols, d.Estimate
	return n, layout
}

// rowLayout gives a table's columns by position; -1 for dropped ones, which
// nothing refers to.
func rowLayout(t *baseTable) []colID { return slices.Clone(t.cols) }

func (b *builder) returning(d *dml, layout []colID) []Expr {
	var out []Expr
	for _, t := range d.returning {
		out = append(out, b.compile(t.expr, layout))
	}
	return out
}

func (b *builder) conflict(d *dml, row []colID) *Conflict {
	c := d.conflict
	if c == nil {
		return nil
	}
	out := &Conflict{Arbiters: c.arbiters, Nothing: c.nothing}
	if c.nothing {
		return out
	}
	both := append(slices.Clone(row), d.excluded.cols...)
	out.Set = b.compileAssigns(c.set, both)
	out.Where = b.compile(c.where, both)
	return out
}

// arrange puts the target's columns first, by position, then its TID, then the
// rest, whose identities it gives.
func (b *builder) arrange(in Node, from []colID, t *baseTable) (Node, []colID) {
	used := make([]bool, len(from))
	exprs := make([]Expr, 0, len(from)+1)
	cols := make([]ColumnInfo, 0, len(from)+1)
	straight := true
	take := func(id colID) {
		at := slices.Index(from, id)
		if at < 0 {
			b.fail("a column of the modified table is missing from the plan")
			return
		}
		used[at] = true
		straight = straight && at == len(exprs)
		c := in.Out()[at]
		exprs = append(exprs, &Column{Typed: Typed{c.Type, c.Typmod, -1}, Index: at, Name: c.Name})
		cols = append(cols, c)
	}
	for i, id := range t.cols {
		if id < 0 {
			straight = false
			typ := t.rel.Columns[i].Type
			exprs = append(exprs, nullConst(typ))
			cols = append(cols, ColumnInfo{Type: typ, Typmod: -1})
			continue
		}
		take(id)
	}
	take(t.tid)
	var rest []colID
	for i, id := range from {
		if used[i] {
			continue
		}
		rest = append(rest, id)
		straight = straight && i == len(exprs)
		c := in.Out()[i]
		exprs = append(exprs, &Column{Typed: Typed{c.Type, c.Typmod, -1}, Index: i, Name: c.Name})
		cols = append(cols, c)
	}
	if straight || b.err != nil {
		return in, rest
	}
	n := &Project{Input: in, Exprs: exprs}
	n.Cols, n.Cost = cols, *in.Est()
	return n, rest
}

// implies reports whether conditions make a predicate true: each of its
// conjuncts must be among them, or follow from one by simple comparison.
func implies(have, want []Expr) bool {
	for _, w := range want {
		ok := false
		for _, h := range have {
			if equalExpr(h, w) || follows(h, w) {
				ok = true
				break
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// follows proves w from h: x IS NOT NULL from a strict condition on x, and
// x < 5 from x < 3 and the like.
func follows(h, w Expr) bool {
	if n, ok := w.(*NullTest); ok && n.Not {
		r := &rewriter{}
		m := map[colID]bool{}
		r.strictColumns(h, m)
		c, isCol := n.Arg.(*colRef)
		return isCol && m[c.ID]
	}
	hc, ok1 := h.(*Call)
	wc, ok2 := w.(*Call)
	if !ok1 || !ok2 || len(hc.Args) != 2 || len(wc.Args) != 2 || !equalExpr(hc.Args[0], wc.Args[0]) {
		return false
	}
	hv, ok1 := hc.Args[1].(*Const)
	wv, ok2 := wc.Args[1].(*Const)
	if !ok1 || !ok2 || hv.T != wv.T || hv.Value.IsNull() || wv.Value.IsNull() || types.ByOID(hv.T) == nil {
		return false
	}
	cmp := types.Compare(hv.T, hv.Value, wv.Value)
	switch wc.Op {
	case "<":
		return (hc.Op == "<" && cmp <= 0) || ((hc.Op == "<=" || hc.Op == "=") && cmp < 0)
	case "<=":
		return (hc.Op == "<" || hc.Op == "<=" || hc.Op == "=") && cmp <= 0
	case ">":
		return (hc.Op == ">" && cmp >= 0) || ((hc.Op == ">=" || hc.Op == "=") && cmp > 0)
	case ">=":
		return (hc.Op == ">" || hc.Op == ">=" || hc.Op == "=") && cmp >= 0
	case "<>":
		return hc.Op == "=" && cmp != 0
	}
	return false
}

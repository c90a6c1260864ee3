package plan

import (
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// scanPath reads a table, whole or through an index.
type scanPath struct {
	pathInfo
	t       *baseTable
	index   *catalog.Index
	spans   []spanSpec
	conds   []Expr // what the spans came from
	shown   []Expr // the same as EXPLAIN is to show it
	filter  []Expr
	point   bool
	reverse bool
}

// scanColumns lists the columns a scan of t gives: those read, in the select
// list's order if that is known; then the TID if it is wanted. What only the
// conditions in done read is left out: the scan's bounds see to those.
func (p *planner) scanColumns(t *baseTable, done []Expr) (cols []int, layout []colID, tid bool) {
	read := func(id colID) bool {
		n := p.uses[id]
		if n == 0 || len(done) == 0 {
			return n > 0
		}
		for _, e := range done {
			walkExpr(e, func(x Expr) bool {
				if c, ok := x.(*colRef); ok && c.ID == id {
					n--
				}
				return true
			})
		}
		return n > 0
	}
	for _, id := range t.prefer {
		for i, c := range t.cols {
			if c == id {
				cols, layout = append(cols, i), append(layout, id)
			}
		}
	}
	first := len(cols)
	for i, id := range t.cols {
		if id < 0 || (!t.wantAll && !read(id)) {
			continue
		}
		seen := false
		for _, c := range cols[:first] {
			seen = seen || c == i
		}
		if !seen {
			cols, layout = append(cols, i), append(layout, id)
		}
	}
	if t.tid >= 0 && (t.wantTID || p.uses[t.tid] > 0) {
		return cols, append(layout, t.tid), true
	}
	return cols, layout, false
}

// done lists the conditions that the spans fulfil.
func (s *scanPath) done() []Expr {
	var out []Expr
	for _, e := range s.conds {
		if !slices.Contains(s.filter, e) {
			out = append(out, e)
		}
	}
	return out
}

func (s *scanPath) build(b *builder) (Node, []colID) {
	cols, layout, tid := b.p.scanColumns(s.t, s.done())
	n := &Scan{Rel: s.t.rel, Alias: s.t.alias, Columns: cols, WithTID: tid, Index: s.index, Point: s.point, Reverse: s.reverse}
	n.Cols, n.Cost = b.infos(layout), s.Estimate
	for _, sp := range s.spans {
		n.Spans = append(n.Spans, b.span(sp))
	}
	n.Filter = b.compile(andAll(s.filter), layout)
	if len(s.shown) > 0 {
		// For EXPLAIN only, which resolves its columns itself: they may not be among
		// those read.
		n.IndexCond = b.describe(andAll(s.shown), s.t)
	}
	return n, layout
}

// describe compiles an index condition over the table's whole row.
func (b *builder) describe(e Expr, t *baseTable) Expr {
	return mapExpr(e, func(x Expr) Expr {
		c, ok := x.(*colRef)
		if !ok {
			return x
		}
		for i, id := range t.cols {
			if id == c.ID {
				return &Column{Typed: c.Typed, Index: i, Name: c.Name}
			}
		}
		return b.column(c, nil)
	})
}

func (b *builder) span(sp spanSpec) Span {
	out := Span{LowerInc: sp.lowerInc, UpperInc: sp.upperInc, NotNull: sp.notNull}
	out.Lower, out.Upper = b.compile(sp.lower, nil), b.compile(sp.upper, nil)
	for i, e := range sp.eq {
		if e == nil {
			if out.EqNull == nil {
				out.EqNull = make([]bool, len(sp.eq))
			}
			out.EqNull[i] = true
			out.Eq = append(out.Eq, nullConst(types.TextOID))
			continue
		}
		out.Eq = append(out.Eq, b.compile(e, nil))
	}
	return out
}

// virtualPath reads a computed table.
type virtualPath struct {
	pathInfo
	t      *baseTable
	eq     map[int]Expr
	filter []Expr
}

func (s *virtualPath) build(b *builder) (Node, []colID) {
	cols, layout, _ := b.p.scanColumns(s.t, nil)
	n := &VirtualScan{Rel: s.t.rel, Alias: s.t.alias, Columns: cols}
	n.Cols, n.Cost = b.infos(layout), s.Estimate
	if len(s.eq) > 0 {
		n.Eq = map[int]Expr{}
		for i, e := range s.eq {
			n.Eq[i] = b.compile(e, nil)
		}
	}
	n.Filter = b.compile(andAll(s.filter), layout)
	return n, layout
}

// wholeScan is the scan of the whole table in its own order.
func (p *planner) wholeScan(t *baseTable, filter []Expr) path {
	rows := p.tableRows(t.rel)
	s := &scanPath{t: t, filter: filter}
	_, layout, _ := p.scanColumns(t, nil)
	s.Width = p.width(layout)
	s.Total = costSeek + math.Ceil(rows*relWidth(t.rel)/pageSize)*costPage + rows*costTuple + rows*listCost(filter)
	if p.a.env.Settings.DisableSeqScan {
		s.Startup += disabled
		s.Total += disabled
	}
	s.Rows = clampRows(rows * p.selectivity(filter))
	s.req = p.outside(filter, t)
	return s
}

// outside lists the columns of conditions that are not the table's own.
func (p *planner) outside(list []Expr, t *baseTable) []colID {
	var out []colID
	for _, e := range list {
		for _, id := range freeOf(e, nil) {
			if p.a.cols[id].base != t {
				out = appendCol(out, id)
			}
		}
	}
	return out
}

// tablePaths lists the ways to read a table under conditions over it and,
// through slots, over other tables. want is an order that would be useful.
func (p *planner) tablePaths(t *baseTable, conds []Expr, want []SortKey) ([]path, error) {
	if t.rel.Kind == catalog.KindVirtual {
		return []path{p.virtualScan(t, conds)}, nil
	}
	out := []path{p.wholeScan(t, conds)}
	rules, err := p.a.rowRules(t.rel)
	if err != nil {
		return nil, err
	}
	for i, ix := range t.rel.Indexes {
		if !ix.Valid {
			continue
		}
		im := &indexMatch{p: p, t: t, ix: ix, keys: p.indexKeys(t, ix, rules.keys[i]), rows: p.tableRows(t.rel)}
		if pred := rules.predicates[i]; len(pred) > 0 {
			over := make([]Expr, len(pred))
			for k, e := range pred {
				over[k] = p.a.overTable(e, t)
			}
			if !implies(conds, over) {
				continue
			}
			im.partial = over
			im.rows = clampRows(im.rows * p.selectivity(over))
		}
		if s := im.match(conds, want); s != nil {
			out = append(out, s)
			if s.point {
				// Nothing beats one key.
				return []path{s}, nil
			}
		}
	}
	return out, nil
}

// indexKeys gives an index's key expressions over the FROM entry's columns.
func (p *planner) indexKeys(t *baseTable, ix *catalog.Index, exprs []Expr) []Expr {
	out := make([]Expr, len(ix.Keys))
	for k, key := range ix.Keys {
		if key.Column != 0 {
			out[k] = p.a.ref(t.cols[key.Column-1], -1)
			continue
		}
		out[k] = p.a.overTable(exprs[k], t)
	}
	return out
}

func (p *planner) virtualScan(t *baseTable, conds []Expr) path {
	s := &virtualPath{t: t, filter: conds, eq: map[int]Expr{}}
	rows := p.tableRows(t.rel)
	for _, e := range conds {
		c, ok := e.(*Call)
		if !ok || c.Op != "=" || len(c.Args) != 2 {
			continue
		}
		for side := range 2 {
			col, ok := c.Args[side].(*colRef)
			if !ok || p.a.cols[col.ID].base != t || refersTo(p, c.Args[1-side], t) || c.Args[1-side].Type() != col.T ||
				volatility(c.Args[1-side]) == builtin.Volatile || hasSubLink(c.Args[1-side]) {
				continue
			}
			for i, id := range t.cols {
				if id == col.ID {
					s.eq[i] = c.Args[1-side]
				}
			}
		}
	}
	_, layout, _ := p.scanColumns(t, nil)
	s.Width = p.width(layout)
	s.Total = rows*costTuple + rows*listCost(conds)
	if len(s.eq) > 0 {
		s.Total /= 4
	}
	s.Rows = clampRows(rows * p.selectivity(conds))
	s.req = p.outside(conds, t)
	return s
}

// refersTo reports whether an expression uses a table's columns.
func refersTo(p *planner, e Expr, t *baseTable) bool {
	for _, id := range freeOf(e, nil) {
		if p.a.cols[id].base == t {
			return true
		}
	}
	return false
}

package plan

import (
	"math"
	"slices"
)

// topN is how many rows a LIMIT wants from a sort: count + offset.
func (p *planner) topN(q *query) Expr {
	if q.limit == nil {
		return nil
	}
	if q.offset == nil {
		return q.limit
	}
	e, err := p.a.makeOp("+", q.limit, q.offset, -1)
	if err != nil {
		return nil
	}
	return p.a.fold(e)
}

// sortPath sorts.
type sortPath struct {
	pathInfo
	input path
	keys  []SortKey
	top   Expr
	have  int
}

// sort sorts a path unless it is sorted already; top is how many rows count.
func (p *planner) sort(in path, keys []SortKey, top Expr) path {
	e := in.est()
	var wanted []SortKey
	for _, k := range keys {
		switch k.Expr.(type) {
		case *Const, *Param:
			continue
		}
		wanted = append(wanted, k)
	}
	have := sortedBy(e.order, wanted)
	if have == len(wanted) || e.single {
		return in
	}
	s := &sortPath{input: in, keys: wanted, top: top, have: have}
	s.pathInfo = *e
	s.order = wanted
	n := math.Max(e.Rows, 2)
	comparisons := n * math.Log2(n)
	if rows, ok := constCount(top); ok && rows < n {
		comparisons = n * math.Log2(math.Max(rows, 2))
	}
	if have > 0 {
		// Runs of equal leading keys are sorted one at a time.
		comparisons /= 2
	}
	s.Startup = e.Total + comparisons*2*costOperator
	if have > 0 {
		s.Startup = e.Startup + (s.Startup-e.Startup)/10
	}
	s.Total = e.Total + comparisons*2*costOperator + e.Rows*costOperator
	if p.a.env.Settings.DisableSort {
		s.Startup += disabled
		s.Total += disabled
	}
	return s
}

func constCount(e Expr) (float64, bool) {
	c, ok := e.(*Const)
	if !ok || c.Value.IsNull() {
		return 0, false
	}
	return float64(c.Value.Int()), true
}

func (s *sortPath) build(b *builder) (Node, []colID) {
	in, layout := s.input.build(b)
	n := &Sort{Input: in, Keys: b.compileKeys(s.keys, layout), Presorted: s.have, TopN: b.compile(s.top, nil)}
	n.Cols, n.Cost = in.Out(), s.Estimate
	return n, layout
}

// limitPath is LIMIT and OFFSET.
type limitPath struct {
	pathInfo
	input         path
	count, offset Expr
	ties          []SortKey
	withTies      bool
}

func (p *planner) limit(q *query, in path, keys []SortKey) path {
	e := in.est()
	l := &limitPath{input: in, count: q.limit, offset: q.offset, withTies: q.withTies}
	if q.withTies {
		l.ties = keys
	}
	l.pathInfo = *e
	rows, offset := e.Rows, 0.0
	if q.offset != nil {
		n, ok := constCount(q.offset)
		if !ok {
			n = rows / 10
		}
		offset = math.Min(n, rows)
	}
	rows -= offset
	if q.limit != nil {
		n, ok := constCount(q.limit)
		if !ok {
			n = math.Max(math.Round(rows/10), 1)
		}
		rows = math.Min(rows, n)
	}
	l.Rows = clampRows(rows)
	if e.Rows > 0 {
		per := (e.Total - e.Startup) / e.Rows
		l.Startup = e.Startup + offset*per
		l.Total = l.Startup + rows*per
	}
	l.single = l.single || (q.limit != nil && l.Rows <= 1 && rowsAtMostOne(q.limit))
	for _, x := range []Expr{q.limit, q.offset} {
		if x != nil {
			l.req = freeOf(x, l.req)
		}
	}
	return l
}

func rowsAtMostOne(e Expr) bool {
	n, ok := constCount(e)
	return ok && n <= 1
}

func (l *limitPath) build(b *builder) (Node, []colID) {
	in, layout := l.input.build(b)
	n := &Limit{Input: in, Count: b.compile(l.count, nil), Offset: b.compile(l.offset, nil), WithTies: l.withTies}
	if l.withTies {
		n.TieKeys = b.compileKeys(l.ties, layout)
	}
	n.Cols, n.Cost = in.Out(), l.Estimate
	return n, layout
}

// distinctPath drops duplicate rows.
type distinctPath struct {
	pathInfo
	input path
}

func (d *distinctPath) build(b *builder) (Node, []colID) {
	in, layout := d.input.build(b)
	n := &HashDistinct{Input: in}
	n.Cols, n.Cost = in.Out(), d.Estimate
	return n, layout
}

// uniquePath keeps the first of rows with equal keys.
type uniquePath struct {
	pathInfo
	input path
	keys  []Expr
}

func (u *uniquePath) build(b *builder) (Node, []colID) {
	in, layout := u.input.build(b)
	n := &Unique{}
	var extra []Expr
	for _, k := range u.keys {
		switch c := b.compile(k, layout).(type) {
		case *Column:
			n.Keys = append(n.Keys, c.Index)
		case *Const, *Param:
		default:
			// A key that is an expression becomes a column first.
			n.Keys = append(n.Keys, len(layout)+len(extra))
			extra = append(extra, c)
		}
	}
	if len(extra) > 0 {
		pr := &Project{Input: in}
		for i, c := range in.Out() {
			pr.Exprs = append(pr.Exprs, &Column{Typed: Typed{c.Type, c.Typmod, -1}, Index: i, Name: c.Name})
		}
		pr.Exprs = append(pr.Exprs, extra...)
		pr.Cols, pr.Cost = slices.Clone(in.Out()), *in.Est()
		for _, e := range extra {
			id := b.p.a.newCol(colMeta{name: "?column?", typ: e.Type(), mod: e.Typmod()})
			layout = append(slices.Clip(layout), id)
			pr.Cols = append(pr.Cols, ColumnInfo{Name: "?column?", Type: e.Type(), Typmod: e.Typmod()})
		}
		in = pr
	}
	n.Input = in
	n.Cols, n.Cost = in.Out(), u.Estimate
	return n, layout
}

package plan

import (
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// leafPaths plans one entry of FROM under conditions over it.
func (p *planner) leafPaths(n fromNode, conds []Expr, want []SortKey) ([]path, error) {
	for _, e := range conds {
		if c, ok := e.(*Const); ok && (c.Value.IsNull() || !c.Value.Bool()) {
			return []path{p.nothing(p.readColumns(n))}, nil
		}
	}
	switch x := n.(type) {
	case *baseTable:
		return p.tablePaths(x, conds, want)
	case *fromWhere:
		return p.leafPaths(x.node, append(slices.Clip(x.where), conds...), want)
	case *fromQuery:
		return p.queryPaths(x, conds)
	case *fromFunction:
		return []path{p.functionScan(x, conds)}, nil
	case *fromCTE:
		return []path{p.cteScan(x, conds)}, nil
	case *fromJoin:
		if x.kind != Full {
			return p.joinTree([]fromNode{x}, nil, conds, want)
		}
		return p.fullJoin(x, conds)
	}
	return nil, nil
}

// readColumns lists the columns of an entry that something reads.
func (p *planner) readColumns(n fromNode) []colID {
	var out []colID
	for _, id := range fromColumns(n, nil) {
		if p.uses[id] > 0 {
			out = append(out, id)
		}
	}
	forTables(n, func(t *baseTable) {
		if !t.wantAll {
			return
		}
		_, layout, _ := p.scanColumns(t, nil)
		for _, id := range layout {
			out = appendCol(out, id)
		}
	})
	return out
}

func forTables(n fromNode, f func(*baseTable)) {
	switch x := n.(type) {
	case *baseTable:
		f(x)
	case *fromJoin:
		forTables(x.left, f)
		forTables(x.right, f)
	case *fromWhere:
		forTables(x.node, f)
	}
}

// nodeReq lists the outside columns that an entry refers to.
func (p *planner) nodeReq(n fromNode) []colID {
	switch x := n.(type) {
	case *fromQuery:
		return freeColumns(x.q)
	case *fromFunction:
		var out []colID
		for _, c := range x.calls {
			for _, e := range c.Args {
				out = freeOf(e, out)
			}
		}
		return out
	case *fromJoin, *fromWhere:
		made := map[colID]bool{}
		madeByFrom(n, made)
		var out []colID
		keep := func(ids []colID) {
			for _, id := range ids {
				if !made[id] {
					out = appendCol(out, id)
				}
			}
		}
		if j, ok := n.(*fromJoin); ok {
			keep(p.nodeReq(j.left))
			keep(p.nodeReq(j.right))
			for _, e := range j.on {
				keep(freeOf(e, nil))
			}
		}
		if w, ok := n.(*fromWhere); ok {
			keep(p.nodeReq(w.node))
			for _, e := range w.where {
				keep(freeOf(e, nil))
			}
		}
		return out
	}
	return nil
}

// queryPaths plans a subquery in FROM; conditions move into it where they may.
func (p *planner) queryPaths(x *fromQuery, conds []Expr) ([]path, error) {
	q := x.q
	var kept []Expr
	for _, e := range conds {
		if n := p.pushDown(q, e); n != nil {
			q = n
			continue
		}
		kept = append(kept, e)
	}
	sub, err := p.query(q)
	if err != nil {
		return nil, err
	}
	s := &subqueryPath{input: sub, alias: x.alias, filter: kept}
	s.pathInfo = *sub.est()
	s.req = addReq(slices.Clip(s.req), freeColumns(q))
	if len(kept) > 0 {
		return []path{p.filter(s, kept)}, nil
	}
	return []path{s}, nil
}

// subqueryPath is a subquery in FROM: it names what is below for EXPLAIN.
type subqueryPath struct {
	pathInfo
	input  path
	alias  string
	filter []Expr
}

func (s *subqueryPath) build(b *builder) (Node, []colID) { return s.input.build(b) }

// pushDown gives a copy of a query with a condition on its columns moved inside;
// nil if that could change its result.
func (p *planner) pushDown(q *query, e Expr) *query {
	if q.limit != nil || q.offset != nil || q.distinctOn != nil || q.hasSets || len(q.windows) > 0 || q.values != nil ||
		q.dml != nil || len(q.locks) > 0 || volatility(e) == builtin.Volatile || hasSubLink(e) {
		return nil
	}
	outs := q.outputs()
	if q.op != opNone {
		if q.op == opExcept {
			return nil
		}
		move := func(side *query) *query {
			in := side.outputs()
			return p.pushDown(side, mapExpr(e, func(x Expr) Expr {
				if c, ok := x.(*colRef); ok {
					for i, t := range outs {
						if t.id == c.ID {
							return p.a.ref(in[i].id, c.Loc)
						}
					}
				}
				return x
			}))
		}
		l := move(q.left)
		if l == nil {
			return nil
		}
		r := move(q.right)
		if r == nil {
			return nil
		}
		n := *q
		n.left, n.right = l, r
		return &n
	}
	if len(q.from) == 0 {
		return nil
	}
	ok := true
	inner := mapExpr(e, func(x Expr) Expr {
		c, isCol := x.(*colRef)
		if !isCol {
			return x
		}
		for _, t := range outs {
			if t.id == c.ID {
				if volatility(t.expr) == builtin.Volatile || hasSubLink(t.expr) {
					ok = false
				}
				return t.expr
			}
		}
		return x
	})
	if !ok {
		return nil
	}
	n := *q
	if !q.grouped {
		p.markExpr(inner)
		n.where = append(slices.Clip(q.where), conjuncts(inner, nil)...)
		return &n
	}
	// Above a grouping only conditions over grouped columns may go below it.
	if len(q.sets) > 0 || len(q.group) == 0 {
		return nil
	}
	below := mapExpr(inner, func(x Expr) Expr {
		c, isCol := x.(*colRef)
		if !isCol {
			return x
		}
		for _, g := range q.group {
			if g.id == c.ID {
				return g.expr
			}
		}
		if o := p.a.cols[c.ID].owner; o != nil && producedBy(q, c.ID) {
			ok = false
		}
		return x
	})
	if !ok {
		return nil
	}
	p.markExpr(below)
	n.where = append(slices.Clip(q.where), conjuncts(below, nil)...)
	return &n
}

// producedBy reports whether a column is one of the query's aggregates.
func producedBy(q *query, id colID) bool {
	for _, a := range q.aggs {
		if a.id == id {
			return true
		}
	}
	for _, g := range q.grouping {
		if g.id == id {
			return true
		}
	}
	return false
}

// functionPath calls set-returning functions.
type functionPath struct {
	pathInfo
	f      *fromFunction
	filter []Expr
}

func (p *planner) functionScan(f *fromFunction, conds []Expr) path {
	s := &functionPath{f: f, filter: conds}
	rows := 100.0
	for _, c := range f.calls {
		switch {
		case c.Op == wrappedScalar:
			rows = 1
		case c.Fn.Name == "unnest" && len(c.Args) > 0:
			rows = float64(arrayLen(c.Args[0]))
		case c.Fn.Name == "generate_series":
			rows = seriesRows(c)
		}
		s.Startup += listCost(c.Args)
	}
	s.Width = p.width(f.cols)
	s.Total = s.Startup + rows*costTuple + rows*listCost(conds)
	s.Rows = clampRows(rows * p.selectivity(conds))
	own := f.cols
	req := p.nodeReq(f)
	for _, e := range conds {
		req = freeOf(e, req)
	}
	for _, id := range req {
		if !slices.Contains(own, id) {
			s.req = appendCol(s.req, id)
		}
	}
	return s
}

// seriesRows counts a generate_series of constants.
func seriesRows(c *Call) float64 {
	if len(c.Args) < 2 || !isInt(c.Args[0].Type()) {
		return 1000
	}
	lo, ok1 := c.Args[0].(*Const)
	hi, ok2 := c.Args[1].(*Const)
	if !ok1 || !ok2 || lo.Value.IsNull() || hi.Value.IsNull() {
		return 1000
	}
	step := 1.0
	if len(c.Args) > 2 {
		s, ok := c.Args[2].(*Const)
		if !ok || s.Value.IsNull() || s.Value.Int() == 0 {
			return 1000
		}
		step = float64(s.Value.Int())
	}
	return clampRows(math.Floor((float64(hi.Value.Int())-float64(lo.Value.Int()))/step) + 1)
}

func (s *functionPath) build(b *builder) (Node, []colID) {
	n := &FunctionScan{Widths: s.f.widths, Ordinality: s.f.ordinality, Alias: s.f.alias}
	for _, c := range s.f.calls {
		call := *c
		call.Args = b.compileList(c.Args, nil)
		n.Calls = append(n.Calls, &call)
	}
	n.Filter = b.compile(andAll(s.filter), s.f.cols)
	n.Cols, n.Cost = b.infos(s.f.cols), s.Estimate
	return n, s.f.cols
}

// ctePath reads a CTE's rows.
type ctePath struct {
	pathInfo
	c      *fromCTE
	filter []Expr
}

func (p *planner) cteScan(c *fromCTE, conds []Expr) path {
	s := &ctePath{c: c, filter: conds}
	rows := c.cte.rows
	if rows == 0 {
		rows = 100
	}
	s.Width = p.width(c.cols)
	s.Total = rows * (costTuple + listCost(conds))
	s.Rows = clampRows(rows * p.selectivity(conds))
	for _, e := range conds {
		for _, id := range freeOf(e, nil) {
			if !slices.Contains(c.cols, id) {
				s.req = appendCol(s.req, id)
			}
		}
	}
	return s
}

func (s *ctePath) build(b *builder) (Node, []colID) {
	n := &CTEScan{ID: s.c.cte.id, Name: s.c.cte.name, Alias: s.c.alias, Work: s.c.work}
	if s.c.work {
		n.ID++
	}
	n.Filter = b.compile(andAll(s.filter), s.c.cols)
	n.Cols, n.Cost = b.infos(s.c.cols), s.Estimate
	return n, s.c.cols
}

// fullJoin plans FULL JOIN; conditions come after it.
func (p *planner) fullJoin(x *fromJoin, conds []Expr) ([]path, error) {
	l, err := p.leafPaths(x.left, nil, nil)
	if err != nil {
		return nil, err
	}
	r, err := p.leafPaths(x.right, nil, nil)
	if err != nil {
		return nil, err
	}
	outer := map[colID]bool{}
	for _, id := range fromColumns(x.left, nil) {
		outer[id] = true
	}
	j := &joiner{p: p, kind: Full, on: x.on, after: conds, outerCols: outer, leaf: &leaf{node: x.right, cols: fromColumns(x.right, nil)}}
	if h := j.hash(cheapest(l), cheapest(r), false); h != nil {
		return []path{h}, nil
	}
	return []path{j.nested(cheapest(l), cheapest(r))}, nil
}

// nothingPath gives no rows.
type nothingPath struct {
	pathInfo
	cols []colID
}

func (p *planner) nothing(cols []colID) path {
	n := &nothingPath{cols: cols}
	n.Width = p.width(cols)
	n.single = true
	return n
}

func (n *nothingPath) build(b *builder) (Node, []colID) {
	r := &Result{Filter: boolConst(false, -1)}
	r.Cols, r.Cost = b.infos(n.cols), n.Estimate
	for _, c := range r.Cols {
		r.Exprs = append(r.Exprs, &Const{Typed: Typed{c.Type, c.Typmod, -1}, Value: types.Null})
	}
	return r, n.cols
}

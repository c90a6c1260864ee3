package plan

import (
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxPlanDepth bounds queries within queries.
const maxPlanDepth = 500

// query plans one query level with all below it.
func (p *planner) query(q *query) (path, error) {
	p.a.depth++
	defer func() { p.a.depth-- }()
	if p.a.depth > maxPlanDepth {
		return nil, tooDeep()
	}
	ctes, err := p.withList(q)
	if err != nil {
		return nil, err
	}
	var out path
	switch {
	case q.dml != nil:
		out, err = p.dml(q)
	case q.op != opNone:
		out, err = p.setOp(q)
	case q.values != nil:
		out, err = p.valuesRows(q), nil
	default:
		out, err = p.selectQuery(q)
	}
	if err != nil || len(ctes) == 0 {
		return out, err
	}
	w := &withPath{input: out, ctes: ctes}
	w.pathInfo = *out.est()
	for _, c := range ctes {
		e := c.plan.est()
		w.Startup += e.Total
		w.Total += e.Total
		w.req = addReq(w.req, e.req)
	}
	return w, nil
}

// selectQuery plans a plain SELECT.
func (p *planner) selectQuery(q *query) (path, error) {
	p.preferOrder(q)
	want := p.wantedOrder(q)
	var paths []path
	var err error
	if len(q.from) == 0 {
		paths = []path{p.oneRow(q.where)}
	} else if paths, err = p.joinTree(q.from, q.semi, q.where, want); err != nil {
		return nil, err
	}
	if q.grouped {
		return p.finishSelect(q, []path{p.group(q, paths)}), nil
	}
	return p.finishSelect(q, paths), nil
}

// preferOrder lets a single table's scan give its columns as the select list
// has them, which saves a projection.
func (p *planner) preferOrder(q *query) {
	if len(q.from) != 1 || q.grouped || len(q.windows) > 0 || len(q.semi) > 0 {
		return
	}
	t, ok := q.from[0].(*baseTable)
	if !ok || t.prefer != nil {
		return
	}
	for _, tg := range q.targets {
		c, ok := tg.expr.(*colRef)
		if !ok || p.a.cols[c.ID].base != t || c.ID == t.tid || slices.Contains(t.prefer, c.ID) {
			t.prefer = nil
			return
		}
		t.prefer = append(t.prefer, c.ID)
	}
}

// wantedOrder is the order that would save the query a sort.
func (p *planner) wantedOrder(q *query) []SortKey {
	switch {
	case q.grouped:
		if len(q.sets) > 0 {
			return nil
		}
		if k := p.minMax(q); k != nil {
			return []SortKey{*k}
		}
		var out []SortKey
		for _, g := range q.group {
			out = append(out, SortKey{Expr: g.expr})
		}
		return out
	case len(q.windows) > 0:
		return windowSort(q.windows[0])
	case q.distinct:
		return nil
	}
	return p.orderKeys(q)
}

// orderKeys is ORDER BY over what is below the select list; with DISTINCT ON its
// columns come first.
func (p *planner) orderKeys(q *query) []SortKey {
	var out []SortKey
	for _, o := range q.order {
		out = append(out, SortKey{Expr: q.targets[o.target].expr, Desc: o.desc, NullsFirst: o.nullsFirst})
	}
	for _, i := range q.distinctOn {
		e := q.targets[i].expr
		found := false
		for _, k := range out {
			found = found || equalExpr(k.Expr, e)
		}
		if !found {
			out = append(out, SortKey{Expr: e})
		}
	}
	return out
}

// finishSelect adds windows, the select list, DISTINCT, ORDER BY, LIMIT and row
// locks to candidate paths, and picks the cheapest result.
func (p *planner) finishSelect(q *query, paths []path) path {
	var best path
	for _, in := range p.worthwhile(q, paths) {
		out := p.finishOne(q, in)
		if best == nil || out.est().Total < best.est().Total {
			best = out
		}
	}
	return best
}

// worthwhile drops the candidates whose order is of no use at the end.
func (p *planner) worthwhile(q *query, paths []path) []path {
	if len(paths) == 1 {
		return paths
	}
	if len(q.order) == 0 && len(q.distinctOn) == 0 && len(q.windows) == 0 && q.limit == nil {
		return []path{cheapest(paths)}
	}
	return paths
}

func (p *planner) finishOne(q *query, in path) path {
	for _, w := range q.windows {
		in = p.window(w, in)
	}
	keys := p.orderKeys(q)
	// The select list is computed last, so that LIMIT spares work and sorting sees
	// the input's columns, unless its own values are sorted, repeated or compared.
	early := q.hasSets || q.distinct
	for _, k := range keys {
		early = early || volatility(k.Expr) == builtin.Volatile
	}
	if early {
		in = p.project(q, in, true)
		for i := range keys {
			keys[i].Expr = p.a.ref(p.targetOf(q, keys[i].Expr), -1)
		}
	}
	if q.distinct {
		d := &distinctPath{input: in}
		e := in.est()
		d.pathInfo = *e
		d.order = nil
		d.Rows = clampRows(math.Max(e.Rows/2, 1))
		d.Startup = e.Total + e.Rows*costOperator
		d.Total = d.Startup + d.Rows*costTuple
		if !e.single {
			in = d
		}
	}
	top := p.topN(q)
	if len(keys) > 0 {
		limit := top
		if len(q.distinctOn) > 0 || len(q.locks) > 0 || q.withTies {
			limit = nil
		}
		in = p.sort(in, keys, limit)
	}
	if len(q.distinctOn) > 0 {
		u := &uniquePath{input: in}
		for _, i := range q.distinctOn {
			e := q.targets[i].expr
			if early {
				e = p.a.ref(q.targets[i].id, -1)
			}
			u.keys = append(u.keys, e)
		}
		u.pathInfo = *in.est()
		u.Rows = p.distinctOf(u.keys, u.Rows)
		in = u
	}
	if len(q.locks) > 0 {
		in = p.lockRows(q, in)
	}
	if q.limit != nil || q.offset != nil {
		in = p.limit(q, in, keys)
	}
	if !early {
		return p.project(q, in, false)
	}
	return p.dropJunk(q, in)
}

// targetOf finds the target whose expression this is.
func (p *planner) targetOf(q *query, e Expr) colID {
	for _, t := range q.targets {
		if t.expr == e {
			return t.id
		}
	}
	for _, t := range q.targets {
		if equalExpr(t.expr, e) {
			return t.id
		}
	}
	return -1
}

// resultPath is a row without a table.
type resultPath struct {
	pathInfo
	filter []Expr
}

func (p *planner) oneRow(filter []Expr) path {
	r := &resultPath{filter: filter}
	r.Total, r.Rows, r.single = costTuple+listCost(filter), 1, true
	for _, e := range filter {
		r.req = freeOf(e, r.req)
	}
	return r
}

func (r *resultPath) build(b *builder) (Node, []colID) {
	n := &Result{Filter: b.compile(andAll(r.filter), nil)}
	n.Cost = r.Estimate
	return n, nil
}

// filterPath keeps rows.
type filterPath struct {
	pathInfo
	input path
	conds []Expr
}

func (p *planner) filter(in path, conds []Expr) path {
	e := in.est()
	f := &filterPath{input: in, conds: conds}
	f.pathInfo = *e
	f.Total += e.Rows * listCost(conds)
	f.Rows = clampRows(e.Rows * p.selectivity(conds))
	return f
}

func (f *filterPath) build(b *builder) (Node, []colID) {
	in, layout := f.input.build(b)
	n := &Filter{Input: in, Cond: b.compile(andAll(f.conds), layout)}
	n.Cols, n.Cost = in.Out(), f.Estimate
	return n, layout
}

// valuesPath gives rows of expressions.
type valuesPath struct {
	pathInfo
	q *query
}

func (p *planner) valuesRows(q *query) path {
	v := &valuesPath{q: q}
	v.Rows = float64(len(q.values))
	v.single = len(q.values) == 1
	for _, t := range q.targets {
		m := &p.a.cols[t.id]
		v.Width += typeWidth(m.typ, m.mod)
	}
	for _, r := range q.values {
		v.Total += costOperator + listCost(r)
		for _, e := range r {
			if _, plain := e.(*Const); !plain {
				v.req = freeOf(e, v.req)
			}
		}
	}
	return v
}

func (v *valuesPath) build(b *builder) (Node, []colID) {
	layout := make([]colID, len(v.q.targets))
	for i, t := range v.q.targets {
		layout[i] = t.id
	}
	n := &Values{Rows: make([][]Expr, len(v.q.values))}
	for i, r := range v.q.values {
		n.Rows[i] = b.compileList(r, nil)
	}
	n.Cols, n.Cost = b.infos(layout), v.Estimate
	return n, layout
}

var int8One = &Const{Typed: Typed{types.Int8OID, -1, -1}, Value: types.Int(1)}

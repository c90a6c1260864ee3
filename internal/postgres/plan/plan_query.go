package plan

import (
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
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
	if err := p.preferOrder(q); err != nil {
		return nil, err
	}
	want := p.wantedOrder(q)
	var paths []path
	var err error
	if len(q.from) == 0 {
		paths = []path{p.oneRow(q.where)}
	} else if paths, err = p.joinTree(q.from, q.semi, q.where, want); err != nil {
		return nil, err
	}
	if q.grouped {
		return p.finishSelect(q, []path{p.group(q, paths)})
	}
	return p.finishSelect(q, paths)
}

// preferOrder lets a single table's scan give its columns as the select list
// has them, which saves a projection.
func (p *planner) preferOrder(q *query) error {
	if len(q.from) != 1 || q.grouped || len(q.windows) > 0 || len(q.semi) > 0 {
		return nil
	}
	t, ok := q.from[0].(*baseTable)
	if !ok || t.prefer != nil {
		return nil
	}
	for _, tg := range q.targets {
		c, ok := tg.expr.(*colRef)
		if !ok || p.a.cols[c.ID].base != t || c.ID == t.tid || slices.Contains(t.prefer, c.ID) {
			t.prefer = nil
			return nil
		}
		t.prefer = append(t.prefer, c.ID)
	}
	return nil
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
func (p *planner) finishSelect(q *query, paths []path) (path, error) {
	var best path
	for _, in := range p.worthwhile(q, paths) {
		out, err := p.finishOne(q, in)
		if err != nil {
			return nil, err
		}
		if best == nil || out.est().Total < best.est().Total {
			best = out
		}
	}
	return best, nil
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

func (p *planner) finishOne(q *query, in path) (path, error) {
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
		return p.project(q, in, false), nil
	}
	return p.dropJunk(q, in), nil
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
		return b.projectSets(in, exprs, layout, n.Estimate), layout
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
func (b *builder) projectSets(in Node, exprs []Expr, layout []colID, cost Estimate) Node {
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
			upper[i] = b.liftSets(e, width, &lower, true)
		}
	}
	if nested {
		// Everything else that the upper level needs passes through.
		pass := make([]Expr, 0, width+len(lower))
		cols := slices.Clone(in.Out())
		for k, c := range in.Out() {
			pass = append(pass, &Column{Typed: Typed{c.Type, c.Typmod, -1}, Index: k, Name: c.Name})
		}
		for _, l := range lower {
			pass = append(pass, l)
			cols = append(cols, ColumnInfo{Name: "?column?", Type: l.Type(), Typmod: -1})
		}
		below := b.projectSets(in, pass, nil, cost)
		below.(interface{ setCols([]ColumnInfo) }).setCols(cols)
		in, exprs = below, upper
	}
	sets := false
	for _, e := range exprs {
		sets = sets || isSet(e)
	}
	if !sets {
		out := &Project{Input: in, Exprs: exprs}
		out.Cols, out.Cost = b.infos(layout), cost
		return out
	}
	out := &ProjectSet{Input: in, Exprs: exprs}
	out.Cols, out.Cost = b.infos(layout), cost
	return out
}

func (b *Base) setCols(c []ColumnInfo) { b.Cols = c }

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
func (b *builder) liftSets(e Expr, width int, lower *[]Expr, _ bool) Expr {
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
	any := false
	for i, t := range q.targets {
		if q.pruned != nil && q.pruned[i] {
			continue
		}
		if t.junk {
			any = true
			continue
		}
		list = append(list, &target{expr: p.a.ref(t.id, -1), name: t.name, id: t.id})
	}
	if !any {
		return in
	}
	n := &projectPath{input: in, list: list}
	n.pathInfo = *in.est()
	return n
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
	var real []SortKey
	for _, k := range keys {
		switch k.Expr.(type) {
		case *Const, *Param:
			continue
		}
		real = append(real, k)
	}
	have := sortedBy(e.order, real)
	if have == len(real) || e.single {
		return in
	}
	s := &sortPath{input: in, keys: real, top: top, have: have}
	s.pathInfo = *e
	s.order = real
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

// lockPath is FOR UPDATE and its like.
type lockPath struct {
	pathInfo
	input path
	q     *query
}

func (p *planner) lockRows(q *query, in path) path {
	l := &lockPath{input: in, q: q}
	l.pathInfo = *in.est()
	l.Total += l.Rows * costTuple
	return l
}

func (l *lockPath) build(b *builder) (Node, []colID) {
	in, layout := l.input.build(b)
	n := &LockRows{Input: in}
	for _, t := range l.q.locks {
		lt := LockTarget{Rel: t.rel, Strength: t.lock.strength, Wait: t.lock.wait, TID: slices.Index(layout, t.tid)}
		if lt.TID < 0 {
			b.fail("no row identity to lock in \"%s\"", t.rel.Name)
		}
		for i, id := range t.cols {
			if at := slices.Index(layout, id); id >= 0 && at >= 0 {
				lt.At, lt.Columns = append(lt.At, at), append(lt.Columns, i)
			}
		}
		n.Targets = append(n.Targets, lt)
	}
	n.Recheck = b.recheck(l.q, layout)
	n.Cols, n.Cost = in.Out(), l.Estimate
	return n, layout
}

// recheck is the conjunction of a query's conditions over rows as its joins give
// them, for the check after a wait. Conditions of outer joins are not part of it.
func (b *builder) recheck(q *query, layout []colID) Expr {
	list := append(innerList(q.from, q.where), q.unnested...)
	return b.compile(andAll(list), layout)
}

// innerList adds the conditions of a FROM clause's inner joins to a list.
func innerList(from []fromNode, where []Expr) []Expr {
	list := slices.Clone(where)
	for _, n := range from {
		list = innerConditions(n, list)
	}
	return list
}

func innerConditions(n fromNode, list []Expr) []Expr {
	j, ok := n.(*fromJoin)
	if !ok {
		return list
	}
	switch j.kind {
	case Inner:
		list = append(list, j.on...)
		return innerConditions(j.right, innerConditions(j.left, list))
	case Left, Anti:
		return innerConditions(j.left, list)
	case Right:
		return innerConditions(j.right, list)
	}
	return list
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

// withPath defines CTEs.
type withPath struct {
	pathInfo
	input path
	ctes  []*ctePlan
}

type ctePlan struct {
	def  *cteDef
	plan path
}

func (w *withPath) build(b *builder) (Node, []colID) {
	n := &With{}
	for _, c := range w.ctes {
		node, _ := c.plan.build(b)
		n.CTEs = append(n.CTEs, &CTE{ID: c.def.id, Name: c.def.name, Plan: node, Modifies: c.def.modifies})
	}
	in, layout := w.input.build(b)
	n.Input = in
	n.Cols, n.Cost = in.Out(), w.Estimate
	return n, layout
}

// withList plans a query's CTEs that are not merged into their readers.
func (p *planner) withList(q *query) ([]*ctePlan, error) {
	var out []*ctePlan
	for _, c := range q.with {
		if c.inlined || (c.refs == 0 && !c.modifies && c.recursive) {
			continue
		}
		var plan path
		var err error
		if c.recursive {
			plan, err = p.recursive(c)
		} else {
			plan, err = p.query(c.q)
		}
		if err != nil {
			return nil, err
		}
		c.rows = plan.est().Rows
		out = append(out, &ctePlan{def: c, plan: plan})
	}
	return out, nil
}

// recursivePath is WITH RECURSIVE's loop.
type recursivePath struct {
	pathInfo
	c           *cteDef
	start, step path
}

func (p *planner) recursive(c *cteDef) (path, error) {
	start, err := p.query(c.start)
	if err != nil {
		return nil, err
	}
	c.rows = start.est().Rows
	step, err := p.query(c.step)
	if err != nil {
		return nil, err
	}
	if c.step.dml != nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "data-modifying statements are not supported in a recursive query")
	}
	r := &recursivePath{c: c, start: start, step: step}
	s, t := start.est(), step.est()
	r.Startup = s.Startup
	r.Total = s.Total + 10*t.Total
	r.Rows = clampRows(s.Rows + 10*t.Rows)
	r.Width = s.Width
	r.req = addReq(s.req, t.req)
	return r, nil
}

func (r *recursivePath) build(b *builder) (Node, []colID) {
	s, layout := r.start.build(b)
	t, _ := r.step.build(b)
	n := &RecursiveUnion{ID: r.c.id + 1, Start: s, Step: t, All: r.c.unionAll}
	n.Cols, n.Cost = s.Out(), r.Estimate
	return n, layout
}

var int8One = &Const{Typed: Typed{types.Int8OID, -1, -1}, Value: types.Int(1)}

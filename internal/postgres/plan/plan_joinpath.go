package plan

import (
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// joiner makes the paths that join one leaf to a set of others.
type joiner struct {
	p         *planner
	kind      JoinKind
	on        []Expr
	after     []Expr // conditions over the result of an outer, semi or anti join
	leaf      *leaf
	outerCols map[colID]bool
}

// joinRows estimates the result.
func (j *joiner) joinRows(outer, inner *pathInfo) float64 {
	sel := j.p.joinSelectivity(j.on)
	rows := outer.Rows * inner.Rows * sel
	switch j.kind {
	case Left:
		rows = math.Max(rows, outer.Rows)
	case Semi:
		rows = outer.Rows * math.Min(1, math.Max(inner.Rows*sel, 0.1))
	case Anti:
		rows = outer.Rows * math.Max(1-math.Min(1, inner.Rows*sel), 0.1)
	case Full:
		rows = math.Max(rows, outer.Rows+inner.Rows)
	}
	return clampRows(rows)
}

// joinSelectivity is that of join conditions: an equality keeps one in as many
// pairs as the larger side has distinct values.
func (p *planner) joinSelectivity(on []Expr) float64 {
	s := 1.0
	for _, e := range on {
		c, ok := e.(*Call)
		if !ok || c.Op != "=" || len(c.Args) != 2 {
			s *= p.selOf(e)
			continue
		}
		d := 1.0
		for _, arg := range c.Args {
			if col, ok := bareColumn(arg); ok {
				d = math.Max(d, p.distinctValues(col))
			} else {
				d = math.Max(d, 200)
			}
		}
		s /= d
	}
	return math.Max(s, 1e-12)
}

func (p *planner) distinctValues(c *colRef) float64 {
	m := &p.a.cols[c.ID]
	if m.base == nil {
		return 200
	}
	rows := p.tableRows(m.base.rel)
	if uniqueColumn(m.base.rel, m.attnum) {
		return rows
	}
	return math.Min(rows, 200)
}

// finishJoin puts the conditions that come after the join on top.
func (j *joiner) finishJoin(n path) path {
	if len(j.after) == 0 {
		return n
	}
	return j.p.filter(n, j.after)
}

// nested joins every pair of rows.
func (j *joiner) nested(outer, inner path) path {
	oe, ie := outer.est(), inner.est()
	n := &nestPath{kind: j.kind, outer: outer, inner: inner, cond: j.on}
	n.binds = j.fromOuter(ie.req)
	rescan := ie.Total
	if len(n.binds) == 0 && !j.p.a.env.Settings.DisableMaterial {
		// The inner rows are kept: later rounds read them from memory.
		rescan = ie.Rows * costOperator
		n.keep = oe.Rows > 1
	}
	rows := oe.Rows * math.Max(ie.Rows, 1)
	n.Rows = j.joinRows(oe, ie)
	if j.kind == Semi || j.kind == Anti {
		rows /= 2
	}
	n.Startup = oe.Startup + ie.Startup
	n.Total = oe.Total + ie.Total + math.Max(oe.Rows-1, 0)*rescan + rows*(costTuple+listCost(j.on))
	j.describe(&n.pathInfo, oe, ie)
	if j.p.a.env.Settings.DisableNestLoop {
		n.Startup += disabled
		n.Total += disabled
	}
	return j.finishJoin(n)
}

// fromOuter lists which of some outside columns the outer side has.
func (j *joiner) fromOuter(req []colID) []colID {
	var out []colID
	for _, id := range req {
		if j.outerCols[id] {
			out = append(out, id)
		}
	}
	return out
}

// describe fills in what a join keeps of its outer side.
func (j *joiner) describe(info, oe, ie *pathInfo) {
	info.order = oe.order
	info.Width = oe.Width
	if j.kind != Semi && j.kind != Anti {
		info.Width += ie.Width
	}
	info.req = slices.Clip(oe.req)
	for _, id := range ie.req {
		if !j.outerCols[id] {
			info.req = appendCol(info.req, id)
		}
	}
	for _, e := range append(slices.Clip(j.on), j.after...) {
		for _, id := range freeOf(e, nil) {
			if !j.outerCols[id] && !slices.Contains(j.leaf.cols, id) {
				info.req = appendCol(info.req, id)
			}
		}
	}
	info.single = oe.single && ie.single
}

// lookups are the leaf's index scans by values of the outer side.
func (j *joiner) lookups() ([]path, error) {
	t, extra := lookupTable(j.leaf.node)
	if t == nil || len(j.on) == 0 {
		return nil, nil
	}
	for _, l := range j.leaf.looked {
		if slices.Equal(l.on, j.on) {
			return l.paths, nil
		}
	}
	var usable []Expr
	for _, e := range j.on {
		if !hasSubLink(e) {
			usable = append(usable, e)
		}
	}
	conds := append(slices.Clip(j.leaf.local), extra...)
	paths, err := j.p.tablePaths(t, append(slices.Clip(conds), usable...), nil)
	if err != nil {
		return nil, err
	}
	var out []path
	for _, pt := range paths {
		s, ok := pt.(*scanPath)
		if !ok || s.index == nil {
			continue
		}
		// Only those that an outer column drives.
		driven := false
		for _, e := range s.conds {
			for _, id := range freeOf(e, nil) {
				driven = driven || j.outerCols[id]
			}
		}
		if driven {
			out = append(out, s)
		}
	}
	j.leaf.looked = append(j.leaf.looked, lookup{j.on, out})
	return out, nil
}

// lookupTable is the table of a leaf that is one, with its own conditions.
func lookupTable(n fromNode) (*baseTable, []Expr) {
	switch x := n.(type) {
	case *baseTable:
		return x, nil
	case *fromWhere:
		if t, ok := x.node.(*baseTable); ok {
			return t, x.where
		}
	}
	return nil, nil
}

// nestedLookup runs an index scan for each outer row.
func (j *joiner) nestedLookup(outer, inner path) path {
	oe, ie := outer.est(), inner.est()
	n := &nestPath{kind: j.kind, outer: outer, inner: inner}
	n.binds = j.fromOuter(ie.req)
	// The scan has all conditions, as bounds or as its filter.
	for _, e := range j.on {
		if hasSubLink(e) {
			n.cond = append(n.cond, e)
		}
	}
	plain := *ie
	rows := oe.Rows * ie.Rows
	switch j.kind {
	case Left:
		rows = math.Max(rows, oe.Rows)
	case Semi:
		rows = oe.Rows * math.Min(1, math.Max(ie.Rows*0.5, 0.1))
	case Anti:
		rows = oe.Rows * 0.5
	}
	n.Rows = clampRows(rows)
	n.Startup = oe.Startup + ie.Startup
	per := ie.Total
	if j.kind == Semi || j.kind == Anti {
		per = ie.Startup + (ie.Total-ie.Startup)/2
	}
	n.Total = oe.Total + oe.Rows*per + n.Rows*costTuple
	j.describe(&n.pathInfo, oe, &plain)
	if j.p.a.env.Settings.DisableNestLoop {
		n.Startup += disabled
		n.Total += disabled
	}
	return j.finishJoin(n)
}

// keys finds the equalities between the sides.
func (j *joiner) keys() (outer, inner []Expr, typs []types.OID, rest []Expr) {
	isOuter := func(e Expr) bool { return j.side(e) == 1 }
	isInner := func(e Expr) bool { return j.side(e) == 2 }
	for _, e := range j.on {
		o, i, t, ok := equiKey(e, isOuter, isInner)
		if !ok || hasSubLink(e) {
			rest = append(rest, e)
			continue
		}
		outer, inner, typs = append(outer, o), append(inner, i), append(typs, t)
	}
	return outer, inner, typs, rest
}

// side tells where an expression's columns are: 1 outer, 2 the leaf, 0 neither
// or both.
func (j *joiner) side(e Expr) int {
	s := 0
	for _, id := range freeOf(e, nil) {
		here := 0
		switch {
		case j.outerCols[id]:
			here = 1
		case slices.Contains(j.leaf.cols, id):
			here = 2
		}
		if here == 0 {
			// An outer query's column may be on either side.
			continue
		}
		if s != 0 && s != here {
			return 0
		}
		s = here
	}
	return s
}

// hash builds a table of one side; swapped, of the outer one.
func (j *joiner) hash(outer, inner path, swapped bool) path {
	ok, ik, typs, rest := j.keys()
	if len(ok) == 0 {
		return nil
	}
	kind := j.kind
	if swapped {
		switch kind {
		case Inner:
		case Left:
			kind = Right
		default:
			return nil
		}
		outer, inner, ok, ik = inner, outer, ik, ok
	}
	oe, ie := outer.est(), inner.est()
	n := &hashPath{kind: kind, outer: outer, inner: inner, outerKeys: ok, innerKeys: ik, types: typs, cond: rest}
	if swapped {
		n.Rows = j.joinRows(ie, oe)
	} else {
		n.Rows = j.joinRows(oe, ie)
	}
	per := float64(len(ok)) * costOperator
	n.Startup = oe.Startup + ie.Total + ie.Rows*(per+costTuple)
	n.Total = n.Startup + (oe.Total - oe.Startup) + oe.Rows*per + n.Rows*(costTuple+listCost(rest))
	j.describe(&n.pathInfo, oe, ie)
	n.order = nil
	if swapped {
		n.Width = oe.Width + ie.Width
	} else if kind == Inner || kind == Left || kind == Semi || kind == Anti {
		// Probing keeps the outer order as long as the table stays in memory, which is
		// not promised.
		n.order = nil
	}
	n.req = nil
	for _, r := range [][]colID{oe.req, ie.req} {
		n.req = addReq(n.req, r)
	}
	for _, e := range append(slices.Clip(j.on), j.after...) {
		for _, id := range freeOf(e, nil) {
			if !j.outerCols[id] && !slices.Contains(j.leaf.cols, id) {
				n.req = appendCol(n.req, id)
			}
		}
	}
	if j.p.a.env.Settings.DisableHashJoin {
		n.Startup += disabled
		n.Total += disabled
	}
	return j.finishJoin(n)
}

// merge joins two sides sorted by their keys. It is considered where a side
// comes sorted already; otherwise hashing does as well.
func (j *joiner) merge(outers, inners []path) path {
	ok, ik, typs, rest := j.keys()
	if len(ok) == 0 || j.kind == Full && len(rest) > 0 {
		return nil
	}
	ascending := func(list []Expr) []SortKey {
		out := make([]SortKey, len(list))
		for i, e := range list {
			out[i] = SortKey{Expr: e}
		}
		return out
	}
	osort, isort := ascending(ok), ascending(ik)
	pick := func(list []path, want []SortKey) (path, bool) {
		var best path
		for _, p := range list {
			if sortedBy(p.est().order, want) == len(want) && (best == nil || p.est().Total < best.est().Total) {
				best = p
			}
		}
		if best == nil {
			return j.p.sort(cheapest(list), want, nil), false
		}
		return best, true
	}
	outer, os := pick(outers, osort)
	inner, is := pick(inners, isort)
	if !os && !is && !j.p.a.env.Settings.DisableHashJoin {
		return nil
	}
	oe, ie := outer.est(), inner.est()
	n := &mergePath{hashPath{kind: j.kind, outer: outer, inner: inner, outerKeys: ok, innerKeys: ik, types: typs, cond: rest}}
	n.Rows = j.joinRows(oe, ie)
	per := float64(len(ok)) * costOperator
	n.Startup = oe.Startup + ie.Startup
	n.Total = oe.Total + ie.Total + (oe.Rows+ie.Rows)*per + n.Rows*(costTuple+listCost(rest))
	j.describe(&n.pathInfo, oe, ie)
	if j.kind == Full {
		n.order = nil
	}
	if j.p.a.env.Settings.DisableMergeJoin {
		n.Startup += disabled
		n.Total += disabled
	}
	return j.finishJoin(n)
}

type nestPath struct {
	pathInfo
	kind         JoinKind
	outer, inner path
	binds        []colID
	cond         []Expr
	keep         bool
}

func (n *nestPath) build(b *builder) (Node, []colID) {
	on, ol := n.outer.build(b)
	out := &NestLoop{Kind: n.kind, Outer: on}
	var il []colID
	out.Inner = b.bound(n.binds, ol, &out.Binds, func() Node {
		in, l := n.inner.build(b)
		il = l
		return in
	})
	if n.keep {
		if _, already := out.Inner.(*Materialize); !already {
			m := &Materialize{Input: out.Inner}
			m.Cols, m.Cost = out.Inner.Out(), *out.Inner.Est()
			out.Inner = m
		}
	}
	both := append(slices.Clip(ol), il...)
	out.Cond = b.compile(andAll(n.cond), both)
	layout := joinLayout(n.kind, ol, both)
	out.Cols, out.Cost = b.infos(layout), n.Estimate
	return out, layout
}

func joinLayout(k JoinKind, outer, both []colID) []colID {
	if k == Semi || k == Anti {
		return outer
	}
	return both
}

type hashPath struct {
	pathInfo
	kind                 JoinKind
	outer, inner         path
	outerKeys, innerKeys []Expr
	types                []types.OID
	cond                 []Expr
}

func (n *hashPath) build(b *builder) (Node, []colID) {
	on, ol := n.outer.build(b)
	in, il := n.inner.build(b)
	both := append(slices.Clip(ol), il...)
	layout := joinLayout(n.kind, ol, both)
	out := &HashJoin{
		Kind: n.kind, Outer: on, Inner: in, KeyTypes: n.types,
		OuterKeys: b.compileList(n.outerKeys, ol), InnerKeys: b.compileList(n.innerKeys, il), Cond: b.compile(andAll(n.cond), both),
	}
	out.Cols, out.Cost = b.infos(layout), n.Estimate
	return out, layout
}

type mergePath struct{ hashPath }

func (n *mergePath) build(b *builder) (Node, []colID) {
	on, ol := n.outer.build(b)
	in, il := n.inner.build(b)
	both := append(slices.Clip(ol), il...)
	layout := joinLayout(n.kind, ol, both)
	out := &MergeJoin{
		Kind: n.kind, Outer: on, Inner: in, KeyTypes: n.types,
		OuterKeys: b.compileList(n.outerKeys, ol), InnerKeys: b.compileList(n.innerKeys, il), Cond: b.compile(andAll(n.cond), both),
	}
	out.Cols, out.Cost = b.infos(layout), n.Estimate
	return out, layout
}

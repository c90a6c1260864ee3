package plan

import (
	"math"
	"math/bits"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxDP is the most relations whose join order is found by dynamic programming;
// beyond it the order is found greedily. maxLeaves is what a set of relations holds.
const (
	maxDP     = 8
	maxLeaves = 64
)

// joinPlanner finds the join order of one FROM clause.
type joinPlanner struct {
	p      *planner
	leaves []*leaf
	conds  []cond
	want   []SortKey
	owner  map[colID]relset
	best   map[relset][]path
	cols   map[relset]map[colID]bool
	err    error
}

// joinTree plans a FROM clause with its conditions: the candidate paths, of
// which at least one is the cheapest and others have useful orders.
func (p *planner) joinTree(nodes []fromNode, semis []*semiJoin, where []Expr, want []SortKey) ([]path, error) {
	jp := &joinPlanner{p: p, want: want, owner: map[colID]relset{}}
	for _, n := range nodes {
		where = jp.flatten(n, where)
	}
	for _, s := range semis {
		kind := Semi
		if s.anti {
			kind = Anti
		}
		jp.addLeaf(&leaf{node: s.right, kind: kind, on: s.on, unique: s.unique})
	}
	if len(jp.leaves) > maxLeaves {
		return nil, pgerr.New(pgerr.StatementTooComplex, "too many tables in one FROM clause (maximum %d)", maxLeaves)
	}
	if len(jp.leaves) == 1 {
		l := jp.leaves[0]
		if l.kind == Inner {
			return p.leafPaths(l.node, where, want)
		}
	}
	for i, l := range jp.leaves {
		l.bit = 1 << i
		l.cols = fromColumns(l.node, nil)
		for _, id := range l.cols {
			jp.owner[id] = l.bit
		}
	}
	for _, l := range jp.leaves {
		jp.prepare(l)
	}
	jp.place(where)
	paths := jp.solve()
	if jp.err != nil {
		return nil, jp.err
	}
	if len(paths) == 0 {
		return nil, pgerr.New(pgerr.InternalError, "failed to find a join order")
	}
	return paths, nil
}

func (jp *joinPlanner) all() relset { return relset(1)<<len(jp.leaves) - 1 }

// solve finds the paths that join everything.
func (jp *joinPlanner) solve() []path {
	jp.best = map[relset][]path{}
	for _, l := range jp.leaves {
		if l.deps == 0 && l.kind == Inner {
			paths, err := jp.p.leafPaths(l.node, l.local, jp.want)
			if err != nil {
				jp.err = err
				return nil
			}
			jp.best[l.bit] = paths
		}
		if l.kind == Semi && l.unique {
			u, err := jp.uniquePaths(l)
			if err != nil {
				jp.err = err
				return nil
			}
			jp.best[l.bit] = u
		}
	}
	if len(jp.leaves) <= maxDP {
		jp.dynamic()
		return jp.best[jp.all()]
	}
	return jp.greedy()
}

// dynamic joins ever larger sets, one leaf at a time.
func (jp *joinPlanner) dynamic() {
	n := len(jp.leaves)
	for size := 2; size <= n; size++ {
		for s := relset(1); s <= jp.all(); s++ {
			if bits.OnesCount64(uint64(s)) != size {
				continue
			}
			// Cross products only where nothing else is left.
			for _, cross := range []bool{false, true} {
				if cross && len(jp.best[s]) > 0 {
					break
				}
				for _, l := range jp.leaves {
					if s&l.bit == 0 {
						continue
					}
					jp.extend(s&^l.bit, l, cross)
				}
				if jp.err != nil {
					return
				}
			}
		}
	}
}

// greedy starts with the smallest leaf and adds what makes the fewest rows.
func (jp *joinPlanner) greedy() []path {
	var cur relset
	low := math.Inf(1)
	for s, paths := range jp.best {
		l := jp.leaves[bits.TrailingZeros64(uint64(s))]
		if l.kind != Inner {
			continue
		}
		if r := cheapest(paths).est().Rows; r < low || (r == low && s < cur) {
			low, cur = r, s
		}
	}
	if cur == 0 {
		return nil
	}
	for cur != jp.all() {
		var next relset
		low = math.Inf(1)
		for _, cross := range []bool{false, true} {
			if next != 0 {
				break
			}
			for _, l := range jp.leaves {
				if cur&l.bit != 0 {
					continue
				}
				jp.extend(cur, l, cross)
				if jp.err != nil {
					return nil
				}
				paths := jp.best[cur|l.bit]
				if len(paths) == 0 {
					continue
				}
				e := cheapest(paths).est()
				if v := e.Total + e.Rows; v < low {
					low, next = v, cur|l.bit
				}
			}
		}
		if next == 0 {
			return nil
		}
		cur = next
	}
	return jp.best[cur]
}

// extend joins a leaf to a set, if it may come next.
func (jp *joinPlanner) extend(left relset, l *leaf, cross bool) {
	outer := jp.best[left]
	if len(outer) == 0 || !left.has(l.deps) {
		return
	}
	s := left | l.bit
	var join, after []Expr
	connected := l.kind != Inner || l.deps != 0
	for _, c := range jp.conds {
		if !s.has(c.rels) || left.has(c.rels) || l.bit.has(c.rels) && l.kind == Inner {
			continue
		}
		if c.semi != nil && (c.semi == l || l.kind != Inner) {
			continue
		}
		if l.kind == Inner {
			join = append(join, c.e)
		} else {
			after = append(after, c.e)
		}
		connected = true
	}
	if l.kind != Inner {
		join = append(join, l.on...)
	}
	if !connected && !cross {
		return
	}
	jp.join(left, l, outer, join, after, l.kind, nil)
	if l.kind == Semi && l.unique {
		// Made distinct, the right side joins like any other.
		if unique := jp.best[l.bit]; len(unique) > 0 {
			jp.join(left, l, outer, join, after, Inner, unique)
		}
	}
}

// uniquePaths makes a semi-join's right side distinct.
func (jp *joinPlanner) uniquePaths(l *leaf) ([]path, error) {
	paths, err := jp.p.leafPaths(l.node, l.local, nil)
	if err != nil {
		return nil, err
	}
	in := cheapest(paths)
	if e := in.est(); len(e.req) > 0 {
		return nil, nil
	}
	if in.est().single {
		return []path{in}, nil
	}
	d := &distinctPath{input: in}
	e := in.est()
	d.Estimate = e.Estimate
	var keys []Expr
	for _, id := range l.cols {
		keys = append(keys, jp.p.a.ref(id, -1))
	}
	d.Rows = jp.p.distinctOf(keys, e.Rows)
	d.Startup = e.Total + e.Rows*costOperator
	d.Total = d.Startup + d.Rows*costTuple
	return []path{d}, nil
}

// join adds the ways to join a leaf to a set.
func (jp *joinPlanner) join(left relset, l *leaf, outers []path, on, after []Expr, kind JoinKind, inners []path) {
	s := left | l.bit
	outer := cheapest(outers)
	if inners == nil {
		var err error
		if inners, err = jp.innerPaths(l); err != nil {
			jp.err = err
			return
		}
	}
	j := &joiner{p: jp.p, kind: kind, on: on, after: after, leaf: l, outerCols: jp.columnsOf(left)}
	for _, o := range outers {
		for _, in := range inners {
			jp.add(s, j.nested(o, in))
		}
	}
	// The leaf looked up for each outer row.
	lookups, err := j.lookups()
	if err != nil {
		jp.err = err
		return
	}
	for _, o := range outers {
		for _, in := range lookups {
			jp.add(s, j.nestedLookup(o, in))
		}
	}
	in := cheapest(inners)
	if len(l.lat) == 0 {
		jp.add(s, j.hash(outer, in, false))
		jp.add(s, j.hash(outer, in, true))
		jp.add(s, j.merge(outers, inners))
	}
}

// innerPaths are a leaf's own paths.
func (jp *joinPlanner) innerPaths(l *leaf) ([]path, error) {
	if l.kind == Inner && l.deps == 0 {
		if have := jp.best[l.bit]; have != nil {
			return have, nil
		}
	}
	if l.paths != nil {
		return l.paths, nil
	}
	var err error
	l.paths, err = jp.p.leafPaths(l.node, l.local, nil)
	return l.paths, err
}

func (jp *joinPlanner) columnsOf(s relset) map[colID]bool {
	if m := jp.cols[s]; m != nil {
		return m
	}
	m := map[colID]bool{}
	if jp.cols == nil {
		jp.cols = map[relset]map[colID]bool{}
	}
	jp.cols[s] = m
	for _, l := range jp.leaves {
		if s&l.bit != 0 {
			for _, id := range l.cols {
				m[id] = true
			}
		}
	}
	return m
}

// add keeps a path unless another is as good in every way.
func (jp *joinPlanner) add(s relset, n path) {
	if n == nil {
		return
	}
	have := jp.best[s]
	ne := n.est()
	nk := sortedBy(ne.order, jp.want)
	kept := have[:0:0]
	for _, o := range have {
		oe := o.est()
		ok := sortedBy(oe.order, jp.want)
		if oe.Total <= ne.Total && ok >= nk && oe.Startup <= ne.Startup*1.01+0.01 {
			return
		}
		if ne.Total <= oe.Total && nk >= ok && ne.Startup <= oe.Startup*1.01+0.01 {
			continue
		}
		kept = append(kept, o)
	}
	jp.best[s] = append(kept, n)
}

func cheapest(list []path) path {
	best := list[0]
	for _, p := range list[1:] {
		if p.est().Total < best.est().Total {
			best = p
		}
	}
	return best
}

// equiKey splits outer = inner, with both sides of a type that hashes alike.
func equiKey(e Expr, outer, inner func(Expr) bool) (o, i Expr, typ types.OID, ok bool) {
	c, isCall := e.(*Call)
	if !isCall || c.Op != "=" || len(c.Args) != 2 {
		return nil, nil, 0, false
	}
	l, r := c.Args[0], c.Args[1]
	switch {
	case outer(l) && inner(r):
	case outer(r) && inner(l):
		l, r = r, l
	default:
		return nil, nil, 0, false
	}
	if volatility(l) == builtin.Volatile || volatility(r) == builtin.Volatile {
		return nil, nil, 0, false
	}
	lt, rt := l.Type(), r.Type()
	switch {
	case comparesAlike(lt, rt):
		typ = lt
	case isInt(lt) && isInt(rt):
		typ = types.Int8OID
		l, r = widen(l), widen(r)
	default:
		return nil, nil, 0, false
	}
	op := builtin.OperatorFor("=", lt, rt)
	if op == nil && types.ElemOf(lt) == 0 && !isRowType(lt) && typ != types.Int8OID && lt != types.VarCharOID && rt != types.VarCharOID {
		return nil, nil, 0, false
	}
	if op != nil && !op.Hashable {
		return nil, nil, 0, false
	}
	return l, r, typ, true
}

func widen(e Expr) Expr {
	if e.Type() == types.Int8OID {
		return e
	}
	return &Cast{Typed: Typed{types.Int8OID, -1, -1}, Arg: e, Cast: builtin.FindCast(e.Type(), types.Int8OID)}
}

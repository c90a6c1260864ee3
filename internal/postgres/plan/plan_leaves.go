package plan

import (
	"math/bits"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
)

// lookup remembers a leaf's index scans for a set of join conditions.
type lookup struct {
	on    []Expr
	paths []path
}

// relset is a set of leaves.
type relset uint64

func (s relset) has(t relset) bool { return s&t == t }

// leaf is one thing to join.
type leaf struct {
	node fromNode
	kind JoinKind // how it joins to what is there: Inner, Left, Semi, Anti
	bit  relset
	// deps must be there before.
	deps relset
	// on are the conditions of a Left, Semi or Anti leaf.
	on []Expr
	// local are conditions over this leaf alone (and over outer queries).
	local  []Expr
	cols   []colID
	unique bool // of a Semi leaf: it may be made distinct and joined first
	lat    []colID
	paths  []path // of the leaf by itself
	looked []lookup
}

// cond is a condition over several leaves.
type cond struct {
	e    Expr
	rels relset
	// semi is the leaf whose condition this is, where the leaf may have come first.
	semi *leaf
}

// flatten lists the leaves of a join tree; conditions of inner joins go to where.
func (jp *joinPlanner) flatten(n fromNode, where []Expr) []Expr {
	j, ok := n.(*fromJoin)
	if !ok {
		jp.addLeaf(&leaf{node: n, kind: Inner})
		return where
	}
	switch j.kind {
	case Inner:
		where = jp.flatten(j.left, where)
		where = jp.flatten(j.right, where)
		return append(where[:len(where):len(where)], j.on...)
	case Left, Anti:
		where = jp.flatten(j.left, where)
		jp.addLeaf(&leaf{node: j.right, kind: j.kind, on: j.on})
		return where
	case Right:
		where = jp.flatten(j.right, where)
		jp.addLeaf(&leaf{node: j.left, kind: Left, on: j.on})
		return where
	}
	jp.addLeaf(&leaf{node: j, kind: Inner})
	return where
}

func (jp *joinPlanner) addLeaf(l *leaf) { jp.leaves = append(jp.leaves, l) }

// relsOf is the set of leaves that an expression refers to.
func (jp *joinPlanner) relsOf(e Expr) relset {
	var s relset
	for _, id := range freeOf(e, nil) {
		s |= jp.owner[id]
	}
	return s
}

// prepare finds what a leaf needs to be there before it, and which of its
// conditions are its own.
func (jp *joinPlanner) prepare(l *leaf) {
	for _, id := range jp.p.nodeReq(l.node) {
		if o := jp.owner[id]; o != 0 && o != l.bit {
			l.deps |= o
			l.lat = appendCol(l.lat, id)
		}
	}
	if l.kind == Inner {
		return
	}
	var on []Expr
	for _, e := range l.on {
		rels := jp.relsOf(e)
		if rels&^l.bit == 0 && rels != 0 {
			l.local = append(l.local, e)
			continue
		}
		l.deps |= rels &^ l.bit
		on = append(on, e)
	}
	l.on = on
	if l.kind == Semi && l.unique {
		for _, e := range on {
			jp.conds = append(jp.conds, cond{e: e, rels: jp.relsOf(e), semi: l})
		}
	}
	if l.deps == 0 {
		// Nothing ties it to a particular leaf: it comes after the first.
		for _, o := range jp.leaves {
			if o != l && o.kind == Inner {
				l.deps |= o.bit
				break
			}
		}
	}
}

// place gives WHERE's conditions to leaves, or keeps them for joins.
func (jp *joinPlanner) place(where []Expr) {
	for _, e := range where {
		rels := jp.relsOf(e)
		if bits.OnesCount64(uint64(rels)) == 1 {
			l := jp.leaves[bits.TrailingZeros64(uint64(rels))]
			if l.kind == Inner {
				l.local = append(l.local, e)
				continue
			}
		}
		if rels == 0 {
			// A condition without columns of this FROM: as early as can be.
			l := jp.leaves[0]
			if volatility(e) != builtin.Volatile && l.kind == Inner {
				l.local = append(l.local, e)
				continue
			}
			rels = jp.all()
		}
		jp.conds = append(jp.conds, cond{e: e, rels: rels})
	}
	jp.transitive()
}

// transitive adds what follows from a = b and b = constant: a = constant.
func (jp *joinPlanner) transitive() {
	for _, c := range jp.conds {
		x, ok := c.e.(*Call)
		if !ok || x.Op != "=" || len(x.Args) != 2 || x.Args[0].Type() != x.Args[1].Type() {
			continue
		}
		for side := range 2 {
			from, ok1 := x.Args[side].(*colRef)
			to, ok2 := x.Args[1-side].(*colRef)
			if !ok1 || !ok2 {
				continue
			}
			lf, lt := jp.leafOf(from.ID), jp.leafOf(to.ID)
			if lf == nil || lt == nil || lf.kind != Inner || lt.kind != Inner {
				continue
			}
			for _, e := range lf.local {
				k, ok := e.(*Call)
				if !ok || k.Op != "=" || len(k.Args) != 2 {
					continue
				}
				col, ok := k.Args[0].(*colRef)
				if !ok || col.ID != from.ID || jp.relsOf(k.Args[1]) != 0 || volatility(k.Args[1]) == builtin.Volatile {
					continue
				}
				derived, err := jp.p.a.makeOp("=", to, k.Args[1], -1)
				if err != nil {
					continue
				}
				dup := false
				for _, have := range lt.local {
					dup = dup || equalExpr(have, derived)
				}
				if !dup {
					jp.p.markExpr(derived)
					lt.local = append(lt.local, derived)
				}
			}
		}
	}
}

func (jp *joinPlanner) leafOf(id colID) *leaf {
	b := jp.owner[id]
	if b == 0 {
		return nil
	}
	return jp.leaves[bits.TrailingZeros64(uint64(b))]
}

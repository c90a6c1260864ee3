package plan

import (
	"slices"
)

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

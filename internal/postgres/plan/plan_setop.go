package plan

import (
	"math"
)

// appendPath is UNION ALL.
type appendPath struct {
	pathInfo
	list []path
	cols []colID
}

// setOpPath is INTERSECT or EXCEPT.
type setOpPath struct {
	pathInfo
	kind        SetOpKind
	all         bool
	left, right path
	cols        []colID
}

// setOp plans UNION, INTERSECT and EXCEPT, with ORDER BY and LIMIT over them.
func (p *planner) setOp(q *query) (path, error) {
	cols := make([]colID, len(q.targets))
	for i, t := range q.targets {
		cols[i] = t.id
	}
	var out path
	if q.op == opUnion {
		list, err := p.branches(q, q.all, nil)
		if err != nil {
			return nil, err
		}
		a := &appendPath{list: list, cols: cols}
		for _, l := range list {
			e := l.est()
			a.Rows += e.Rows
			a.Total += e.Total
			a.Width = max(a.Width, e.Width)
			a.req = addReq(a.req, e.req)
		}
		a.Total += a.Rows * costTuple / 2
		out = a
		if !q.all {
			d := &distinctPath{input: a}
			d.pathInfo = a.pathInfo
			d.Startup = a.Total + a.Rows*costOperator*float64(len(cols))
			d.Total = d.Startup + a.Rows*costTuple
			out = d
		}
	} else {
		l, err := p.query(q.left)
		if err != nil {
			return nil, err
		}
		r, err := p.query(q.right)
		if err != nil {
			return nil, err
		}
		le, re := l.est(), r.est()
		s := &setOpPath{all: q.all, left: l, right: r, cols: cols}
		s.Rows = le.Rows
		if q.op == opExcept {
			s.kind = Except
		} else {
			s.kind = Intersect
			s.Rows = math.Min(le.Rows, re.Rows)
		}
		s.Width = le.Width
		s.Startup = le.Total + re.Total + (le.Rows+re.Rows)*costOperator*float64(len(cols))
		s.Total = s.Startup + s.Rows*costTuple
		s.req = addReq(le.req, re.req)
		out = s
	}
	var keys []SortKey
	for _, o := range q.order {
		keys = append(keys, SortKey{Expr: p.a.ref(q.targets[o.target].id, -1), Desc: o.desc, NullsFirst: o.nullsFirst})
	}
	if len(keys) > 0 {
		top := p.topN(q)
		if q.withTies {
			top = nil
		}
		out = p.sort(out, keys, top)
	}
	if q.limit != nil || q.offset != nil {
		out = p.limit(q, out, keys)
	}
	return out, nil
}

// branches lists the inputs of a chain of UNIONs of one kind.
func (p *planner) branches(q *query, all bool, out []path) ([]path, error) {
	for _, side := range []*query{q.left, q.right} {
		// A nested UNION ALL adds its branches; any nested UNION does below UNION.
		if side.op == opUnion && (side.all || !all) && side.limit == nil && side.offset == nil && len(side.order) == 0 && len(side.with) == 0 {
			var err error
			if out, err = p.branches(side, all, out); err != nil {
				return nil, err
			}
			continue
		}
		b, err := p.query(side)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (a *appendPath) build(b *builder) (Node, []colID) {
	n := &Append{}
	for _, l := range a.list {
		in, _ := l.build(b)
		n.List = append(n.List, in)
	}
	n.Cols, n.Cost = b.infos(a.cols), a.Estimate
	return n, a.cols
}

func (s *setOpPath) build(b *builder) (Node, []colID) {
	l, _ := s.left.build(b)
	r, _ := s.right.build(b)
	n := &SetOp{Kind: s.kind, All: s.all, Left: l, Right: r}
	n.Cols, n.Cost = b.infos(s.cols), s.Estimate
	return n, s.cols
}

package plan

// reduceOuter turns outer joins into inner ones where WHERE refuses the rows
// that only the outer join gives.
func (r *rewriter) reduceOuter(q *query) {
	var needed map[colID]bool
	for i := range q.from {
		if _, ok := q.from[i].(*fromJoin); !ok {
			continue
		}
		if needed == nil {
			needed = map[colID]bool{}
			for _, e := range q.where {
				r.strictColumns(e, needed)
			}
		}
		r.reduceNode(q.from[i], needed)
	}
}

func (r *rewriter) reduceNode(n fromNode, needed map[colID]bool) {
	j, ok := n.(*fromJoin)
	if !ok {
		return
	}
	has := func(n fromNode) bool {
		for _, id := range fromColumns(n, nil) {
			if needed[id] {
				return true
			}
		}
		return false
	}
	switch j.kind {
	case Left:
		if has(j.right) {
			j.kind = Inner
		}
	case Right:
		if has(j.left) {
			j.kind = Inner
		}
	case Full:
		l, rt := has(j.left), has(j.right)
		switch {
		case l && rt:
			j.kind = Inner
		case l:
			j.kind = Left
		case rt:
			j.kind = Right
		}
	}
	inner := needed
	if j.kind == Inner {
		inner = map[colID]bool{}
		for id := range needed {
			inner[id] = true
		}
		for _, e := range j.on {
			r.strictColumns(e, inner)
		}
	}
	switch j.kind {
	case Inner:
		r.reduceNode(j.left, inner)
		r.reduceNode(j.right, inner)
	case Left:
		r.reduceNode(j.left, needed)
		r.reduceNode(j.right, r.onColumns(j))
	case Right:
		r.reduceNode(j.right, needed)
		r.reduceNode(j.left, r.onColumns(j))
	}
}

// onColumns are the columns that an outer join's condition needs not NULL.
func (r *rewriter) onColumns(j *fromJoin) map[colID]bool {
	m := map[colID]bool{}
	for _, e := range j.on {
		r.strictColumns(e, m)
	}
	return m
}

// strictColumns notes the columns whose being NULL keeps e from being true.
func (r *rewriter) strictColumns(e Expr, out map[colID]bool) {
	switch x := e.(type) {
	case *colRef:
		out[x.ID] = true
	case *Call:
		if x.Fn.Strict && x.Fn.Set == nil {
			for _, c := range x.Args {
				r.strictColumns(c, out)
			}
		}
	case *Cast:
		if x.Cast == nil || x.Cast.Fn != nil || !isRowType(x.T) {
			r.strictColumns(x.Arg, out)
		}
	case *Logic:
		if x.Op == And {
			for _, c := range x.Args {
				r.strictColumns(c, out)
			}
		}
		if x.Op == Or && len(x.Args) > 0 {
			common := map[colID]bool{}
			r.strictColumns(x.Args[0], common)
			for _, c := range x.Args[1:] {
				m := map[colID]bool{}
				r.strictColumns(c, m)
				for id := range common {
					if !m[id] {
						delete(common, id)
					}
				}
			}
			for id := range common {
				out[id] = true
			}
		}
		if x.Op == Not {
			switch x.Args[0].(type) {
			case *Call, *colRef, *ScalarArray:
				r.strictColumns(x.Args[0], out)
			}
		}
	case *NullTest:
		if x.Not && !isRowType(x.Arg.Type()) {
			r.strictColumns(x.Arg, out)
		}
	case *BoolTest:
		if !x.Want.IsNull() && !x.Not {
			r.strictColumns(x.Arg, out)
		}
	case *ScalarArray:
		if !x.All {
			r.strictColumns(x.Left, out)
		}
	case *RowCompare:
		if len(x.Left) > 0 {
			r.strictColumns(x.Left[0], out)
		}
	}
}

// antiJoins turns a LEFT JOIN whose NULL rows alone WHERE keeps into an anti-join.
func (r *rewriter) antiJoins(q *query) {
	for _, n := range q.from {
		for j, ok := n.(*fromJoin); ok; j, ok = j.left.(*fromJoin) {
			if j.kind != Left {
				if j.kind != Inner {
					break
				}
				continue
			}
			r.antiJoin(q, j)
		}
	}
}

func (r *rewriter) antiJoin(q *query, j *fromJoin) {
	right := map[colID]bool{}
	madeByFrom(j.right, right)
	strict := r.onColumns(j)
	for _, e := range q.where {
		t, ok := e.(*NullTest)
		if !ok || t.Not {
			continue
		}
		c, ok := t.Arg.(*colRef)
		if !ok || !right[c.ID] || !strict[c.ID] && !r.neverNull(j.right, c.ID) {
			continue
		}
		j.kind = Anti
		on := j.on
		j.on = nil
		// Every row left has NULL in the right side's columns.
		deepMap(q, func(x Expr) Expr {
			if c, ok := x.(*colRef); ok && right[c.ID] {
				return &Const{Typed: c.Typed}
			}
			return x
		})
		j.on = on
		for i := range q.where {
			q.where[i] = r.a.fold(q.where[i])
		}
		q.where = resplit(q.where)
		return
	}
}

// neverNull reports whether a table of an inner-joined entry declares the column
// NOT NULL.
func (r *rewriter) neverNull(n fromNode, id colID) bool {
	t, ok := n.(*baseTable)
	return ok && r.a.cols[id].base == t && r.a.cols[id].notNull
}

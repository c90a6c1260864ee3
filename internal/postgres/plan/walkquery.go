package plan

// eachExpr calls f with the place of every expression of a query level: not of
// the queries in its FROM clause, WITH or set operation.
func (q *query) eachExpr(f func(*Expr)) {
	one := func(e *Expr) {
		if *e != nil {
			f(e)
		}
	}
	list := func(l []Expr) {
		for i := range l {
			one(&l[i])
		}
	}
	for _, n := range q.from {
		eachFromExpr(n, one)
	}
	list(q.where)
	for _, s := range q.semi {
		eachFromExpr(s.right, one)
		list(s.on)
	}
	for i := range q.group {
		one(&q.group[i].expr)
	}
	for _, a := range q.aggs {
		list(a.Args)
		list(a.Direct)
		for i := range a.Order {
			one(&a.Order[i].Expr)
		}
		one(&a.Filter)
	}
	list(q.having)
	for _, w := range q.windows {
		list(w.partition)
		for i := range w.order {
			one(&w.order[i].Expr)
		}
		one(&w.frame.Start.Offset)
		one(&w.frame.End.Offset)
		for _, c := range w.calls {
			list(c.Args)
			one(&c.Filter)
		}
	}
	for _, t := range q.targets {
		one(&t.expr)
	}
	one(&q.limit)
	one(&q.offset)
	for _, r := range q.values {
		list(r)
	}
	if d := q.dml; d != nil {
		d.eachExpr(one)
	}
}

func (d *dml) eachExpr(one func(*Expr)) {
	assigns := func(l []Assign) {
		for i := range l {
			one(&l[i].Expr)
		}
	}
	assigns(d.set)
	for i := range d.recheck {
		one(&d.recheck[i])
	}
	if c := d.conflict; c != nil {
		assigns(c.set)
		one(&c.where)
	}
	for _, t := range d.returning {
		one(&t.expr)
	}
}

func eachFromExpr(n fromNode, one func(*Expr)) {
	switch x := n.(type) {
	case *fromFunction:
		for _, c := range x.calls {
			for i := range c.Args {
				one(&c.Args[i])
			}
		}
	case *fromJoin:
		eachFromExpr(x.left, one)
		eachFromExpr(x.right, one)
		for i := range x.on {
			one(&x.on[i])
		}
	case *fromWhere:
		eachFromExpr(x.node, one)
		for i := range x.where {
			one(&x.where[i])
		}
	}
}

// eachQuery calls f with the queries directly inside q: in FROM, WITH, the
// branches of a set operation, the source of an INSERT. Sub-selects in
// expressions are not among them.
func (q *query) eachQuery(f func(*query)) {
	for _, c := range q.with {
		for _, sub := range []*query{c.q, c.start, c.step} {
			if sub != nil {
				f(sub)
			}
		}
	}
	for _, n := range q.from {
		eachFromQuery(n, f)
	}
	for _, s := range q.semi {
		eachFromQuery(s.right, f)
	}
	for _, sub := range []*query{q.left, q.right} {
		if sub != nil {
			f(sub)
		}
	}
	if q.dml != nil && q.dml.input != nil {
		f(q.dml.input)
	}
}

func eachFromQuery(n fromNode, f func(*query)) {
	switch x := n.(type) {
	case *fromQuery:
		f(x.q)
	case *fromJoin:
		eachFromQuery(x.left, f)
		eachFromQuery(x.right, f)
	case *fromWhere:
		eachFromQuery(x.node, f)
	}
}

// walkQuery calls f with every expression of q and of the queries inside it,
// those of sub-selects in expressions excepted.
func walkQuery(q *query, f func(Expr)) {
	q.eachExpr(func(e *Expr) { f(*e) })
	q.eachQuery(func(sub *query) { walkQuery(sub, f) })
}

// mapQuery replaces the same expressions in place.
func mapQuery(q *query, f func(Expr) Expr) {
	q.eachExpr(func(e *Expr) { *e = f(*e) })
	q.eachQuery(func(sub *query) { mapQuery(sub, f) })
}

// deepMap rewrites with f everywhere below q, sub-selects in expressions
// included; f sees nodes as mapExpr shows them.
func deepMap(q *query, f func(Expr) Expr) {
	mapQuery(q, func(e Expr) Expr { return deepMapExpr(e, f) })
}

func deepMapExpr(e Expr, f func(Expr) Expr) Expr {
	return mapExpr(e, func(x Expr) Expr {
		if s, ok := x.(*subLink); ok {
			deepMap(s.q, f)
		}
		return f(x)
	})
}

// deepWalkExpr visits an expression and everything below it, sub-selects'
// queries included.
func deepWalkExpr(e Expr, f func(Expr)) {
	walkExpr(e, func(x Expr) bool {
		f(x)
		if s, ok := x.(*subLink); ok {
			deepWalk(s.q, f)
		}
		return true
	})
}

func deepWalk(q *query, f func(Expr)) {
	walkQuery(q, func(e Expr) { deepWalkExpr(e, f) })
}

package plan

import "github.com/orbit-server/orbit/internal/postgres/types"

// builder turns chosen paths into physical nodes: identities become positions
// in an input's columns, or slots.
type builder struct {
	p *planner
	// slots holds, while a part of the plan is built, the columns that an
	// enclosing node puts into slots for it.
	slots map[colID]int
	err   error
}

// compile turns an expression over a node's input columns into its physical
// form. Columns that are not among them come through slots.
func (b *builder) compile(e Expr, in []colID) Expr {
	switch x := e.(type) {
	case nil:
		return nil
	case *Const, *Param:
		return e
	case *colRef:
		return b.column(x, in)
	}
	return mapExpr(e, func(x Expr) Expr {
		switch x := x.(type) {
		case *colRef:
			return b.column(x, in)
		case *subLink:
			return b.subquery(x, in)
		}
		return x
	})
}

func (b *builder) column(c *colRef, in []colID) Expr {
	for i, id := range in {
		if id == c.ID {
			return &Column{Typed: c.Typed, Index: i, Name: c.Name}
		}
	}
	if s, ok := b.slots[c.ID]; ok {
		return &Slot{Typed: c.Typed, Slot: s}
	}
	b.fail("column \"%s\" is not available in this part of the plan", c.Name)
	return c
}

func (b *builder) compileList(list []Expr, in []colID) []Expr {
	if list == nil {
		return nil
	}
	out := make([]Expr, len(list))
	for i, e := range list {
		out[i] = b.compile(e, in)
	}
	return out
}

func (b *builder) compileKeys(list []SortKey, in []colID) []SortKey {
	out := make([]SortKey, len(list))
	for i, k := range list {
		out[i] = SortKey{Expr: b.compile(k.Expr, in), Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	return out
}

func (b *builder) compileAssigns(list []Assign, in []colID) []Assign {
	out := make([]Assign, len(list))
	for i, a := range list {
		out[i] = Assign{Column: a.Column, Expr: b.compile(a.Expr, in)}
	}
	return out
}

// subquery plans a sub-select and binds what it refers to outside.
func (b *builder) subquery(s *subLink, in []colID) Expr {
	sub := &Subquery{Typed: s.Typed, Kind: s.Kind, Op: s.Op, Fns: s.Fns, Eqs: s.Eqs}
	for _, l := range s.Left {
		sub.Left = append(sub.Left, b.compile(l, in))
	}
	path, err := b.p.subplan(s)
	if err != nil {
		b.setErr(err)
		return sub
	}
	sub.Plan = b.bound(freeColumns(s.q), in, &sub.Binds, func() Node {
		n, _ := path.build(b)
		return n
	})
	return sub
}

// bound builds a part of the plan with some columns in slots: each gets a slot
// of its own, and a bind that fills it from the current row.
func (b *builder) bound(free []colID, in []colID, binds *[]Bind, build func() Node) Node {
	if len(free) == 0 {
		return build()
	}
	type saved struct {
		id   colID
		slot int
		had  bool
	}
	var old []saved
	for _, id := range free {
		ref := b.p.a.ref(id, -1)
		e := b.column(ref, in)
		slot := b.p.newSlot()
		*binds = append(*binds, Bind{Slot: slot, Expr: e})
		s, had := b.slots[id]
		old = append(old, saved{id, s, had})
	}
	if b.slots == nil {
		b.slots = map[colID]int{}
	}
	for i, id := range free {
		b.slots[id] = (*binds)[len(*binds)-len(free)+i].Slot
	}
	n := build()
	for _, o := range old {
		if o.had {
			b.slots[o.id] = o.slot
		} else {
			delete(b.slots, o.id)
		}
	}
	return n
}

// freeColumns lists the columns that a query refers to and does not produce.
func freeColumns(q *query) []colID {
	made := map[colID]bool{}
	collectMade(q, made)
	var out []colID
	seen := map[colID]bool{}
	deepWalk(q, func(e Expr) {
		switch x := e.(type) {
		case *colRef:
			if !made[x.ID] && !seen[x.ID] {
				seen[x.ID] = true
				out = append(out, x.ID)
			}
		case *subLink:
			collectMade(x.q, made)
		}
	})
	// What a sub-select made may have been met before it was known.
	kept := out[:0]
	for _, id := range out {
		if !made[id] {
			kept = append(kept, id)
		}
	}
	return kept
}

// freeOf lists the columns an expression refers to, those inside its sub-selects
// that they do not produce included.
func freeOf(e Expr, out []colID) []colID {
	walkExpr(e, func(x Expr) bool {
		switch x := x.(type) {
		case *colRef:
			out = appendCol(out, x.ID)
		case *subLink:
			for _, id := range freeColumns(x.q) {
				out = appendCol(out, id)
			}
		}
		return true
	})
	return out
}

func appendCol(list []colID, id colID) []colID {
	for _, x := range list {
		if x == id {
			return list
		}
	}
	return append(list, id)
}

// collectMade notes the columns that a query produces at any depth.
func collectMade(q *query, made map[colID]bool) {
	for _, n := range q.from {
		madeByFrom(n, made)
	}
	for _, s := range q.semi {
		madeByFrom(s.right, made)
	}
	for _, g := range q.group {
		made[g.id] = true
	}
	for _, a := range q.aggs {
		made[a.id] = true
	}
	for _, g := range q.grouping {
		made[g.id] = true
	}
	for _, w := range q.windows {
		for _, c := range w.calls {
			made[c.id] = true
		}
	}
	for _, t := range q.targets {
		made[t.id] = true
	}
	if d := q.dml; d != nil {
		madeByFrom(d.table, made)
		if d.excluded != nil {
			madeByFrom(d.excluded, made)
		}
		for _, t := range d.returning {
			made[t.id] = true
		}
	}
	q.eachQuery(func(sub *query) { collectMade(sub, made) })
}

func madeByFrom(n fromNode, made map[colID]bool) {
	for _, id := range fromColumns(n, nil) {
		made[id] = true
	}
}

// fromColumns lists the columns that a FROM entry gives.
func fromColumns(n fromNode, out []colID) []colID {
	switch x := n.(type) {
	case *baseTable:
		for _, id := range x.cols {
			if id >= 0 {
				out = append(out, id)
			}
		}
		if x.tid >= 0 {
			out = append(out, x.tid)
		}
	case *fromQuery:
		for _, t := range x.q.outputs() {
			out = append(out, t.id)
		}
	case *fromFunction:
		out = append(out, x.cols...)
	case *fromCTE:
		out = append(out, x.cols...)
	case *fromJoin:
		out = fromColumns(x.right, fromColumns(x.left, out))
	case *fromWhere:
		out = fromColumns(x.node, out)
	}
	return out
}

// infos describes a node's columns.
func (b *builder) infos(layout []colID) []ColumnInfo {
	out := make([]ColumnInfo, len(layout))
	for i, id := range layout {
		m := &b.p.a.cols[id]
		out[i] = ColumnInfo{Name: m.name, Type: m.typ, Typmod: m.mod, Table: m.table, Attnum: m.attnum}
		if m.typ == types.UnknownOID {
			out[i].Type = types.TextOID
		}
	}
	return out
}

package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// targetList analyses the select list.
func (qc *qctx) targetList(list []*pg_query.Node) error {
	for _, n := range list {
		rt := n.GetResTarget()
		if ts, err := qc.starItem(rt); err != nil {
			return err
		} else if ts != nil {
			qc.q.targets = append(qc.q.targets, ts...)
			continue
		}
		e, err := qc.expr(rt.Val)
		if err != nil {
			return err
		}
		name := rt.Name
		if name == "" {
			name = figureName(rt.Val)
		}
		qc.addTarget(e, name, false)
	}
	if len(qc.q.targets) > 1664 {
		return pgerr.New(pgerr.TooManyColumns, "target lists can have at most 1664 entries")
	}
	return nil
}

// addTarget appends a select list entry and gives it an identity.
func (qc *qctx) addTarget(e Expr, name string, junk bool) {
	t := &target{expr: e, name: name, junk: junk}
	qc.identify(t)
	qc.q.targets = append(qc.q.targets, t)
}

func (qc *qctx) identify(t *target) {
	m := colMeta{name: t.name, typ: t.expr.Type(), mod: t.expr.Typmod(), owner: qc}
	if c, ok := t.expr.(*colRef); ok {
		src := qc.a.cols[c.ID]
		t.table, t.attnum = src.table, src.attnum
		m.table, m.attnum = src.table, src.attnum
	}
	t.id = qc.a.newCol(m)
}

// starItem expands * and t.* of a select list; nil if the item is neither.
func (qc *qctx) starItem(rt *pg_query.ResTarget) ([]*target, error) {
	switch x := rt.GetVal().GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		c := x.ColumnRef
		if len(c.Fields) == 0 || c.Fields[len(c.Fields)-1].GetAStar() == nil {
			return nil, nil
		}
		ts, err := qc.starTargets(c)
		for _, t := range ts {
			qc.identify(t)
		}
		return ts, err
	case *pg_query.Node_AIndirection:
		list := x.AIndirection.Indirection
		if len(list) == 0 || list[len(list)-1].GetAStar() == nil {
			return nil, nil
		}
		e, err := qc.expr(x.AIndirection.Arg)
		if err != nil {
			return nil, err
		}
		if e, err = qc.applyIndirection(e, list[:len(list)-1]); err != nil {
			return nil, err
		}
		return qc.expandRow(e)
	}
	return nil, nil
}

// expandRow makes (row).* a target per field.
func (qc *qctx) expandRow(e Expr) ([]*target, error) {
	names, typs, ok := qc.a.rowFields(e)
	if !isRowType(e.Type()) {
		return nil, pgerr.New(pgerr.WrongObjectType, "type %s is not composite", qc.a.typeName(e.Type())).At(locOf(e))
	}
	if !ok {
		return nil, pgerr.New(pgerr.WrongObjectType, "record type has not been registered").At(locOf(e))
	}
	var out []*target
	for i, n := range names {
		if n == "" {
			continue
		}
		var f Expr
		if row, isRow := e.(*RowExpr); isRow {
			f = row.Items[i]
		} else {
			f = &Field{Typed: Typed{typs[i], -1, locOf(e)}, Arg: e, Index: i, Name: n}
		}
		t := &target{expr: f, name: n}
		qc.identify(t)
		out = append(out, t)
	}
	return out, nil
}

// starTargets gives the columns that * or t.* stands for, without identities.
func (qc *qctx) starTargets(c *pg_query.ColumnRef) ([]*target, error) {
	var names []string
	for _, f := range c.Fields {
		if s := f.GetString_(); s != nil {
			names = append(names, s.Sval)
		}
	}
	var out []*target
	add := func(level *qctx, it *nsItem) {
		for i := range it.cols {
			out = append(out, &target{expr: level.colExpr(&it.cols[i], c.Location), name: it.cols[i].name})
		}
	}
	if len(names) == 0 {
		named := false
		for _, it := range qc.items {
			if it.byName {
				named = true
				add(qc, it)
			}
		}
		if !named {
			return nil, pgerr.New(pgerr.SyntaxError, "SELECT * with no tables specified is not valid").At(c.Location)
		}
		if out == nil {
			out = []*target{}
		}
		return out, nil
	}
	schema, table := "", names[len(names)-1]
	if len(names) > 1 {
		schema = names[len(names)-2]
	}
	it, level, err := qc.findTable(schema, table, c.Location)
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, qc.missingTable(table, c.Location)
	}
	out = []*target{}
	add(level, it)
	return out, nil
}

// resolveTargets makes leftover unknown literals text.
func (qc *qctx) resolveTargets() error {
	for _, t := range qc.q.targets {
		if t.expr == nil || t.expr.Type() != types.UnknownOID {
			continue
		}
		e, err := qc.a.resolveUnknown(t.expr)
		if err != nil {
			return err
		}
		t.expr = e
		qc.a.cols[t.id].typ = e.Type()
	}
	return nil
}

// findTarget is findTargetlistEntrySQL92: an output name, a position, or an
// expression, which joins the select list as junk if it is not there.
func (qc *qctx) findTarget(n *pg_query.Node, c clause, what string) (int, error) {
	q := qc.q
	if ref := n.GetColumnRef(); ref != nil && len(ref.Fields) == 1 && ref.Fields[0].GetString_() != nil {
		name := ref.Fields[0].GetString_().Sval
		// GROUP BY prefers a column of FROM over an output name.
		isInput := false
		if c == inGroupBy {
			for _, it := range qc.items {
				if !it.byName {
					continue
				}
				for _, col := range it.cols {
					isInput = isInput || col.name == name
				}
			}
		}
		if !isInput {
			found := -1
			for i, t := range q.targets {
				if t.junk || t.name != name {
					continue
				}
				if found >= 0 && !equalExpr(q.targets[found].expr, t.expr) {
					return 0, pgerr.New(pgerr.AmbiguousColumn, "%s \"%s\" is ambiguous", what, name).At(ref.Location)
				}
				if found < 0 {
					found = i
				}
			}
			if found >= 0 {
				return found, qc.checkGroupTarget(q.targets[found], c, n)
			}
		}
	}
	if k := n.GetAConst(); k != nil {
		iv, ok := k.Val.(*pg_query.A_Const_Ival)
		if !ok {
			return 0, pgerr.New(pgerr.SyntaxError, "non-integer constant in %s", what).At(k.Location)
		}
		pos := int(iv.Ival.GetIval())
		n := 0
		for i, t := range q.targets {
			if t.junk {
				continue
			}
			if n++; n == pos {
				return i, qc.checkGroupTarget(t, c, nil)
			}
		}
		return 0, pgerr.New(pgerr.InvalidColumnReference, "%s position %d is not in select list", what, pos).At(k.Location)
	}
	e, err := qc.exprIn(c, n)
	if err != nil {
		return 0, err
	}
	for i, t := range q.targets {
		if equalExpr(t.expr, e) {
			return i, nil
		}
	}
	if e, err = qc.a.resolveUnknown(e); err != nil {
		return 0, err
	}
	if isSet(e) {
		q.hasSets = true
	}
	qc.addTarget(e, "?column?", true)
	return len(q.targets) - 1, nil
}

// checkGroupTarget refuses aggregates that GROUP BY reaches by alias or position.
func (qc *qctx) checkGroupTarget(t *target, c clause, n *pg_query.Node) error {
	if c != inGroupBy {
		return nil
	}
	loc := locOf(t.expr)
	if n != nil {
		_ = n
	}
	if anyExpr(t.expr, func(e Expr) bool { x, ok := e.(*aggRef); return ok && x.owner == qc }) {
		return pgerr.New(pgerr.GroupingError, "aggregate functions are not allowed in GROUP BY").At(loc)
	}
	if anyExpr(t.expr, func(e Expr) bool { _, ok := e.(*winRef); return ok }) {
		return pgerr.New(pgerr.WindowingError, "window functions are not allowed in GROUP BY").At(loc)
	}
	return nil
}

// resolveTarget makes one target's unknown literal text, for sorting.
func (qc *qctx) resolveTarget(i int) error {
	t := qc.q.targets[i]
	if t.expr == nil || t.expr.Type() != types.UnknownOID {
		return nil
	}
	e, err := qc.a.resolveUnknown(t.expr)
	if err != nil {
		return err
	}
	t.expr, qc.a.cols[t.id].typ = e, e.Type()
	return nil
}

package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// dmlTarget opens the table that a statement modifies.
func (qc *qctx) dmlTarget(rv *pg_query.RangeVar, verb string) (*baseTable, *nsItem, error) {
	rel, err := qc.a.lookupRelation(rv)
	if err != nil {
		return nil, nil, err
	}
	switch rel.Kind {
	case catalog.KindTable:
	case catalog.KindView:
		return nil, nil, qc.viewNotUpdatable(rel, verb)
	case catalog.KindVirtual:
		return nil, nil, pgerr.New(pgerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", rel.Name)
	case catalog.KindSequence:
		return nil, nil, pgerr.New(pgerr.WrongObjectType, "cannot change sequence \"%s\"", rel.Name)
	default:
		return nil, nil, pgerr.New(pgerr.WrongObjectType, "cannot open relation \"%s\"", rel.Name).At(rv.Location)
	}
	qc.a.useRelation(rel, true, false)
	t, it := qc.tableItem(rel, rv.Alias)
	if err := aliasColumns(rv.Alias, it.cols); err != nil {
		return nil, nil, err
	}
	return t, it, nil
}

// viewNotUpdatable is the error for modifying a view.
func (qc *qctx) viewNotUpdatable(rel *catalog.Relation, verb string) error {
	why := "Views that do not select from a single table or view are not automatically updatable."
	if n, err := parseStatement(rel.ViewSQL); err == nil {
		s := n.GetSelectStmt()
		single := len(s.GetFromClause()) == 1 && s.FromClause[0].GetRangeVar() != nil
		switch {
		case s.GetWithClause() != nil:
			why = "Views containing WITH are not automatically updatable."
		case s.GetOp() != pg_query.SetOperation_SETOP_NONE:
			why = "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable."
		case len(s.GetDistinctClause()) > 0:
			why = "Views containing DISTINCT are not automatically updatable."
		case len(s.GetGroupClause()) > 0:
			why = "Views containing GROUP BY are not automatically updatable."
		case s.GetHavingClause() != nil:
			why = "Views containing HAVING are not automatically updatable."
		case s.GetLimitCount() != nil || s.GetLimitOffset() != nil:
			why = "Views containing LIMIT or OFFSET are not automatically updatable."
		case single:
			return pgerr.New(pgerr.FeatureNotSupported, "cannot %s view \"%s\"", verb, rel.Name).
				WithDetail("Automatically updatable views are not supported.")
		}
	}
	e := pgerr.New(pgerr.ObjectNotInPrerequisiteState, "cannot %s view \"%s\"", verb, rel.Name).WithDetail("%s", why)
	switch verb {
	case "update":
		return e.WithHint("To enable updating the view, provide an INSTEAD OF UPDATE trigger or an unconditional ON UPDATE DO INSTEAD rule.")
	case "delete from":
		return e.WithHint("To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule.")
	}
	return e.WithHint("To enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional ON INSERT DO INSTEAD rule.")
}

// columnOf finds a column of the target by name.
func columnOf(rel *catalog.Relation, name string, loc int32) (int, error) {
	for i, c := range rel.Columns {
		if !c.Dropped && c.Name == name {
			return i, nil
		}
	}
	switch name {
	case "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid":
		return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot assign to system column \"%s\"", name).At(loc)
	}
	return 0, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", name, rel.Name).At(loc)
}

func (qc *qctx) updateStmt(s *pg_query.UpdateStmt) (*query, error) {
	q := qc.q
	if s.WithClause != nil {
		if err := qc.withClause(s.WithClause); err != nil {
			return nil, err
		}
	}
	t, it, err := qc.dmlTarget(s.Relation, "update")
	if err != nil {
		return nil, err
	}
	rules, err := qc.a.rowRules(t.rel)
	if err != nil {
		return nil, err
	}
	t.wantTID, t.wantAll = true, true
	d := &dml{verb: "UPDATE", table: t, generated: rules.generated, checks: rules.checks}
	q.dml = d
	q.from = []fromNode{t}
	if err := qc.addItems([]*nsItem{it}); err != nil {
		return nil, err
	}
	qc.clause = inFrom
	if err := qc.fromClause(s.FromClause); err != nil {
		return nil, err
	}
	qc.clause = inUpdate
	if d.set, err = qc.setClause(t, s.TargetList, rules); err != nil {
		return nil, err
	}
	return q, qc.dmlTail(d, s.WhereClause, s.ReturningList)
}

func (qc *qctx) deleteStmt(s *pg_query.DeleteStmt) (*query, error) {
	q := qc.q
	if s.WithClause != nil {
		if err := qc.withClause(s.WithClause); err != nil {
			return nil, err
		}
	}
	t, it, err := qc.dmlTarget(s.Relation, "delete from")
	if err != nil {
		return nil, err
	}
	t.wantTID, t.wantAll = true, true
	q.dml = &dml{verb: "DELETE", table: t}
	q.from = []fromNode{t}
	if err := qc.addItems([]*nsItem{it}); err != nil {
		return nil, err
	}
	qc.clause = inFrom
	if err := qc.fromClause(s.UsingClause); err != nil {
		return nil, err
	}
	return q, qc.dmlTail(q.dml, s.WhereClause, s.ReturningList)
}

// dmlTail analyses WHERE and RETURNING of UPDATE and DELETE.
func (qc *qctx) dmlTail(d *dml, where *pg_query.Node, returning []*pg_query.Node) error {
	var err error
	if qc.q.where, err = qc.boolIn(inWhere, where, "WHERE"); err != nil {
		return err
	}
	return qc.returningClause(d, returning)
}

func (qc *qctx) returningClause(d *dml, list []*pg_query.Node) error {
	if len(list) == 0 {
		return nil
	}
	qc.clause = inReturning
	saved := qc.q.targets
	qc.q.targets = nil
	err := qc.targetList(list)
	if err == nil {
		err = qc.resolveTargets()
	}
	d.returning, qc.q.targets = qc.q.targets, saved
	qc.clause = inNothing
	return err
}

// setClause analyses the assignments of UPDATE or ON CONFLICT DO UPDATE.
func (qc *qctx) setClause(t *baseTable, list []*pg_query.Node, rules *rowRules) ([]Assign, error) {
	var out []Assign
	rows := map[*pg_query.Node]*subLink{}
	for _, n := range list {
		rt := n.GetResTarget()
		i, err := columnOf(t.rel, rt.Name, rt.Location)
		if err != nil {
			return nil, err
		}
		at := -1
		for k := range out {
			if out[k].Column == i {
				at = k
			}
		}
		if at >= 0 && len(rt.Indirection) == 0 {
			return nil, pgerr.New(pgerr.SyntaxError, "multiple assignments to same column \"%s\"", rt.Name)
		}
		var prev Expr
		if at >= 0 {
			prev = out[at].Expr
		}
		e, err := qc.setValue(t, i, rt, rules, rows, prev)
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		if at >= 0 {
			out[at].Expr = e
		} else {
			out = append(out, Assign{Column: i, Expr: e})
		}
	}
	return out, nil
}

// setValue analyses one assignment; nil if it changes nothing (a generated
// column set to DEFAULT).
func (qc *qctx) setValue(t *baseTable, i int, rt *pg_query.ResTarget, rules *rowRules, rows map[*pg_query.Node]*subLink, prev Expr) (Expr, error) {
	c := t.rel.Columns[i]
	if rt.Val.GetSetToDefault() != nil {
		if c.Generated != "" {
			return nil, nil
		}
		return defaultOf(rules, t.rel, i), nil
	}
	if c.Generated != "" {
		return nil, pgerr.New(pgerr.GeneratedAlways, "column \"%s\" can only be updated to DEFAULT", c.Name).
			WithDetail("Column \"%s\" is a generated column.", c.Name)
	}
	if c.Identity == 'a' {
		return nil, pgerr.New(pgerr.GeneratedAlways, "column \"%s\" can only be updated to DEFAULT", c.Name).
			WithDetail("Column \"%s\" is an identity column defined as GENERATED ALWAYS.", c.Name)
	}
	e, err := qc.setExpr(rt, rows)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return defaultOf(rules, t.rel, i), nil
	}
	if len(rt.Indirection) == 0 {
		return qc.a.assign(e, c.Name, c.Type, c.Typmod, rt.Location)
	}
	for _, ind := range rt.Indirection {
		if ind.GetAIndices() == nil {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "assignment to a field of a composite column is not supported").At(rt.Location)
		}
	}
	if prev == nil {
		prev = qc.a.ref(t.cols[i], rt.Location)
	}
	sub, err := qc.element(prev, rt.Indirection)
	if err != nil {
		return nil, err
	}
	want := sub.T
	sub.Store, err = qc.a.assign(e, c.Name, want, c.Typmod, rt.Location)
	sub.T = c.Type
	return sub, err
}

// setExpr is the value of an assignment, or its part of (a, b) = (…); nil for
// DEFAULT within a row.
func (qc *qctx) setExpr(rt *pg_query.ResTarget, rows map[*pg_query.Node]*subLink) (Expr, error) {
	m := rt.Val.GetMultiAssignRef()
	if m == nil {
		return qc.expr(rt.Val)
	}
	k := int(m.Colno) - 1
	switch src := m.Source.GetNode().(type) {
	case *pg_query.Node_RowExpr:
		args := src.RowExpr.Args
		if len(args) != int(m.Ncolumns) {
			return nil, pgerr.New(pgerr.SyntaxError, "number of columns does not match number of values").At(src.RowExpr.Location)
		}
		if args[k].GetSetToDefault() != nil {
			return nil, nil
		}
		return qc.expr(args[k])
	case *pg_query.Node_SubLink:
		link := rows[m.Source]
		// Each column of the assignment holds its own copy of the source node; the
		// first one carries the query to all.
		if link == nil || k == 0 {
			q, err := qc.subSelect(src.SubLink.Subselect)
			if err != nil {
				return nil, err
			}
			if len(q.outputs()) != int(m.Ncolumns) {
				return nil, pgerr.New(pgerr.SyntaxError, "number of columns does not match number of values").At(src.SubLink.Location)
			}
			link = &subLink{Typed: Typed{types.RecordOID, -1, src.SubLink.Location}, Kind: RowOf, q: q}
			rows[m.Source] = link
		}
		out := link.q.outputs()[k]
		col := qc.a.cols[out.id]
		return &Field{Typed: Typed{col.typ, col.mod, link.Loc}, Arg: link, Index: k, Name: out.name}, nil
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression")
}

// defaultOf is a column's default, or NULL.
func defaultOf(rules *rowRules, rel *catalog.Relation, i int) Expr {
	if e := rules.defaults[i]; e != nil {
		return e
	}
	return nullConst(rel.Columns[i].Type)
}

package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func (qc *qctx) insertStmt(s *pg_query.InsertStmt) (*query, error) {
	q := qc.q
	if s.WithClause != nil {
		if err := qc.withClause(s.WithClause); err != nil {
			return nil, err
		}
	}
	t, it, err := qc.dmlTarget(s.Relation, "insert into")
	if err != nil {
		return nil, err
	}
	rules, err := qc.a.rowRules(t.rel)
	if err != nil {
		return nil, err
	}
	d := &dml{verb: "INSERT", table: t, generated: rules.generated, checks: rules.checks}
	q.dml = d
	cols, err := insertColumns(t.rel, s.Cols)
	if err != nil {
		return nil, err
	}
	ins := &inserter{qc: qc, rel: t.rel, rules: rules, cols: cols, named: s.Cols, override: s.Override}
	for i, c := range t.rel.Columns {
		if !c.Dropped && c.Generated == "" {
			d.columns = append(d.columns, i)
		}
	}
	if d.input, err = ins.source(s, d.columns); err != nil {
		return nil, err
	}
	// The row inserted is visible from here on.
	if err := qc.addItems([]*nsItem{it}); err != nil {
		return nil, err
	}
	if s.OnConflictClause != nil {
		if err := qc.onConflict(d, s.OnConflictClause, rules); err != nil {
			return nil, err
		}
	}
	return q, qc.returningClause(d, s.ReturningList)
}

// insertColumns gives the positions that the statement names, or all.
func insertColumns(rel *catalog.Relation, list []*pg_query.Node) ([]int, error) {
	var out []int
	if len(list) == 0 {
		for i, c := range rel.Columns {
			if !c.Dropped {
				out = append(out, i)
			}
		}
		return out, nil
	}
	for _, n := range list {
		rt := n.GetResTarget()
		i, err := columnOf(rel, rt.Name, rt.Location)
		if err != nil {
			return nil, err
		}
		if len(rt.Indirection) > 0 {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "INSERT into a part of column \"%s\" is not supported", rt.Name).At(rt.Location)
		}
		if containsInt(out, i) {
			return nil, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", rt.Name).At(rt.Location)
		}
		out = append(out, i)
	}
	return out, nil
}

// inserter makes the query that gives an INSERT's rows, complete with defaults.
type inserter struct {
	qc       *qctx
	rel      *catalog.Relation
	rules    *rowRules
	cols     []int // where the source's columns go
	named    []*pg_query.Node
	override pg_query.OverridingKind
}

// source builds the input: its columns are those of live in order.
func (in *inserter) source(s *pg_query.InsertStmt, live []int) (*query, error) {
	level := in.qc.a.newLevel(in.qc)
	level.clause = inInsert
	sel := s.SelectStmt.GetSelectStmt()
	if sel == nil {
		// DEFAULT VALUES
		in.cols = nil
		return in.rows(level, [][]Expr{nil}, live, nil)
	}
	if len(sel.ValuesLists) > 0 && sel.WithClause == nil && len(sel.SortClause) == 0 && sel.LimitCount == nil && sel.LimitOffset == nil {
		return in.values(level, sel.ValuesLists, live)
	}
	q, err := level.selectStmt(sel, false)
	if err != nil {
		return nil, err
	}
	outs := q.outputs()
	if err := in.checkCount(len(outs), func(i int) int32 { return locOf(outs[i].expr) }); err != nil {
		return nil, err
	}
	outer := in.qc.a.newLevel(in.qc)
	a := in.qc.a
	// Literals in the select list take the column's type directly.
	given := map[int]Expr{}
	from := &fromQuery{q: q, alias: "*SELECT*"}
	outer.q.from = []fromNode{from}
	for k := range outs {
		i := in.cols[k]
		c := in.rel.Columns[i]
		if err := in.refuse(i); err != nil {
			return nil, err
		}
		if outs[k].expr != nil && outs[k].expr.Type() == types.UnknownOID && q.op == opNone {
			if q, err = a.coerceOutput(q, k, c.Type, castAssign); err != nil {
				return nil, err
			}
			outs = q.outputs()
			from.q = q
		}
		a.cols[outs[k].id].owner = outer
		e, err := a.assign(a.ref(outs[k].id, locOf(outs[k].expr)), c.Name, c.Type, c.Typmod, locOf(outs[k].expr))
		if err != nil {
			return nil, err
		}
		if !in.userOverridden(i) {
			given[i] = e
		}
	}
	for _, i := range live {
		e := given[i]
		if e == nil {
			e = defaultOf(in.rules, in.rel, i)
		}
		outer.addTarget(e, in.rel.Columns[i].Name, false)
	}
	return outer.q, nil
}

// values is INSERT … VALUES: DEFAULT is allowed and each row is complete.
func (in *inserter) values(level *qctx, lists []*pg_query.Node, live []int) (*query, error) {
	a := in.qc.a
	level.clause = inValues
	if len(lists) == 1 {
		level.clause = inInsert
	}
	rows := make([][]Expr, 0, len(lists))
	width := -1
	for _, n := range lists {
		items := n.GetList().GetItems()
		if width >= 0 && len(items) != width {
			return nil, pgerr.New(pgerr.SyntaxError, "VALUES lists must all be the same length").At(locOfNode(items[0]))
		}
		if width < 0 {
			if err := in.checkCount(len(items), func(i int) int32 { return locOfNode(items[i]) }); err != nil {
				return nil, err
			}
		}
		width = len(items)
		row := make([]Expr, len(items))
		for k, it := range items {
			i := in.cols[k]
			if it.GetSetToDefault() != nil {
				continue
			}
			e, err := level.expr(it)
			if err != nil {
				return nil, err
			}
			if err := in.refuse(i); err != nil {
				return nil, err
			}
			c := in.rel.Columns[i]
			if row[k], err = a.assign(e, c.Name, c.Type, c.Typmod, locOf(e)); err != nil {
				return nil, err
			}
			if in.userOverridden(i) {
				row[k] = nil
			}
		}
		rows = append(rows, row)
	}
	return in.rows(level, rows, live, in.cols)
}

// rows makes a VALUES query of complete rows. A nil value is the default.
func (in *inserter) rows(level *qctx, rows [][]Expr, live, cols []int) (*query, error) {
	q := level.q
	at := make([]int, len(in.rel.Columns))
	for i := range at {
		at[i] = -1
	}
	for k, i := range cols {
		at[i] = k
	}
	for _, row := range rows {
		full := make([]Expr, len(live))
		for n, i := range live {
			var e Expr
			if k := at[i]; k >= 0 && k < len(row) {
				e = row[k]
			}
			if e == nil {
				e = defaultOf(in.rules, in.rel, i)
			}
			if isSet(e) && len(rows) > 1 {
				return nil, pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed in VALUES").At(locOf(e))
			}
			full[n] = e
		}
		q.values = append(q.values, full)
	}
	for n, i := range live {
		c := in.rel.Columns[i]
		t := &target{name: c.Name}
		t.id = in.qc.a.newCol(colMeta{name: c.Name, typ: c.Type, mod: c.Typmod, owner: level})
		t.expr = in.qc.a.ref(t.id, -1)
		q.targets = append(q.targets, t)
		if len(rows) == 1 && isSet(q.values[0][n]) {
			q.hasSets = true
		}
	}
	if q.hasSets {
		// One row with set-returning functions is a SELECT.
		for n, t := range q.targets {
			t.expr = q.values[0][n]
		}
		q.values = nil
	}
	return q, nil
}

func (in *inserter) checkCount(n int, loc func(int) int32) error {
	if n > len(in.cols) {
		return pgerr.New(pgerr.SyntaxError, "INSERT has more expressions than target columns").At(loc(len(in.cols)))
	}
	if n < len(in.cols) {
		if len(in.named) > n {
			return pgerr.New(pgerr.SyntaxError, "INSERT has more target columns than expressions").At(in.named[n].GetResTarget().GetLocation())
		}
		in.cols = in.cols[:n]
	}
	return nil
}

// refuse checks that a column may be given a value.
func (in *inserter) refuse(i int) error {
	c := in.rel.Columns[i]
	if c.Generated != "" {
		return pgerr.New(pgerr.GeneratedAlways, "cannot insert a non-DEFAULT value into column \"%s\"", c.Name).
			WithDetail("Column \"%s\" is a generated column.", c.Name)
	}
	if c.Identity == 'a' && in.override != pg_query.OverridingKind_OVERRIDING_SYSTEM_VALUE &&
		in.override != pg_query.OverridingKind_OVERRIDING_USER_VALUE {
		return pgerr.New(pgerr.GeneratedAlways, "cannot insert a non-DEFAULT value into column \"%s\"", c.Name).
			WithDetail("Column \"%s\" is an identity column defined as GENERATED ALWAYS.", c.Name).
			WithHint("Use OVERRIDING SYSTEM VALUE to override.")
	}
	return nil
}

// userOverridden reports whether OVERRIDING USER VALUE drops the value given.
func (in *inserter) userOverridden(i int) bool {
	return in.override == pg_query.OverridingKind_OVERRIDING_USER_VALUE && in.rel.Columns[i].Identity != 0
}

// onConflict analyses ON CONFLICT.
func (qc *qctx) onConflict(d *dml, c *pg_query.OnConflictClause, rules *rowRules) error {
	spec := &conflictSpec{nothing: c.Action == pg_query.OnConflictAction_ONCONFLICT_NOTHING}
	d.conflict = spec
	var err error
	if c.Infer != nil {
		if spec.arbiters, err = qc.arbiters(d.table, c.Infer, rules); err != nil {
			return err
		}
	} else if !spec.nothing {
		return pgerr.New(pgerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).").At(c.Location)
	}
	if spec.nothing {
		return nil
	}
	ex, exItem := qc.tableItem(d.table.rel, &pg_query.Alias{Aliasname: "excluded"})
	d.excluded = ex
	// excluded's columns are reached by its name only.
	exItem.byName = false
	saved := qc.items
	qc.items = append(saved[:len(saved):len(saved)], exItem)
	qc.clause = inUpdate
	if spec.set, err = qc.setClause(d.table, c.TargetList, rules); err != nil {
		return err
	}
	where, err := qc.boolIn(inConflictWhere, c.WhereClause, "WHERE")
	if err != nil {
		return err
	}
	spec.where = andAll(where)
	qc.items = saved
	return nil
}

// arbiters finds the unique indexes that an inference clause means.
func (qc *qctx) arbiters(t *baseTable, inf *pg_query.InferClause, rules *rowRules) ([]*catalog.Index, error) {
	rel := t.rel
	if inf.Conname != "" {
		for _, con := range rel.Constraints {
			if con.Name != inf.Conname {
				continue
			}
			for _, ix := range rel.Indexes {
				if ix.OID == con.Index && ix.Unique {
					return []*catalog.Index{ix}, nil
				}
			}
			return nil, pgerr.New(pgerr.WrongObjectType, "constraint in ON CONFLICT clause has no associated index")
		}
		return nil, pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" for table \"%s\" does not exist", inf.Conname, rel.Name)
	}
	// What the clause names: columns and expressions over the row.
	var cols []int16
	var exprs []Expr
	level := qc.a.newLevel(nil)
	lt, it := level.tableItem(rel, nil)
	level.items = []*nsItem{it}
	for _, n := range inf.IndexElems {
		el := n.GetIndexElem()
		if el.Name != "" {
			i, err := columnOf(rel, el.Name, inf.Location)
			if err != nil {
				return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", el.Name).At(inf.Location)
			}
			cols = append(cols, rel.Columns[i].Num)
			continue
		}
		e, err := level.exprIn(inIndex, el.Expr)
		if err != nil {
			return nil, err
		}
		if c, ok := e.(*colRef); ok {
			cols = append(cols, qc.a.cols[c.ID].attnum)
			continue
		}
		exprs = append(exprs, overRow(qc.a.fold(e), lt))
	}
	var where []Expr
	if inf.WhereClause != nil {
		list, err := level.boolIn(inPredicate, inf.WhereClause, "WHERE")
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			where = append(where, overRow(qc.a.fold(e), lt))
		}
	}
	var out []*catalog.Index
	for k, ix := range rel.Indexes {
		if ix.Unique && ix.Valid && inferred(ix, rules.keys[k], rules.predicates[k], cols, exprs, where) {
			out = append(out, ix)
		}
	}
	if len(out) == 0 {
		return nil, pgerr.New(pgerr.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	}
	return out, nil
}

// inferred reports whether an index is on exactly the columns and expressions
// given, and its predicate follows from the clause's.
func inferred(ix *catalog.Index, keys, predicate []Expr, cols []int16, exprs, where []Expr) bool {
	usedCols, usedExprs := map[int16]bool{}, 0
	for k, key := range ix.Keys {
		if key.Column != 0 {
			found := false
			for _, c := range cols {
				found = found || c == key.Column
			}
			if !found {
				return false
			}
			usedCols[key.Column] = true
			continue
		}
		found := false
		for _, e := range exprs {
			found = found || equalExpr(e, keys[k])
		}
		if !found {
			return false
		}
		usedExprs++
	}
	for _, c := range cols {
		if !usedCols[c] {
			return false
		}
	}
	if usedExprs < len(exprs) {
		return false
	}
	return implies(where, predicate)
}

package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxViewDepth bounds views within views.
const maxViewDepth = 64

// fromClause analyses FROM into the query and the level's name space.
func (qc *qctx) fromClause(list []*pg_query.Node) error {
	for _, n := range list {
		node, items, err := qc.fromItem(n)
		if err != nil {
			return err
		}
		if err := qc.addItems(items); err != nil {
			return err
		}
		qc.q.from = append(qc.q.from, node)
	}
	return nil
}

// addItems makes entries visible, refusing a name given twice.
func (qc *qctx) addItems(items []*nsItem) error {
	if err := checkNames(qc.items, items); err != nil {
		return err
	}
	qc.items = append(qc.items, items...)
	return nil
}

func checkNames(have, more []*nsItem) error {
	for _, it := range more {
		if !it.byTable || it.alias == "" {
			continue
		}
		for _, old := range have {
			if old.byTable && old.alias == it.alias && (old.schema == it.schema || old.schema == 0 || it.schema == 0) {
				return pgerr.New(pgerr.DuplicateAlias, "table name \"%s\" specified more than once", it.alias)
			}
		}
	}
	return nil
}

func (qc *qctx) fromItem(n *pg_query.Node) (fromNode, []*nsItem, error) {
	qc.a.depth++
	defer func() { qc.a.depth-- }()
	if qc.a.depth > maxDepth {
		return nil, nil, tooDeep()
	}
	switch x := n.GetNode().(type) {
	case *pg_query.Node_RangeVar:
		return qc.rangeVar(x.RangeVar)
	case *pg_query.Node_RangeSubselect:
		return qc.rangeSubselect(x.RangeSubselect)
	case *pg_query.Node_RangeFunction:
		return qc.rangeFunction(x.RangeFunction)
	case *pg_query.Node_JoinExpr:
		return qc.joinExpr(x.JoinExpr)
	case *pg_query.Node_RangeTableSample:
		return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "TABLESAMPLE is not supported").At(x.RangeTableSample.Location)
	case *pg_query.Node_RangeTableFunc:
		return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "XMLTABLE is not supported").At(x.RangeTableFunc.Location)
	}
	return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "FROM item is not supported")
}

// aliasColumns renames columns by an alias's column list.
func aliasColumns(alias *pg_query.Alias, cols []nsCol) error {
	if alias == nil {
		return nil
	}
	if len(alias.Colnames) > len(cols) {
		return pgerr.New(pgerr.InvalidColumnReference, "table \"%s\" has %d columns available but %d columns specified",
			alias.Aliasname, len(cols), len(alias.Colnames))
	}
	for i, n := range alias.Colnames {
		cols[i].name = n.GetString_().GetSval()
	}
	return nil
}

func (qc *qctx) rangeVar(rv *pg_query.RangeVar) (fromNode, []*nsItem, error) {
	if rv.Schemaname == "" {
		if cte, level := qc.findCTE(rv.Relname); cte != nil {
			return qc.cteRef(cte, level, rv)
		}
	}
	rel, err := qc.a.lookupRelation(rv)
	if err != nil {
		return nil, nil, err
	}
	switch rel.Kind {
	case catalog.KindTable, catalog.KindVirtual:
	case catalog.KindView:
		return qc.viewRef(rel, rv)
	case catalog.KindSequence:
		rel = sequenceTable(rel)
	default:
		return nil, nil, pgerr.New(pgerr.WrongObjectType, "cannot open relation \"%s\"", rel.Name).
			WithDetail("This operation is not supported for composite types.").At(rv.Location)
	}
	qc.a.useRelation(rel, false, false)
	t, it := qc.tableItem(rel, rv.Alias)
	it.loc = rv.Location
	if err := aliasColumns(rv.Alias, it.cols); err != nil {
		return nil, nil, err
	}
	return t, []*nsItem{it}, nil
}

// tableItem makes the FROM entry of a table.
func (qc *qctx) tableItem(rel *catalog.Relation, alias *pg_query.Alias) (*baseTable, *nsItem) {
	t := &baseTable{rel: rel, alias: rel.Name, cols: make([]colID, len(rel.Columns)), tid: -1}
	it := &nsItem{alias: rel.Name, schema: rel.Schema, byTable: true, byName: true, base: t, node: t}
	if alias != nil {
		t.alias = alias.Aliasname
		it.alias, it.schema = alias.Aliasname, 0
	}
	it.cols = make([]nsCol, 0, len(rel.Columns))
	for i, c := range rel.Columns {
		if c.Dropped {
			t.cols[i] = -1
			continue
		}
		id := qc.a.newCol(colMeta{
			name: c.Name, typ: c.Type, mod: c.Typmod, table: rel.OID, attnum: c.Num, owner: qc, base: t, notNull: c.NotNull,
		})
		t.cols[i] = id
		it.cols = append(it.cols, nsCol{name: c.Name, id: id})
	}
	if rel.Kind == catalog.KindTable {
		// As it travels in rows a TID is bytes; ctid is computed from it.
		t.tid = qc.a.newCol(colMeta{name: "ctid", typ: types.ByteaOID, mod: -1, owner: qc, base: t})
	}
	qc.all = append(qc.all, it)
	return t, it
}

// lookupRelation finds a relation for FROM or DML, or gives PostgreSQL's error.
func (a *analyzer) lookupRelation(rv *pg_query.RangeVar) (*catalog.Relation, error) {
	if rel := a.relation(rv.Schemaname, rv.Relname); rel != nil {
		return rel, nil
	}
	if rv.Schemaname != "" {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s.%s\" does not exist", rv.Schemaname, rv.Relname).At(rv.Location)
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", rv.Relname).At(rv.Location)
}

// queryItem makes the FROM entry of an analysed subquery.
func (qc *qctx) queryItem(q *query, alias *pg_query.Alias, name string, lateral bool) (fromNode, []*nsItem, error) {
	if alias != nil {
		name = alias.Aliasname
	}
	node := &fromQuery{q: q, alias: name, lateral: lateral}
	it := &nsItem{alias: name, byTable: name != "", byName: true, node: node}
	for _, t := range q.outputs() {
		it.cols = append(it.cols, nsCol{name: t.name, id: t.id})
	}
	if err := aliasColumns(alias, it.cols); err != nil {
		return nil, nil, err
	}
	qc.all = append(qc.all, it)
	// The columns now belong to this level as well as to the subquery's.
	for _, t := range q.outputs() {
		m := &qc.a.cols[t.id]
		m.owner = qc
		if m.typ == types.RecordOID && t.expr != nil {
			m.fields, m.fieldTypes, _ = qc.a.rowFields(t.expr)
		}
	}
	return node, []*nsItem{it}, nil
}

func (qc *qctx) viewRef(rel *catalog.Relation, rv *pg_query.RangeVar) (fromNode, []*nsItem, error) {
	a := qc.a
	a.viewDepth++
	defer func() { a.viewDepth-- }()
	if a.viewDepth > maxViewDepth {
		return nil, nil, pgerr.New(pgerr.StatementTooComplex, "infinite recursion detected in view \"%s\"", rel.Name)
	}
	stmt, err := parseStatement(rel.ViewSQL)
	if err != nil {
		return nil, nil, err
	}
	sel := stmt.GetSelectStmt()
	if sel == nil {
		return nil, nil, pgerr.New(pgerr.InternalError, "view \"%s\" holds no query", rel.Name)
	}
	a.useRelation(rel, false, false)
	// A view sees nothing of the query around it, and takes no parameters.
	q, err := a.newLevel(nil).selectStmt(sel, true)
	if err != nil {
		return nil, nil, err
	}
	i := 0
	for _, c := range rel.Columns {
		if c.Dropped {
			continue
		}
		outs := q.outputs()
		if i >= len(outs) {
			return nil, nil, pgerr.New(pgerr.InternalError, "view \"%s\" gives too few columns", rel.Name)
		}
		outs[i].name = c.Name
		a.cols[outs[i].id].name = c.Name
		outs[i].table, outs[i].attnum = rel.OID, c.Num
		i++
	}
	node, items, err := qc.queryItem(q, rv.Alias, rel.Name, false)
	if err == nil && rv.Alias == nil {
		items[0].schema = rel.Schema
	}
	return node, items, err
}

func (qc *qctx) rangeSubselect(rs *pg_query.RangeSubselect) (fromNode, []*nsItem, error) {
	sel := rs.Subquery.GetSelectStmt()
	if sel == nil {
		return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "subquery in FROM is not supported")
	}
	old := qc.hidden
	if !rs.Lateral {
		qc.hidden = true
	}
	oldClause := qc.clause
	q, err := qc.a.newLevel(qc).selectStmt(sel, true)
	qc.hidden, qc.clause = old, oldClause
	if err != nil {
		return nil, nil, err
	}
	return qc.queryItem(q, rs.Alias, "", rs.Lateral)
}

func (qc *qctx) joinExpr(j *pg_query.JoinExpr) (fromNode, []*nsItem, error) {
	left, leftItems, err := qc.fromItem(j.Larg)
	if err != nil {
		return nil, nil, err
	}
	// The right side sees the left one if it is LATERAL.
	saved := qc.items
	qc.items = append(saved[:len(saved):len(saved)], leftItems...)
	right, rightItems, err := qc.fromItem(j.Rarg)
	qc.items = saved
	if err != nil {
		return nil, nil, err
	}
	if err := checkNames(leftItems, rightItems); err != nil {
		return nil, nil, err
	}
	node := &fromJoin{left: left, right: right}
	switch j.Jointype {
	case pg_query.JoinType_JOIN_LEFT:
		node.kind = Left
	case pg_query.JoinType_JOIN_RIGHT:
		node.kind = Right
	case pg_query.JoinType_JOIN_FULL:
		node.kind = Full
	default:
		node.kind = Inner
	}
	both := append(leftItems[:len(leftItems):len(leftItems)], rightItems...)
	leftCols, rightCols := visibleCols(leftItems), visibleCols(rightItems)
	var using []string
	switch {
	case j.IsNatural:
		for _, c := range leftCols {
			for _, d := range rightCols {
				if c.name == d.name {
					using = append(using, c.name)
					break
				}
			}
		}
	default:
		for _, n := range j.UsingClause {
			using = append(using, n.GetString_().GetSval())
		}
	}
	cols := append(leftCols[:len(leftCols):len(leftCols)], rightCols...)
	if len(using) > 0 {
		if cols, err = qc.usingColumns(node, using, leftCols, rightCols); err != nil {
			return nil, nil, err
		}
	}
	if j.Quals != nil {
		qc.items = both
		node.on, err = qc.boolIn(inJoinOn, j.Quals, "JOIN/ON")
		qc.items = saved
		if err != nil {
			return nil, nil, err
		}
	}
	items := make([]*nsItem, 0, len(both)+1)
	if j.Alias != nil {
		// An alias hides what is inside.
		it := &nsItem{alias: j.Alias.Aliasname, byTable: true, byName: true, cols: cols, node: node}
		if err := aliasColumns(j.Alias, it.cols); err != nil {
			return nil, nil, err
		}
		qc.all = append(qc.all, it)
		return node, append(items, it), nil
	}
	if len(using) > 0 || j.JoinUsingAlias != nil {
		for _, it := range both {
			if it.byTable {
				c := *it
				c.byName = false
				items = append(items, &c)
			}
		}
		items = append(items, &nsItem{byName: true, cols: cols, node: node})
		if j.JoinUsingAlias != nil {
			it := &nsItem{alias: j.JoinUsingAlias.Aliasname, byTable: true, cols: cols[:len(using)], node: node}
			qc.all = append(qc.all, it)
			items = append(items, it)
		}
		return node, items, nil
	}
	return node, both, nil
}

// visibleCols lists the columns that can be named alone, in order.
func visibleCols(items []*nsItem) []nsCol {
	var out []nsCol
	for _, it := range items {
		if it.byName {
			out = append(out, it.cols...)
		}
	}
	return out
}

// usingColumns merges the columns of USING or NATURAL: they come first.
func (qc *qctx) usingColumns(node *fromJoin, using []string, left, right []nsCol) ([]nsCol, error) {
	var out []nsCol
	seen := map[string]bool{}
	for _, name := range using {
		if seen[name] {
			return nil, pgerr.New(pgerr.DuplicateColumn, "column name \"%s\" appears more than once in USING clause", name)
		}
		seen[name] = true
		l, err := usingSide(left, name, "left")
		if err != nil {
			return nil, err
		}
		r, err := usingSide(right, name, "right")
		if err != nil {
			return nil, err
		}
		le, re := qc.colExpr(l, -1), qc.colExpr(r, -1)
		eq, err := qc.a.makeOp("=", le, re, -1)
		if err != nil {
			return nil, err
		}
		node.on = append(node.on, eq)
		typ, err := qc.a.selectCommonType([]Expr{le, re}, "JOIN/USING")
		if err != nil {
			return nil, err
		}
		lc, err := qc.a.coerceCommon(le, typ, "JOIN/USING")
		if err != nil {
			return nil, err
		}
		rc, err := qc.a.coerceCommon(re, typ, "JOIN/USING")
		if err != nil {
			return nil, err
		}
		merged := lc
		switch node.kind {
		case Right:
			merged = rc
		case Full:
			merged = &Coalesce{Typed: Typed{typ, commonTypmod([]Expr{lc, rc}, typ), -1}, Args: []Expr{lc, rc}}
		}
		out = append(out, nsCol{name: name, expr: merged})
	}
	for _, side := range [][]nsCol{left, right} {
		for _, c := range side {
			if !seen[c.name] {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

func usingSide(cols []nsCol, name, side string) (*nsCol, error) {
	var found *nsCol
	for i := range cols {
		if cols[i].name != name {
			continue
		}
		if found != nil {
			return nil, pgerr.New(pgerr.AmbiguousColumn, "common column name \"%s\" appears more than once in %s table", name, side)
		}
		found = &cols[i]
	}
	if found == nil {
		return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" specified in USING clause does not exist in %s table", name, side)
	}
	return found, nil
}

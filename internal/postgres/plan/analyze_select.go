package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// selectStmt analyses SELECT, VALUES or a set operation. With resolve, leftover
// unknown literals in its columns become text; INSERT and set operations leave
// them to what comes around.
func (qc *qctx) selectStmt(s *pg_query.SelectStmt, resolve bool) (*query, error) {
	qc.a.depth++
	defer func() { qc.a.depth-- }()
	if qc.a.depth > maxDepth {
		return nil, tooDeep()
	}
	if s.WithClause != nil {
		if err := qc.withClause(s.WithClause); err != nil {
			return nil, err
		}
	}
	switch {
	case s.Op == pg_query.SetOperation_SETOP_UNION, s.Op == pg_query.SetOperation_SETOP_INTERSECT, s.Op == pg_query.SetOperation_SETOP_EXCEPT:
		return qc.setOperation(s, resolve)
	case len(s.ValuesLists) > 0:
		return qc.valuesStmt(s, resolve)
	}
	return qc.plainSelect(s, resolve)
}

func (qc *qctx) plainSelect(s *pg_query.SelectStmt, resolve bool) (*query, error) {
	q := qc.q
	qc.clause = inFrom
	if err := qc.fromClause(s.FromClause); err != nil {
		return nil, err
	}
	// The WINDOW clause comes before the select list that names its windows.
	if err := qc.windowClause(s.WindowClause); err != nil {
		return nil, err
	}
	qc.clause = inSelect
	if err := qc.targetList(s.TargetList); err != nil {
		return nil, err
	}
	var err error
	if q.where, err = qc.boolIn(inWhere, s.WhereClause, "WHERE"); err != nil {
		return nil, err
	}
	if q.having, err = qc.boolIn(inHaving, s.HavingClause, "HAVING"); err != nil {
		return nil, err
	}
	if s.HavingClause != nil {
		q.grouped = true
	}
	if resolve {
		if err := qc.resolveTargets(); err != nil {
			return nil, err
		}
	}
	if err := qc.orderClause(s.SortClause); err != nil {
		return nil, err
	}
	if err := qc.groupClause(s.GroupClause, s.GroupDistinct); err != nil {
		return nil, err
	}
	if err := qc.distinctClause(s.DistinctClause, len(s.SortClause) > 0); err != nil {
		return nil, err
	}
	if err := qc.limitClause(s); err != nil {
		return nil, err
	}
	if err := qc.lockingClause(s.LockingClause); err != nil {
		return nil, err
	}
	qc.clause = inNothing
	if err := qc.finishGrouping(); err != nil {
		return nil, err
	}
	if len(q.windows) > 0 {
		for _, t := range q.targets {
			t.expr = mapExpr(t.expr, windowValue)
		}
	}
	return q, nil
}

// windowValue refers to a window call's value where the call stood.
func windowValue(e Expr) Expr {
	if w, ok := e.(*winRef); ok {
		return &colRef{Typed: w.Typed, ID: w.id, Name: w.Fn.Name}
	}
	return e
}

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
func (qc *qctx) addTarget(e Expr, name string, junk bool) *target {
	t := &target{expr: e, name: name, junk: junk}
	qc.identify(t)
	qc.q.targets = append(qc.q.targets, t)
	return t
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
		any := false
		for _, it := range qc.items {
			if it.byName {
				any = true
				add(qc, it)
			}
		}
		if !any {
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

func (qc *qctx) orderClause(list []*pg_query.Node) error {
	for _, n := range list {
		sb := n.GetSortBy()
		i, err := qc.findTarget(sb.Node, inOrderBy, "ORDER BY")
		if err != nil {
			return err
		}
		if err := qc.resolveTarget(i); err != nil {
			return err
		}
		if err := qc.a.checkSortable(qc.q.targets[i].expr); err != nil {
			return err
		}
		qc.addOrder(i, sb)
	}
	return nil
}

// addOrder adds a sort key unless the target is already one.
func (qc *qctx) addOrder(i int, sb *pg_query.SortBy) {
	for _, o := range qc.q.order {
		if o.target == i {
			return
		}
	}
	desc, first := sortDirection(sb)
	qc.q.order = append(qc.q.order, orderBy{target: i, desc: desc, nullsFirst: first, loc: locOfNode(sb.GetNode())})
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

func (qc *qctx) distinctClause(list []*pg_query.Node, sorted bool) error {
	q := qc.q
	if len(list) == 0 {
		return nil
	}
	if list[0].GetNode() == nil || list[0].GetList() != nil && len(list[0].GetList().Items) == 0 {
		q.distinct = true
		for _, o := range q.order {
			if q.targets[o.target].junk {
				return pgerr.New(pgerr.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list").At(o.loc)
			}
		}
		for i, t := range q.targets {
			if err := qc.resolveTarget(i); err != nil {
				return err
			}
			if qc.a.equality(t.expr.Type()) == nil {
				return pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", qc.a.typeName(t.expr.Type())).At(locOf(t.expr))
			}
		}
		return nil
	}
	for _, n := range list {
		i, err := qc.findTarget(n, inDistinctOn, "DISTINCT ON")
		if err != nil {
			return err
		}
		if err := qc.resolveTarget(i); err != nil {
			return err
		}
		if err := qc.a.checkSortable(q.targets[i].expr); err != nil {
			return err
		}
		if !containsInt(q.distinctOn, i) {
			q.distinctOn = append(q.distinctOn, i)
		}
	}
	if !sorted {
		return nil
	}
	// ORDER BY must start with the DISTINCT ON expressions, in any order.
	mismatch := func(loc int32) error {
		return pgerr.New(pgerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").At(loc)
	}
	skipped := false
	var matched []int
	for _, o := range q.order {
		switch {
		case !containsInt(q.distinctOn, o.target):
			skipped = true
		case skipped:
			return mismatch(o.loc)
		default:
			matched = append(matched, o.target)
		}
	}
	for k, i := range q.distinctOn {
		if skipped && !containsInt(matched, i) {
			return mismatch(locOfNode(list[k]))
		}
	}
	return nil
}

func containsInt(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

func (qc *qctx) limitClause(s *pg_query.SelectStmt) error {
	one := func(n *pg_query.Node, c clause, what string) (Expr, error) {
		if n == nil {
			return nil, nil
		}
		if k := n.GetAConst(); k != nil && k.Isnull {
			return nil, nil
		}
		e, err := qc.exprIn(c, n)
		if err != nil {
			return nil, err
		}
		if anyExpr(e, func(x Expr) bool {
			r, ok := x.(*colRef)
			return ok && qc.a.cols[r.ID].owner == qc
		}) {
			return nil, pgerr.New(pgerr.InvalidColumnReference, "argument of %s must not contain variables", what).At(locOf(e))
		}
		out, err := qc.a.coerceTo(e, types.Int8OID, -1, builtin.CastAssignment, locOf(e))
		if err != nil {
			return nil, err
		}
		if out == nil {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", what, qc.a.typeName(e.Type())).At(locOf(e))
		}
		return out, nil
	}
	var err error
	if qc.q.offset, err = one(s.LimitOffset, inOffset, "OFFSET"); err != nil {
		return err
	}
	if qc.q.limit, err = one(s.LimitCount, inLimit, "LIMIT"); err != nil {
		return err
	}
	if s.LimitOption == pg_query.LimitOption_LIMIT_OPTION_WITH_TIES {
		if len(qc.q.order) == 0 {
			return pgerr.New(pgerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
		}
		qc.q.withTies = true
	}
	return nil
}

// lockingClause is FOR UPDATE and its like.
func (qc *qctx) lockingClause(list []*pg_query.Node) error {
	q := qc.q
	if len(list) == 0 {
		return nil
	}
	for _, n := range list {
		lc := n.GetLockingClause()
		name := lockName(lc.Strength)
		refuse := func(what string) error {
			return pgerr.New(pgerr.FeatureNotSupported, "%s is not allowed with %s", name, what)
		}
		switch {
		case q.op != opNone:
			return refuse("UNION/INTERSECT/EXCEPT")
		case q.distinct || q.distinctOn != nil:
			return refuse("DISTINCT clause")
		case len(q.group) > 0 || len(q.sets) > 0:
			return refuse("GROUP BY clause")
		case len(q.having) > 0:
			return refuse("HAVING clause")
		case len(q.aggs) > 0:
			return refuse("aggregate functions")
		case len(q.windows) > 0 && qc.hasWin:
			return refuse("window functions")
		case q.hasSets:
			return refuse("set-returning functions in the target list")
		case q.values != nil:
			return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to VALUES", name)
		}
		spec := &lockSpec{strength: lockStrength(lc.Strength), wait: lockWait(lc.WaitPolicy)}
		if len(lc.LockedRels) == 0 {
			for _, f := range q.from {
				qc.lockNode(f, spec, true)
			}
			continue
		}
		for _, r := range lc.LockedRels {
			rv := r.GetRangeVar()
			if rv.Schemaname != "" {
				return pgerr.New(pgerr.SyntaxError, "%s must specify unqualified relation names", name).At(rv.Location)
			}
			it := (*nsItem)(nil)
			for _, c := range qc.all {
				if c.alias == rv.Relname {
					it = c
				}
			}
			if it == nil {
				return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" in %s clause not found in FROM clause", rv.Relname, name).At(rv.Location)
			}
			switch it.node.(type) {
			case *baseTable, *fromQuery:
				qc.lockNode(it.node, spec, false)
			case *fromJoin:
				return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to a join", name).At(rv.Location)
			case *fromFunction:
				return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to a function", name).At(rv.Location)
			case *fromCTE:
				return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to a WITH query", name).At(rv.Location)
			}
		}
	}
	return nil
}

// lockNode marks the tables of a FROM entry to be locked; the strongest request
// for a table counts.
func (qc *qctx) lockNode(n fromNode, spec *lockSpec, _ bool) {
	switch x := n.(type) {
	case *baseTable:
		if x.rel.Kind != catalog.KindTable {
			return
		}
		qc.a.useRelation(x.rel, false, true)
		if x.lock == nil {
			qc.q.locks = append(qc.q.locks, x)
			x.lock = spec
			x.wantTID, x.wantAll = true, true
			return
		}
		merged := *x.lock
		merged.strength = max(merged.strength, spec.strength)
		merged.wait = max(merged.wait, spec.wait)
		x.lock = &merged
	case *fromJoin:
		qc.lockNode(x.left, spec, true)
		qc.lockNode(x.right, spec, true)
	case *fromQuery:
		// The lock applies to the tables of a simple subquery.
		sub := x.q
		if sub.op != opNone || sub.grouped || sub.distinct || sub.distinctOn != nil || sub.values != nil || sub.limit != nil {
			return
		}
		inner := &qctx{a: qc.a, q: sub}
		for _, f := range sub.from {
			inner.lockNode(f, spec, true)
		}
	}
}

func lockName(s pg_query.LockClauseStrength) string {
	switch s {
	case pg_query.LockClauseStrength_LCS_FORKEYSHARE:
		return "FOR KEY SHARE"
	case pg_query.LockClauseStrength_LCS_FORSHARE:
		return "FOR SHARE"
	case pg_query.LockClauseStrength_LCS_FORNOKEYUPDATE:
		return "FOR NO KEY UPDATE"
	}
	return "FOR UPDATE"
}

func lockStrength(s pg_query.LockClauseStrength) LockStrength {
	switch s {
	case pg_query.LockClauseStrength_LCS_FORKEYSHARE:
		return ForKeyShare
	case pg_query.LockClauseStrength_LCS_FORSHARE:
		return ForShare
	case pg_query.LockClauseStrength_LCS_FORNOKEYUPDATE:
		return ForNoKeyUpdate
	}
	return ForUpdate
}

func lockWait(w pg_query.LockWaitPolicy) LockWait {
	switch w {
	case pg_query.LockWaitPolicy_LockWaitSkip:
		return WaitSkip
	case pg_query.LockWaitPolicy_LockWaitError:
		return WaitError
	}
	return WaitBlock
}

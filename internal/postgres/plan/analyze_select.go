package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
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
		return qc.setOperation(s)
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

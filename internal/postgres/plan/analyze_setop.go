package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// setOperation analyses UNION, INTERSECT or EXCEPT.
func (qc *qctx) setOperation(s *pg_query.SelectStmt) (*query, error) {
	q := qc.q
	q.all = s.All
	name := "UNION"
	switch s.Op {
	case pg_query.SetOperation_SETOP_INTERSECT:
		q.op, name = opIntersect, "INTERSECT"
	case pg_query.SetOperation_SETOP_EXCEPT:
		q.op, name = opExcept, "EXCEPT"
	default:
		q.op = opUnion
	}
	var err error
	if q.left, err = qc.a.newLevel(qc).selectStmt(s.Larg, false); err != nil {
		return nil, err
	}
	if q.right, err = qc.a.newLevel(qc).selectStmt(s.Rarg, false); err != nil {
		return nil, err
	}
	if err := qc.matchBranches(name); err != nil {
		return nil, err
	}
	if err := qc.setOrder(s.SortClause); err != nil {
		return nil, err
	}
	if err := qc.limitClause(s); err != nil {
		return nil, err
	}
	return q, qc.lockingClause(s.LockingClause)
}

// matchBranches gives both sides of a set operation the same column types, and
// the operation its columns.
func (qc *qctx) matchBranches(name string) error {
	a, q := qc.a, qc.q
	l, r := q.left.outputs(), q.right.outputs()
	if len(l) != len(r) {
		if len(r) == 0 {
			return pgerr.New(pgerr.SyntaxError, "each %s query must have the same number of columns", name)
		}
		return pgerr.New(pgerr.SyntaxError, "each %s query must have the same number of columns", name).At(locOf(r[0].expr))
	}
	for i := range l {
		le, re := a.outputExpr(q.left, i), a.outputExpr(q.right, i)
		typ, err := a.selectCommonType([]Expr{le, re}, name)
		if err != nil {
			return err
		}
		if err := qc.coerceBranches(i, typ, name); err != nil {
			return err
		}
		if !q.all && a.equality(typ) == nil {
			return pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", a.typeName(typ)).At(locOf(le))
		}
		mod := a.cols[q.left.outputs()[i].id].mod
		if mod != a.cols[q.right.outputs()[i].id].mod {
			mod = -1
		}
		t := &target{name: l[i].name}
		t.id = a.newCol(colMeta{name: t.name, typ: typ, mod: mod, owner: qc})
		t.expr = a.ref(t.id, locOf(le))
		q.targets = append(q.targets, t)
	}
	return nil
}

func (qc *qctx) coerceBranches(i int, typ types.OID, name string) error {
	a, q := qc.a, qc.q
	for _, side := range []**query{&q.left, &q.right} {
		e := a.outputExpr(*side, i)
		if e.Type() == typ {
			continue
		}
		if !canCoerce(e.Type(), typ, builtin.CastImplicit) {
			return pgerr.New(pgerr.CannotCoerce, "%s could not convert type %s to %s", name, a.typeName(e.Type()), a.typeName(typ)).At(locOf(e))
		}
		n, err := a.coerceOutput(*side, i, typ, builtin.CastImplicit)
		if err != nil {
			return err
		}
		*side = n
	}
	return nil
}

// outputExpr stands for a query's column when types are chosen.
func (a *analyzer) outputExpr(q *query, i int) Expr {
	t := q.outputs()[i]
	if t.expr != nil && q.op == opNone {
		return t.expr
	}
	return a.ref(t.id, locOf(t.expr))
}

// coerceOutput makes a query's column another type: in its select list where
// that changes nothing else, otherwise around it.
func (a *analyzer) coerceOutput(q *query, i int, typ types.OID, ctx builtin.CastContext) (*query, error) {
	t := q.outputs()[i]
	if q.values != nil && q.op == opNone {
		for _, row := range q.values {
			e, err := a.coerceTo(row[i], typ, -1, ctx, locOf(row[i]))
			if err != nil {
				return nil, err
			}
			if e == nil {
				return nil, a.cannotCast(row[i], typ, locOf(row[i]))
			}
			row[i] = e
		}
		a.cols[t.id].typ, a.cols[t.id].mod = typ, -1
		return q, nil
	}
	literal := t.expr != nil && t.expr.Type() == types.UnknownOID
	used := q.distinct || q.distinctOn != nil
	for _, o := range q.order {
		used = used || o.target == i
	}
	if q.op == opNone && q.dml == nil && (literal || !used) {
		e, err := a.coerce(t.expr, typ, ctx, locOf(t.expr))
		if err != nil {
			return nil, err
		}
		t.expr, t.table, t.attnum = e, 0, 0
		m := &a.cols[t.id]
		m.typ, m.mod, m.table, m.attnum = typ, -1, 0, 0
		return q, nil
	}
	outer := a.newLevel(nil)
	outer.q.from = []fromNode{&fromQuery{q: q}}
	for k, in := range q.outputs() {
		a.cols[in.id].owner = outer
		var e Expr = a.ref(in.id, locOf(in.expr))
		if k == i {
			var err error
			if e, err = a.coerce(e, typ, ctx, locOf(in.expr)); err != nil {
				return nil, err
			}
		}
		outer.addTarget(e, in.name, false)
	}
	return outer.q, nil
}

// setOrder is ORDER BY over a set operation: output names and positions only.
func (qc *qctx) setOrder(list []*pg_query.Node) error {
	for _, n := range list {
		sb := n.GetSortBy()
		ref := sb.Node.GetColumnRef()
		named := ref != nil && len(ref.Fields) == 1 && ref.Fields[0].GetString_() != nil
		if !named && sb.Node.GetAConst() == nil {
			return qc.badSetOrder(sb.Node)
		}
		if named {
			found := false
			for _, t := range qc.q.targets {
				found = found || t.name == ref.Fields[0].GetString_().Sval
			}
			if !found {
				return pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", ref.Fields[0].GetString_().Sval).At(ref.Location)
			}
		}
		i, err := qc.findTarget(sb.Node, inOrderBy, "ORDER BY")
		if err != nil {
			return err
		}
		if err := qc.a.checkSortable(qc.q.targets[i].expr); err != nil {
			return err
		}
		qc.addOrder(i, sb)
	}
	return nil
}

func (qc *qctx) badSetOrder(n *pg_query.Node) error {
	return pgerr.New(pgerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
		WithDetail("Only result column names can be used, not expressions or functions.").
		WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.").At(locOfNode(n))
}

// valuesStmt analyses VALUES as a query.
func (qc *qctx) valuesStmt(s *pg_query.SelectStmt, resolve bool) (*query, error) {
	inner := qc
	dressed := len(s.SortClause) > 0 || s.LimitCount != nil || s.LimitOffset != nil || len(s.LockingClause) > 0
	if dressed {
		inner = qc.a.newLevel(qc)
	}
	if err := inner.valuesRows(s.ValuesLists, resolve); err != nil {
		return nil, err
	}
	if !dressed {
		return qc.q, nil
	}
	node, items, err := qc.queryItem(inner.q, nil, "*VALUES*", false)
	if err != nil {
		return nil, err
	}
	qc.q.from = []fromNode{node}
	qc.items = items
	for _, c := range items[0].cols {
		qc.addTarget(qc.a.ref(c.id, -1), c.name, false)
	}
	if err := qc.orderClause(s.SortClause); err != nil {
		return nil, err
	}
	if err := qc.limitClause(s); err != nil {
		return nil, err
	}
	return qc.q, qc.lockingClause(s.LockingClause)
}

func (qc *qctx) valuesRows(lists []*pg_query.Node, resolve bool) error {
	a, q := qc.a, qc.q
	qc.clause = inValues
	width := -1
	for _, n := range lists {
		items := n.GetList().GetItems()
		row := make([]Expr, 0, len(items))
		for _, it := range items {
			e, err := qc.expr(it)
			if err != nil {
				return err
			}
			row = append(row, e)
		}
		if width >= 0 && len(row) != width {
			loc := int32(-1)
			if len(items) > 0 {
				loc = locOfNode(items[0])
			}
			return pgerr.New(pgerr.SyntaxError, "VALUES lists must all be the same length").At(loc)
		}
		width = len(row)
		q.values = append(q.values, row)
	}
	for i := range width {
		column := make([]Expr, len(q.values))
		unknown := true
		for r := range q.values {
			column[r] = q.values[r][i]
			unknown = unknown && column[r].Type() == types.UnknownOID
		}
		typ := types.UnknownOID
		if !unknown || resolve {
			var err error
			if column, typ, err = a.commonList(column, "VALUES"); err != nil {
				return err
			}
			for r := range q.values {
				q.values[r][i] = column[r]
			}
		}
		t := &target{name: "column" + itoa(i+1)}
		t.id = a.newCol(colMeta{name: t.name, typ: typ, mod: commonTypmod(column, typ), owner: qc})
		t.expr = a.ref(t.id, locOf(column[0]))
		q.targets = append(q.targets, t)
	}
	return nil
}

package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// aExpr analyses an operator expression of any kind.
func (qc *qctx) aExpr(x *pg_query.A_Expr) (Expr, error) {
	loc := x.Location
	schema, name := qualifiedName(x.Name)
	if schema != "" && schema != "pg_catalog" {
		return nil, pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s.%s", schema, name).At(loc)
	}
	switch x.Kind {
	case pg_query.A_Expr_Kind_AEXPR_OP:
		return qc.opExpr(x, name)
	case pg_query.A_Expr_Kind_AEXPR_OP_ANY, pg_query.A_Expr_Kind_AEXPR_OP_ALL:
		return qc.opArray(x, name)
	case pg_query.A_Expr_Kind_AEXPR_DISTINCT, pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return qc.distinct(x)
	case pg_query.A_Expr_Kind_AEXPR_NULLIF:
		return qc.nullIf(x)
	case pg_query.A_Expr_Kind_AEXPR_IN:
		return qc.inList(x, name)
	case pg_query.A_Expr_Kind_AEXPR_LIKE, pg_query.A_Expr_Kind_AEXPR_ILIKE, pg_query.A_Expr_Kind_AEXPR_SIMILAR:
		return qc.opExpr(x, name)
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return qc.between(x)
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "operator expression is not supported").At(loc)
}

func isRowNode(n *pg_query.Node) bool { return n.GetRowExpr() != nil }

func (qc *qctx) opExpr(x *pg_query.A_Expr, name string) (Expr, error) {
	if x.Lexpr != nil {
		// ROW() op ROW(), and ROW() op (SELECT …), compare column by column.
		if isRowNode(x.Lexpr) && isRowNode(x.Rexpr) {
			l, err := qc.exprs(x.Lexpr.GetRowExpr().Args)
			if err != nil {
				return nil, err
			}
			r, err := qc.exprs(x.Rexpr.GetRowExpr().Args)
			if err != nil {
				return nil, err
			}
			return qc.rowCompare(name, l, r, x.Location)
		}
		if sub := x.Rexpr.GetSubLink(); sub != nil && isRowNode(x.Lexpr) && sub.SubLinkType == pg_query.SubLinkType_EXPR_SUBLINK {
			return qc.rowSubquery(name, x.Lexpr.GetRowExpr(), sub, x.Location)
		}
	}
	var left Expr
	var err error
	if x.Lexpr != nil {
		if left, err = qc.expr(x.Lexpr); err != nil {
			return nil, err
		}
	}
	right, err := qc.expr(x.Rexpr)
	if err != nil {
		return nil, err
	}
	if left == nil && (name == "-" || name == "+") {
		if c := negative(name, right, x.Location); c != nil {
			return c, nil
		}
	}
	return qc.a.makeOp(name, left, right, x.Location)
}

// negative folds the sign into a number: the grammar does so for most literals.
func negative(name string, e Expr, loc int32) Expr {
	c, ok := e.(*Const)
	if !ok || name != "-" || c.Value.IsNull() {
		return nil
	}
	if c.T == types.Int4OID && c.Value.Int() != -1<<31 {
		return &Const{Typed: Typed{types.Int4OID, -1, loc}, Value: types.Int(-c.Value.Int())}
	}
	return nil
}

// rowOperator tells the operators that compare rows.
func rowOperator(op string) bool {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=":
		return true
	}
	return false
}

func noRowOperator(op string, loc int32) error {
	return pgerr.New(pgerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op).
		WithHint("Row comparison operators must be associated with btree operator families.").At(loc)
}

func (qc *qctx) rowCompare(op string, left, right []Expr, loc int32) (Expr, error) {
	if len(left) != len(right) {
		return nil, pgerr.New(pgerr.SyntaxError, "unequal number of entries in row expressions").At(loc)
	}
	if len(left) == 0 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot compare rows of zero length").At(loc)
	}
	rc := &RowCompare{Typed: Typed{types.BoolOID, -1, loc}, Op: op}
	if len(left) == 1 {
		return qc.a.makeOp(op, left[0], right[0], loc)
	}
	if !rowOperator(op) {
		return nil, noRowOperator(op, loc)
	}
	strict := op
	if op == "<=" || op == ">=" {
		strict = op[:1]
	}
	for i := range left {
		c, err := qc.a.makeOp(op, left[i], right[i], loc)
		if err != nil {
			return nil, err
		}
		if c.T != types.BoolOID {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", qc.a.typeName(c.T)).At(loc)
		}
		l, r := c.Args[0], c.Args[1]
		fn := c.Fn
		if strict != op {
			s, err := qc.a.makeOp(strict, l, r, loc)
			if err != nil {
				return nil, err
			}
			fn = s.Fn
		}
		eq, err := qc.a.makeOp("=", l, r, loc)
		if err != nil {
			return nil, err
		}
		rc.Left, rc.Right = append(rc.Left, l), append(rc.Right, r)
		rc.Fns, rc.Eqs = append(rc.Fns, fn), append(rc.Eqs, eq.Fn)
	}
	// = and <> are plain logic over the columns, which the planner can use.
	if op == "=" || op == "<>" {
		l := &Logic{Typed: Typed{types.BoolOID, -1, loc}, Op: And}
		if op == "<>" {
			l.Op = Or
		}
		for i := range rc.Left {
			l.Args = append(l.Args, &Call{Typed: Typed{types.BoolOID, -1, loc}, Fn: rc.Fns[i], Args: []Expr{rc.Left[i], rc.Right[i]}, Op: op})
		}
		return l, nil
	}
	return rc, nil
}

// opArray is left op ANY|ALL (array).
func (qc *qctx) opArray(x *pg_query.A_Expr, name string) (Expr, error) {
	left, err := qc.expr(x.Lexpr)
	if err != nil {
		return nil, err
	}
	right, err := qc.expr(x.Rexpr)
	if err != nil {
		return nil, err
	}
	return qc.a.scalarArray(name, left, right, x.Kind == pg_query.A_Expr_Kind_AEXPR_OP_ALL, x.Location)
}

// scalarArray builds left op ANY|ALL (array), as make_scalar_array_op does.
func (a *analyzer) scalarArray(name string, left, right Expr, all bool, loc int32) (Expr, error) {
	rt := right.Type()
	elem := types.UnknownOID
	if rt != types.UnknownOID {
		if elem = types.ElemOf(rt); elem == 0 {
			return nil, pgerr.New(pgerr.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(loc)
		}
	}
	op, err := a.findOperator(name, left.Type(), elem, loc)
	if err != nil {
		return nil, err
	}
	actual := []types.OID{left.Type(), elem}
	declared, ret, err := a.resolveGenerics(actual, []types.OID{op.Left, op.Right}, op.Ret, loc)
	if err != nil {
		return nil, err
	}
	if ret != types.BoolOID {
		return nil, pgerr.New(pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean").At(loc)
	}
	if left, err = a.coerce(left, declared[0], builtin.CastImplicit, -1); err != nil {
		return nil, err
	}
	want := declared[1]
	if want == types.AnyOID || types.IsPolymorphic(want) {
		want = elem
	}
	arr := types.ArrayOf(want)
	if arr == 0 {
		return nil, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", a.typeName(want)).At(loc)
	}
	if right, err = a.coerce(right, arr, builtin.CastImplicit, -1); err != nil {
		return nil, err
	}
	fn := op.Fn.For([]types.OID{left.Type(), want}, types.BoolOID)
	return &ScalarArray{Typed: Typed{types.BoolOID, -1, loc}, Left: left, Array: right, Fn: fn, Op: name, All: all}, nil
}

func (qc *qctx) distinct(x *pg_query.A_Expr) (Expr, error) {
	not := x.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT
	if isRowNode(x.Lexpr) && isRowNode(x.Rexpr) {
		l, r := x.Lexpr.GetRowExpr().Args, x.Rexpr.GetRowExpr().Args
		if len(l) != len(r) {
			return nil, pgerr.New(pgerr.SyntaxError, "unequal number of entries in row expressions").At(x.Location)
		}
		out := &Logic{Typed: Typed{types.BoolOID, -1, x.Location}, Op: Or}
		if not {
			out.Op = And
		}
		for i := range l {
			le, err := qc.expr(l[i])
			if err != nil {
				return nil, err
			}
			re, err := qc.expr(r[i])
			if err != nil {
				return nil, err
			}
			d, err := qc.a.makeDistinct(le, re, not, x.Location)
			if err != nil {
				return nil, err
			}
			out.Args = append(out.Args, d)
		}
		if len(out.Args) == 1 {
			return out.Args[0], nil
		}
		if len(out.Args) == 0 {
			return &Const{Typed: Typed{types.BoolOID, -1, x.Location}, Value: types.Bool(not)}, nil
		}
		return out, nil
	}
	l, err := qc.expr(x.Lexpr)
	if err != nil {
		return nil, err
	}
	r, err := qc.expr(x.Rexpr)
	if err != nil {
		return nil, err
	}
	// A NULL literal makes it a NULL test.
	if c, ok := r.(*Const); ok && c.Value.IsNull() && l.Type() != types.UnknownOID {
		return &NullTest{Typed: Typed{types.BoolOID, -1, x.Location}, Arg: l, Not: !not}, nil
	}
	if c, ok := l.(*Const); ok && c.Value.IsNull() && r.Type() != types.UnknownOID {
		return &NullTest{Typed: Typed{types.BoolOID, -1, x.Location}, Arg: r, Not: !not}, nil
	}
	return qc.a.makeDistinct(l, r, not, x.Location)
}

func (a *analyzer) makeDistinct(l, r Expr, not bool, loc int32) (Expr, error) {
	c, err := a.makeOp("=", l, r, loc)
	if err != nil {
		return nil, err
	}
	if c.T != types.BoolOID {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "IS DISTINCT FROM requires = operator to yield boolean").At(loc)
	}
	return &Distinct{Typed: Typed{types.BoolOID, -1, loc}, Left: c.Args[0], Right: c.Args[1], Eq: c.Fn, Not: not}, nil
}

func (qc *qctx) nullIf(x *pg_query.A_Expr) (Expr, error) {
	l, err := qc.expr(x.Lexpr)
	if err != nil {
		return nil, err
	}
	r, err := qc.expr(x.Rexpr)
	if err != nil {
		return nil, err
	}
	c, err := qc.a.makeOp("=", l, r, x.Location)
	if err != nil {
		return nil, err
	}
	return &NullIf{Typed: Typed{c.Args[0].Type(), c.Args[0].Typmod(), x.Location}, Left: c.Args[0], Right: c.Args[1], Eq: c.Fn}, nil
}

// inList is x IN (…) and NOT IN: one array operation over the items without
// columns, the others one by one.
func (qc *qctx) inList(x *pg_query.A_Expr, op string) (Expr, error) {
	loc := x.Location
	items := x.Rexpr.GetList().GetItems()
	notIn := op == "<>"
	combine := Or
	if notIn {
		combine = And
	}
	if isRowNode(x.Lexpr) {
		left, err := qc.exprs(x.Lexpr.GetRowExpr().Args)
		if err != nil {
			return nil, err
		}
		for _, e := range left {
			if err := checkCopies(e, len(items)); err != nil {
				return nil, err
			}
		}
		var parts []Expr
		for _, n := range items {
			var e Expr
			if isRowNode(n) {
				right, err := qc.exprs(n.GetRowExpr().Args)
				if err != nil {
					return nil, err
				}
				if e, err = qc.rowCompare(op, left, right, loc); err != nil {
					return nil, err
				}
			} else {
				return nil, pgerr.New(pgerr.FeatureNotSupported, "row comparison with a value that is no row is not supported").At(loc)
			}
			parts = append(parts, e)
		}
		return joinLogic(combine, parts, loc), nil
	}
	left, err := qc.expr(x.Lexpr)
	if err != nil {
		return nil, err
	}
	var flat, others []Expr
	for _, n := range items {
		e, err := qc.expr(n)
		if err != nil {
			return nil, err
		}
		if anyExpr(e, isVariable) {
			others = append(others, e)
		} else {
			flat = append(flat, e)
		}
	}
	var parts []Expr
	if len(flat) > 1 {
		typ, err := qc.a.selectCommonType(append([]Expr{left}, flat...), "")
		if err != nil {
			return nil, err
		}
		ok := typ != 0 && types.ArrayOf(typ) != 0
		for _, e := range flat {
			ok = ok && canCoerce(e.Type(), typ, builtin.CastImplicit)
		}
		if ok {
			arr := &ArrayExpr{Typed: Typed{types.ArrayOf(typ), -1, -1}, Elem: typ}
			for _, e := range flat {
				c, err := qc.a.coerceCommon(e, typ, "IN")
				if err != nil {
					return nil, err
				}
				arr.Items = append(arr.Items, c)
			}
			e, err := qc.a.scalarArray(op, left, arr, notIn, loc)
			if err != nil {
				return nil, err
			}
			parts = append(parts, e)
			flat = nil
		}
	}
	if err := checkCopies(left, len(flat)+len(others)); err != nil {
		return nil, err
	}
	for _, r := range append(flat, others...) {
		c, err := qc.a.makeOp(op, left, r, loc)
		if err != nil {
			return nil, err
		}
		e, err := qc.a.coerceBool(c, "IN")
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
	}
	return joinLogic(combine, parts, loc), nil
}

func isVariable(e Expr) bool {
	switch e.(type) {
	case *colRef, *Column, *subLink, *aggRef, *winRef, *groupingRef, *Subquery:
		return true
	}
	return false
}

func joinLogic(op LogicOp, parts []Expr, loc int32) Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	if len(parts) == 0 {
		return &Const{Typed: Typed{types.BoolOID, -1, loc}, Value: types.Bool(op == And)}
	}
	return &Logic{Typed: Typed{types.BoolOID, -1, loc}, Op: op, Args: parts}
}

// between is rewritten into comparisons, as in PostgreSQL.
func (qc *qctx) between(x *pg_query.A_Expr) (Expr, error) {
	loc := x.Location
	bounds := x.Rexpr.GetList().GetItems()
	if len(bounds) != 2 {
		return nil, pgerr.New(pgerr.InternalError, "BETWEEN without two bounds").At(loc)
	}
	v, err := qc.expr(x.Lexpr)
	if err == nil {
		err = checkCopies(v, 4)
	}
	if err != nil {
		return nil, err
	}
	lo, err := qc.expr(bounds[0])
	if err != nil {
		return nil, err
	}
	hi, err := qc.expr(bounds[1])
	if err != nil {
		return nil, err
	}
	pair := func(op1, op2 string, lo, hi Expr, how LogicOp) (Expr, error) {
		l, err := qc.a.makeOp(op1, v, lo, loc)
		if err != nil {
			return nil, err
		}
		r, err := qc.a.makeOp(op2, v, hi, loc)
		if err != nil {
			return nil, err
		}
		return joinLogic(how, []Expr{l, r}, loc), nil
	}
	both := func(op1, op2 string, inner, outer LogicOp) (Expr, error) {
		l, err := pair(op1, op2, lo, hi, inner)
		if err != nil {
			return nil, err
		}
		r, err := pair(op1, op2, hi, lo, inner)
		if err != nil {
			return nil, err
		}
		return joinLogic(outer, []Expr{l, r}, loc), nil
	}
	switch x.Kind {
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN:
		return pair(">=", "<=", lo, hi, And)
	case pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		return pair("<", ">", lo, hi, Or)
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		return both(">=", "<=", And, Or)
	default:
		return both("<", ">", Or, And)
	}
}

package plan

import (
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxDepth bounds nesting during analysis; the parser's guard is stricter for
// most input, but views nest on top of it.
const maxDepth = 4000

// maxCopied bounds the nodes that repeating an expression may make: x in
// CASE x WHEN …, x BETWEEN … and x IN (…) stands in several comparisons, so that
// nesting them multiplies.
const maxCopied = 200_000

// checkCopies refuses to repeat an expression when that makes too much of it.
func checkCopies(e Expr, n int) error {
	left := maxCopied / max(n, 1)
	walkExpr(e, func(Expr) bool {
		left--
		return left >= 0
	})
	if left < 0 {
		return tooDeep()
	}
	return nil
}

func tooDeep() error {
	return pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
		WithHint("The statement nests too deeply.")
}

// expr analyses one expression.
func (qc *qctx) expr(n *pg_query.Node) (Expr, error) {
	qc.a.depth++
	defer func() { qc.a.depth-- }()
	if qc.a.depth > maxDepth {
		return nil, tooDeep()
	}
	switch x := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		return qc.columnRef(x.ColumnRef)
	case *pg_query.Node_AConst:
		return constant(x.AConst)
	case *pg_query.Node_ParamRef:
		return qc.paramRef(x.ParamRef)
	case *pg_query.Node_AExpr:
		return qc.aExpr(x.AExpr)
	case *pg_query.Node_BoolExpr:
		return qc.boolExpr(x.BoolExpr)
	case *pg_query.Node_FuncCall:
		return qc.funcCall(x.FuncCall)
	case *pg_query.Node_TypeCast:
		return qc.typeCast(x.TypeCast)
	case *pg_query.Node_SubLink:
		return qc.subLink(x.SubLink)
	case *pg_query.Node_NullTest:
		return qc.nullTest(x.NullTest)
	case *pg_query.Node_BooleanTest:
		return qc.booleanTest(x.BooleanTest)
	case *pg_query.Node_CaseExpr:
		return qc.caseExpr(x.CaseExpr)
	case *pg_query.Node_CoalesceExpr:
		args, typ, err := qc.commonArgs(x.CoalesceExpr.Args, "COALESCE")
		if err == nil {
			err = noSets(args, "COALESCE")
		}
		if err != nil {
			return nil, err
		}
		return &Coalesce{Typed: Typed{typ, commonTypmod(args, typ), x.CoalesceExpr.Location}, Args: args}, nil
	case *pg_query.Node_MinMaxExpr:
		name, greatest := "LEAST", x.MinMaxExpr.Op == pg_query.MinMaxOp_IS_GREATEST
		if greatest {
			name = "GREATEST"
		}
		args, typ, err := qc.commonArgs(x.MinMaxExpr.Args, name)
		if err != nil {
			return nil, err
		}
		return &MinMax{Typed: Typed{typ, commonTypmod(args, typ), x.MinMaxExpr.Location}, Args: args, Greatest: greatest}, nil
	case *pg_query.Node_SqlvalueFunction:
		return qc.sqlValue(x.SqlvalueFunction)
	case *pg_query.Node_RowExpr:
		return qc.rowExpr(x.RowExpr)
	case *pg_query.Node_AArrayExpr:
		return qc.arrayExpr(x.AArrayExpr, 0, -1)
	case *pg_query.Node_AIndirection:
		return qc.indirection(x.AIndirection)
	case *pg_query.Node_CollateClause:
		return qc.collate(x.CollateClause)
	case *pg_query.Node_GroupingFunc:
		return qc.groupingFunc(x.GroupingFunc)
	case *pg_query.Node_SetToDefault:
		return nil, pgerr.New(pgerr.SyntaxError, "DEFAULT is not allowed in this context").At(x.SetToDefault.Location)
	case *pg_query.Node_CurrentOfExpr:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "WHERE CURRENT OF is not supported")
	case *pg_query.Node_NamedArgExpr:
		return nil, pgerr.New(pgerr.SyntaxError, "named argument is not allowed here").At(x.NamedArgExpr.Location)
	case *pg_query.Node_JsonIsPredicate, *pg_query.Node_JsonObjectConstructor, *pg_query.Node_JsonArrayConstructor,
		*pg_query.Node_JsonArrayQueryConstructor, *pg_query.Node_JsonObjectAgg, *pg_query.Node_JsonArrayAgg:
		return qc.jsonExpr(n)
	case *pg_query.Node_XmlExpr, *pg_query.Node_XmlSerialize:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "unsupported XML feature").
			WithDetail("This functionality requires the server to be built with libxml support.")
	case nil:
		return nil, pgerr.New(pgerr.InternalError, "empty expression")
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "expression is not supported")
}

func (qc *qctx) exprs(list []*pg_query.Node) ([]Expr, error) {
	out := make([]Expr, len(list))
	for i, n := range list {
		e, err := qc.expr(n)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// commonArgs analyses a list and makes it one type.
func (qc *qctx) commonArgs(list []*pg_query.Node, what string) ([]Expr, types.OID, error) {
	args, err := qc.exprs(list)
	if err != nil {
		return nil, 0, err
	}
	return qc.a.commonList(args, what)
}

// constant reads a literal as the scanner gives it: integers that fit int4 or
// int8, else numeric; strings are of unknown type.
func constant(c *pg_query.A_Const) (Expr, error) {
	loc := c.Location
	if c.Isnull {
		return &Const{Typed: Typed{types.UnknownOID, -1, loc}}, nil
	}
	switch v := c.Val.(type) {
	case *pg_query.A_Const_Ival:
		return &Const{Typed: Typed{types.Int4OID, -1, loc}, Value: types.Int(int64(v.Ival.GetIval()))}, nil
	case *pg_query.A_Const_Fval:
		return numberConst(v.Fval.GetFval(), loc)
	case *pg_query.A_Const_Boolval:
		return &Const{Typed: Typed{types.BoolOID, -1, loc}, Value: types.Bool(v.Boolval.GetBoolval())}, nil
	case *pg_query.A_Const_Sval:
		return &Const{Typed: Typed{types.UnknownOID, -1, loc}, Value: types.Text(v.Sval.GetSval())}, nil
	case *pg_query.A_Const_Bsval:
		d, err := types.Input(types.BitOID, v.Bsval.GetBsval(), -1, nil)
		if err != nil {
			return nil, pgerr.From(err).At(loc)
		}
		return &Const{Typed: Typed{types.BitOID, -1, loc}, Value: d}, nil
	}
	return &Const{Typed: Typed{types.UnknownOID, -1, loc}}, nil
}

func numberConst(s string, loc int32) (Expr, error) {
	if i, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 0, 64); err == nil && !strings.HasPrefix(s, "00") {
		if i == int64(int32(i)) {
			return &Const{Typed: Typed{types.Int4OID, -1, loc}, Value: types.Int(i)}, nil
		}
		return &Const{Typed: Typed{types.Int8OID, -1, loc}, Value: types.Int(i)}, nil
	}
	d, err := types.Input(types.NumericOID, s, -1, nil)
	if err != nil {
		return nil, pgerr.From(err).At(loc)
	}
	return &Const{Typed: Typed{types.NumericOID, -1, loc}, Value: d}, nil
}

func (qc *qctx) paramRef(p *pg_query.ParamRef) (Expr, error) {
	a, n := qc.a, int(p.Number)
	if n <= 0 || n > maxParams {
		return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%d", n).At(p.Location)
	}
	for len(a.params) < n {
		a.params = append(a.params, 0)
	}
	typ := a.params[n-1]
	if typ == 0 {
		typ = types.UnknownOID
	}
	return &Param{Typed: Typed{typ, -1, p.Location}, Index: n - 1}, nil
}

func (qc *qctx) columnRef(c *pg_query.ColumnRef) (Expr, error) {
	loc := c.Location
	names := make([]string, 0, 4)
	star := false
	for _, f := range c.Fields {
		if f.GetAStar() != nil {
			star = true
			continue
		}
		names = append(names, f.GetString_().GetSval())
	}
	if e := qc.columnsForbidden(loc); e != nil {
		return nil, e
	}
	switch len(names) {
	case 1:
		if star {
			return qc.wholeRowOf("", names[0], loc)
		}
		e, err := qc.findColumn(names[0], loc)
		if e != nil || err != nil {
			return e, err
		}
		it, level, err := qc.findTable("", names[0], loc)
		if err != nil {
			return nil, err
		}
		if it != nil {
			return qc.wholeRow(it, level, loc), nil
		}
		return nil, qc.missingColumn("", names[0], loc)
	case 2:
		if star {
			return qc.wholeRowOf(names[0], names[1], loc)
		}
		return qc.tableColumn("", names[0], names[1], loc)
	case 3:
		if star {
			return qc.wholeRowOf(names[1], names[2], loc)
		}
		return qc.tableColumn(names[0], names[1], names[2], loc)
	case 4:
		// The first name is the database.
		if star {
			break
		}
		return qc.tableColumn(names[1], names[2], names[3], loc)
	case 0:
		return nil, pgerr.New(pgerr.SyntaxError, "row expansion via \"*\" is not supported here").At(loc)
	}
	return nil, pgerr.New(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(names, ".")).At(loc)
}

// columnsForbidden refuses column references where an expression may have none.
func (qc *qctx) columnsForbidden(loc int32) error {
	if qc.clause == inDefault {
		return pgerr.New(pgerr.FeatureNotSupported, "cannot use column reference in DEFAULT expression").At(loc)
	}
	return nil
}

func (qc *qctx) tableColumn(schema, table, column string, loc int32) (Expr, error) {
	it, level, err := qc.findTable(schema, table, loc)
	if err != nil {
		return nil, err
	}
	if it == nil {
		if schema != "" {
			return nil, qc.missingTable(schema+"."+table, loc)
		}
		return nil, qc.missingTable(table, loc)
	}
	var found *nsCol
	for i := range it.cols {
		if it.cols[i].name != column {
			continue
		}
		if found != nil {
			return nil, pgerr.New(pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", column).At(loc)
		}
		found = &it.cols[i]
	}
	if found != nil {
		return level.colExpr(found, loc), nil
	}
	if e, err := level.systemColumn(it, column, loc); e != nil || err != nil {
		return e, err
	}
	// A one-argument function over the row, written as a column.
	return nil, qc.missingColumn(table, column, loc)
}

func (qc *qctx) wholeRowOf(schema, table string, loc int32) (Expr, error) {
	it, level, err := qc.findTable(schema, table, loc)
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, qc.missingTable(table, loc)
	}
	return qc.wholeRow(it, level, loc), nil
}

// wholeRow is a FROM entry's row as one value; for a scalar function, the value.
func (qc *qctx) wholeRow(it *nsItem, level *qctx, loc int32) Expr {
	if f, ok := it.node.(*fromFunction); ok && len(it.cols) == 1 && len(f.calls) == 1 {
		return level.colExpr(&it.cols[0], loc)
	}
	row := &RowExpr{Typed: Typed{types.RecordOID, -1, loc}}
	if it.base != nil && it.base.rel.RowType != 0 && types.ByOID(it.base.rel.RowType) == nil {
		row.T = it.base.rel.RowType
		for i, c := range it.base.rel.Columns {
			if c.Dropped {
				row.Items = append(row.Items, nullConst(types.Int4OID))
				row.Names = append(row.Names, "")
				continue
			}
			row.Items = append(row.Items, qc.a.ref(it.base.cols[i], loc))
			row.Names = append(row.Names, c.Name)
		}
		return row
	}
	for i := range it.cols {
		row.Items = append(row.Items, level.colExpr(&it.cols[i], loc))
		row.Names = append(row.Names, it.cols[i].name)
	}
	return row
}

func (qc *qctx) boolExpr(b *pg_query.BoolExpr) (Expr, error) {
	l := &Logic{Typed: Typed{types.BoolOID, -1, b.Location}}
	name := "AND"
	switch b.Boolop {
	case pg_query.BoolExprType_OR_EXPR:
		l.Op, name = Or, "OR"
	case pg_query.BoolExprType_NOT_EXPR:
		l.Op, name = Not, "NOT"
	}
	for _, n := range b.Args {
		e, err := qc.expr(n)
		if err != nil {
			return nil, err
		}
		if e, err = qc.a.coerceBool(e, name); err != nil {
			return nil, err
		}
		l.Args = append(l.Args, e)
	}
	return l, nil
}

func (qc *qctx) nullTest(t *pg_query.NullTest) (Expr, error) {
	arg, err := qc.expr(t.Arg)
	if err != nil {
		return nil, err
	}
	// A literal becomes text; a parameter stays open, as in PostgreSQL.
	if _, isParam := arg.(*Param); !isParam {
		if arg, err = qc.a.resolveUnknown(arg); err != nil {
			return nil, err
		}
	}
	return &NullTest{Typed: Typed{types.BoolOID, -1, t.Location}, Arg: arg, Not: t.Nulltesttype == pg_query.NullTestType_IS_NOT_NULL}, nil
}

func (qc *qctx) booleanTest(t *pg_query.BooleanTest) (Expr, error) {
	arg, err := qc.expr(t.Arg)
	if err != nil {
		return nil, err
	}
	out := &BoolTest{Typed: Typed{types.BoolOID, -1, t.Location}}
	what := ""
	switch t.Booltesttype {
	case pg_query.BoolTestType_IS_TRUE:
		out.Want, what = types.Bool(true), "IS TRUE"
	case pg_query.BoolTestType_IS_NOT_TRUE:
		out.Want, out.Not, what = types.Bool(true), true, "IS NOT TRUE"
	case pg_query.BoolTestType_IS_FALSE:
		out.Want, what = types.Bool(false), "IS FALSE"
	case pg_query.BoolTestType_IS_NOT_FALSE:
		out.Want, out.Not, what = types.Bool(false), true, "IS NOT FALSE"
	case pg_query.BoolTestType_IS_UNKNOWN:
		what = "IS UNKNOWN"
	default:
		out.Not, what = true, "IS NOT UNKNOWN"
	}
	out.Arg, err = qc.a.coerceBool(arg, what)
	return out, err
}

func (qc *qctx) caseExpr(c *pg_query.CaseExpr) (Expr, error) {
	var arg Expr
	var err error
	if c.Arg != nil {
		if arg, err = qc.expr(c.Arg); err != nil {
			return nil, err
		}
		if arg, err = qc.a.resolveUnknown(arg); err != nil {
			return nil, err
		}
	}
	if err := checkCopies(arg, len(c.Args)+1); err != nil {
		return nil, err
	}
	out := &Case{Typed: Typed{0, -1, c.Location}, Arg: arg}
	results := make([]Expr, 0, len(c.Args)+1)
	for _, n := range c.Args {
		w := n.GetCaseWhen()
		cond, err := qc.expr(w.Expr)
		if err != nil {
			return nil, err
		}
		if arg != nil {
			if cond, err = qc.a.makeOp("=", arg, cond, w.Location); err != nil {
				return nil, err
			}
		}
		if cond, err = qc.a.coerceBool(cond, "CASE/WHEN"); err != nil {
			return nil, err
		}
		then, err := qc.expr(w.Result)
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, When{Cond: cond})
		results = append(results, then)
	}
	// The ELSE comes first in deciding the type, as in PostgreSQL.
	var els Expr = &Const{Typed: Typed{types.UnknownOID, -1, -1}}
	if c.Defresult != nil {
		if els, err = qc.expr(c.Defresult); err != nil {
			return nil, err
		}
	}
	typ, err := qc.a.selectCommonType(append([]Expr{els}, results...), "CASE")
	if err != nil {
		return nil, err
	}
	if els, err = qc.a.coerceCommon(els, typ, "CASE/ELSE"); err != nil {
		return nil, err
	}
	if c.Defresult != nil {
		out.Else = els
	}
	for i := range results {
		if results[i], err = qc.a.coerceCommon(results[i], typ, "CASE/WHEN"); err != nil {
			return nil, err
		}
		out.Whens[i].Then = results[i]
	}
	out.T = typ
	if c.Defresult != nil {
		results = append(results, els)
	}
	if err := noSets(results, "CASE"); err != nil {
		return nil, err
	}
	out.Mod = commonTypmod(results, typ)
	return out, nil
}

func (qc *qctx) typeCast(c *pg_query.TypeCast) (Expr, error) {
	typ, mod, err := qc.a.resolveType(c.TypeName)
	if err != nil {
		return nil, err
	}
	var arg Expr
	if arr, ok := c.Arg.GetNode().(*pg_query.Node_AArrayExpr); ok && types.ElemOf(typ) != 0 {
		arg, err = qc.arrayExpr(arr.AArrayExpr, typ, mod)
	} else {
		arg, err = qc.expr(c.Arg)
	}
	if err != nil {
		return nil, err
	}
	loc := c.Location
	if loc < 0 {
		loc = locOf(arg)
	}
	out, err := qc.a.castExplicit(arg, typ, mod, loc)
	return out, err
}

// castExplicit is CAST(e AS typ).
func (a *analyzer) castExplicit(e Expr, typ types.OID, mod types.Typmod, loc int32) (Expr, error) {
	out, err := a.coerceTo(e, typ, mod, builtin.CastExplicit, loc)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, a.cannotCast(e, typ, loc)
	}
	return out, nil
}

func (qc *qctx) collate(c *pg_query.CollateClause) (Expr, error) {
	arg, err := qc.expr(c.Arg)
	if err != nil {
		return nil, err
	}
	if arg, err = qc.a.resolveUnknown(arg); err != nil {
		return nil, err
	}
	name := lastName(c.Collname)
	if t := types.ByOID(arg.Type()); t == nil || !t.Collatable {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "collations are not supported by type %s", qc.a.typeName(arg.Type())).At(c.Location)
	}
	if !knownCollation(name) {
		return nil, pgerr.New(pgerr.UndefinedObject, "collation \"%s\" for encoding \"UTF8\" does not exist", name).At(c.Location)
	}
	return &Cast{Typed: Typed{arg.Type(), arg.Typmod(), c.Location}, Arg: arg, Explicit: true, Collate: name}, nil
}

// knownCollation lists the collations that order by bytes, as all text does here.
func knownCollation(name string) bool {
	switch name {
	case "C", "POSIX", "default", "ucs_basic", "C.UTF-8", "C.utf8":
		return true
	}
	return false
}

func lastName(list []*pg_query.Node) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1].GetString_().GetSval()
}

// qualifiedName splits a possibly qualified name.
func qualifiedName(list []*pg_query.Node) (schema, name string) {
	name = lastName(list)
	if len(list) > 1 {
		schema = list[len(list)-2].GetString_().GetSval()
	}
	return schema, name
}

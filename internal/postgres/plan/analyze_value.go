package plan

import (
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func itoa(i int) string { return strconv.Itoa(i) }

// sqlValue is current_date and its like: calls of functions without parentheses.
func (qc *qctx) sqlValue(x *pg_query.SQLValueFunction) (Expr, error) {
	loc := x.Location
	a := qc.a
	// Each is a function, and a type and precision to cast its result to.
	var fn string
	typ, mod := types.OID(0), types.Typmod(-1)
	switch x.Op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:
		fn, typ = "now", types.DateOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME:
		fn, typ = "now", types.TimeTZOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:
		fn, typ, mod = "now", types.TimeTZOID, x.Typmod
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:
		fn, typ = "now", types.TimestampTZOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N:
		fn, typ, mod = "now", types.TimestampTZOID, x.Typmod
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME:
		fn, typ = "now", types.TimeOID
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:
		fn, typ, mod = "now", types.TimeOID, x.Typmod
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:
		fn, typ = "now", types.TimestampOID
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		fn, typ, mod = "now", types.TimestampOID, x.Typmod
	case pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:
		fn, typ = "session_user", types.NameOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:
		fn, typ = "current_database", types.NameOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:
		fn, typ = "current_schema", types.NameOID
	default:
		fn, typ = "current_user", types.NameOID
	}
	c, err := a.resolveFunction("pg_catalog", fn, nil, nil, false, loc)
	if err != nil {
		return nil, err
	}
	var e Expr = &Call{Typed: Typed{c.fn.Ret, -1, loc}, Fn: c.fn, Op: sqlValueNames[x.Op]}
	return a.castExplicit(e, typ, mod, loc)
}

// sqlValueNames marks, in Call.Op, how a value function was written.
var sqlValueNames = map[pg_query.SQLValueFunctionOp]string{
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "CURRENT_DATE",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "CURRENT_TIME",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "CURRENT_TIME",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "CURRENT_TIMESTAMP",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "CURRENT_TIMESTAMP",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME:           "LOCALTIME",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "LOCALTIME",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "LOCALTIMESTAMP",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "LOCALTIMESTAMP",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "CURRENT_ROLE",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "CURRENT_USER",
	pg_query.SQLValueFunctionOp_SVFOP_USER:                "USER",
	pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:        "SESSION_USER",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "CURRENT_CATALOG",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "CURRENT_SCHEMA",
}

// isSQLValue reports whether a call was written without parentheses.
func isSQLValue(c *Call) bool {
	return c.Op != "" && c.Op[0] >= 'A' && c.Op[0] <= 'Z'
}

// jsonExpr analyses the SQL/JSON constructors and IS JSON, which are calls of
// the json functions under another spelling.
func (qc *qctx) jsonExpr(n *pg_query.Node) (Expr, error) {
	switch x := n.GetNode().(type) {
	case *pg_query.Node_JsonObjectConstructor:
		o := x.JsonObjectConstructor
		if o.AbsentOnNull || o.Unique {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "JSON_OBJECT with ABSENT ON NULL or UNIQUE KEYS is not supported").At(o.Location)
		}
		var args []Expr
		for _, kv := range o.Exprs {
			p := kv.GetJsonKeyValue()
			k, err := qc.expr(p.GetKey())
			if err != nil {
				return nil, err
			}
			v, err := qc.expr(p.GetValue().GetRawExpr())
			if err != nil {
				return nil, err
			}
			args = append(args, k, v)
		}
		return qc.jsonBuild("object", args, o.Output, o.Location)
	case *pg_query.Node_JsonArrayConstructor:
		o := x.JsonArrayConstructor
		var args []Expr
		for _, v := range o.Exprs {
			e, err := qc.expr(v.GetJsonValueExpr().GetRawExpr())
			if err != nil {
				return nil, err
			}
			if c, ok := e.(*Const); ok && o.AbsentOnNull && c.Value.IsNull() {
				continue
			}
			args = append(args, e)
		}
		if o.AbsentOnNull {
			for _, e := range args {
				if _, ok := e.(*Const); !ok {
					return nil, pgerr.New(pgerr.FeatureNotSupported, "JSON_ARRAY with ABSENT ON NULL is not supported").
						WithHint("Write NULL ON NULL.").At(o.Location)
				}
			}
		}
		return qc.jsonBuild("array", args, o.Output, o.Location)
	case *pg_query.Node_JsonIsPredicate:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "IS JSON is not supported").At(x.JsonIsPredicate.Location)
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "SQL/JSON aggregates are not supported").
		WithHint("Use json_agg, jsonb_agg, json_object_agg or jsonb_object_agg.")
}

func (qc *qctx) jsonBuild(what string, args []Expr, out *pg_query.JsonOutput, loc int32) (Expr, error) {
	typ, mod := types.JSONOID, types.Typmod(-1)
	var err error
	if out.GetTypeName() != nil {
		if typ, mod, err = qc.a.resolveType(out.TypeName); err != nil {
			return nil, err
		}
	}
	fn := "json_build_" + what
	if typ == types.JSONBOID {
		fn = "jsonb_build_" + what
	}
	for i := range args {
		if args[i], err = qc.a.resolveUnknown(args[i]); err != nil {
			return nil, err
		}
	}
	c, err := qc.a.resolveFunction("pg_catalog", fn, args, nil, false, loc)
	if err != nil {
		return nil, err
	}
	call := &Call{Typed: Typed{c.fn.Ret, -1, loc}, Fn: bind(c.fn, args, c.fn.Ret), Args: args}
	e, err := qc.a.coerceTo(call, typ, mod, builtin.CastExplicit, loc)
	if err == nil && e == nil {
		return nil, qc.a.cannotCast(call, typ, loc)
	}
	return e, err
}

// locOfNode is where a parse node stands, for the few messages that need it.
func locOfNode(n *pg_query.Node) int32 {
	switch x := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		return x.ColumnRef.Location
	case *pg_query.Node_AConst:
		return x.AConst.Location
	case *pg_query.Node_ParamRef:
		return x.ParamRef.Location
	case *pg_query.Node_AExpr:
		// The leftmost of the operator and its left side.
		if l := locOfNode(x.AExpr.Lexpr); l >= 0 && l < x.AExpr.Location {
			return l
		}
		return x.AExpr.Location
	case *pg_query.Node_FuncCall:
		return x.FuncCall.Location
	case *pg_query.Node_TypeCast:
		if l := locOfNode(x.TypeCast.Arg); l >= 0 && l < x.TypeCast.Location {
			return l
		}
		return x.TypeCast.Location
	case *pg_query.Node_SubLink:
		return x.SubLink.Location
	case *pg_query.Node_CaseExpr:
		return x.CaseExpr.Location
	case *pg_query.Node_ResTarget:
		return locOfNode(x.ResTarget.Val)
	case *pg_query.Node_BoolExpr:
		return x.BoolExpr.Location
	}
	return -1
}

// figureName is the name PostgreSQL gives a column without an alias.
func figureName(n *pg_query.Node) string {
	if name, _ := figure(n); name != "" {
		return name
	}
	return "?column?"
}

// figure is FigureColnameInternal: strength 2 is a name of its own, 1 a type's.
func figure(n *pg_query.Node) (string, int) {
	switch x := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		name := ""
		for _, f := range x.ColumnRef.Fields {
			if s := f.GetString_(); s != nil {
				name = s.Sval
			}
		}
		if name != "" {
			return name, 2
		}
	case *pg_query.Node_AIndirection:
		name := ""
		for _, f := range x.AIndirection.Indirection {
			if s := f.GetString_(); s != nil {
				name = s.Sval
			}
		}
		if name != "" {
			return name, 2
		}
		return figure(x.AIndirection.Arg)
	case *pg_query.Node_FuncCall:
		return lastName(x.FuncCall.Funcname), 2
	case *pg_query.Node_AExpr:
		if x.AExpr.Kind == pg_query.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", 2
		}
	case *pg_query.Node_TypeCast:
		if name, s := figure(x.TypeCast.Arg); s > 1 {
			return name, s
		}
		if x.TypeCast.TypeName != nil {
			return lastName(x.TypeCast.TypeName.Names), 1
		}
	case *pg_query.Node_CollateClause:
		return figure(x.CollateClause.Arg)
	case *pg_query.Node_GroupingFunc:
		return "grouping", 2
	case *pg_query.Node_SubLink:
		switch x.SubLink.SubLinkType {
		case pg_query.SubLinkType_EXISTS_SUBLINK:
			return "exists", 2
		case pg_query.SubLinkType_ARRAY_SUBLINK:
			return "array", 2
		case pg_query.SubLinkType_EXPR_SUBLINK:
			sel := x.SubLink.Subselect.GetSelectStmt()
			for sel.GetLarg() != nil {
				sel = sel.GetLarg()
			}
			if ts := sel.GetTargetList(); len(ts) > 0 {
				t := ts[0].GetResTarget()
				if t.GetName() != "" {
					return t.Name, 2
				}
				return figure(t.GetVal())
			}
			if len(sel.GetValuesLists()) > 0 {
				return "column1", 2
			}
		}
	case *pg_query.Node_CaseExpr:
		if name, s := figure(x.CaseExpr.Defresult); s > 1 {
			return name, s
		}
		return "case", 1
	case *pg_query.Node_AArrayExpr:
		return "array", 2
	case *pg_query.Node_RowExpr:
		return "row", 2
	case *pg_query.Node_CoalesceExpr:
		return "coalesce", 2
	case *pg_query.Node_MinMaxExpr:
		if x.MinMaxExpr.Op == pg_query.MinMaxOp_IS_GREATEST {
			return "greatest", 2
		}
		return "least", 2
	case *pg_query.Node_SqlvalueFunction:
		return sqlValueColumn(x.SqlvalueFunction.Op), 2
	case *pg_query.Node_JsonObjectConstructor:
		return "json_object", 2
	case *pg_query.Node_JsonArrayConstructor:
		return "json_array", 2
	}
	return "", 0
}

func sqlValueColumn(op pg_query.SQLValueFunctionOp) string {
	b := []byte(sqlValueNames[op])
	for i := range b {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

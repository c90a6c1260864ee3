package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func init() {
	provideCatalog(map[string]catalogFunc{
		"pg_get_expr":                        getExpr,
		"pg_get_expr_ext":                    getExpr,
		"pg_get_indexdef":                    getIndexDef,
		"pg_get_indexdef_ext":                getIndexDef,
		"pg_get_constraintdef":               getConstraintDef,
		"pg_get_constraintdef_ext":           getConstraintDef,
		"pg_get_viewdef":                     getViewDef,
		"pg_get_viewdef_ext":                 getViewDef,
		"pg_get_viewdef_wrap":                getViewDef,
		"pg_get_viewdef_name":                getViewDefByName,
		"pg_get_viewdef_name_ext":            getViewDefByName,
		"pg_get_ruledef":                     getRuleDef,
		"pg_get_ruledef_ext":                 getRuleDef,
		"pg_get_serial_sequence":             getSerialSequence,
		"pg_get_functiondef":                 getFunctionDef,
		"pg_get_function_arguments":          getFunctionArguments,
		"pg_get_function_identity_arguments": getFunctionIdentityArguments,
		"pg_get_function_result":             getFunctionResult,
		"pg_get_function_arg_default":        getArgDefault,
		"pg_get_userbyid": func(n *namer, a []types.Datum) (types.Datum, error) {
			return text(types.TruncateName(roleName(n.view, oidArg(a[0])))), nil
		},
		"pg_describe_object": describeObject,
	})
	// What follows describes objects that do not exist here.
	builtin.Provide(map[string]builtin.Func{
		"pg_get_triggerdef": constant(null), "pg_get_triggerdef_ext": constant(null), "pg_get_partkeydef": constant(null),
		"pg_get_partition_constraintdef": constant(null), "pg_get_statisticsobjdef": constant(null),
		"pg_get_statisticsobjdef_columns": constant(null), "pg_get_statisticsobjdef_expressions": constant(null),
		"pg_get_function_sqlbody": constant(null), "pg_get_replica_identity_index": constant(null),
		"pg_partition_root": constant(null),
	})
}

// prettyArg is the optional last argument that asks for the short form.
func prettyArg(a []types.Datum, at int) bool {
	return len(a) > at && a[at].Kind() == types.KindBool && a[at].Bool()
}

func getExpr(n *namer, a []types.Datum) (types.Datum, error) {
	sql := a[0].Str()
	if r := n.view.Relation(oidArg(a[1])); r != nil {
		return text(n.exprOf(r, sql, prettyArg(a, 2))), nil
	}
	return null, nil
}

func getIndexDef(n *namer, a []types.Datum) (types.Datum, error) {
	i, r := n.view.Index(oidArg(a[0]))
	if i == nil {
		return null, nil
	}
	column := 0
	if len(a) > 1 {
		column = int(a[1].Int())
	}
	return text(n.indexDef(i, r, column, prettyArg(a, 2))), nil
}

// constraintByOID finds a constraint and its table.
func constraintByOID(v *catalog.View, o types.OID) (*catalog.Relation, *catalog.Constraint) {
	for _, r := range v.AllRelations() {
		for _, c := range r.Constraints {
			if c.OID == o {
				return r, c
			}
		}
	}
	return nil, nil
}

func getConstraintDef(n *namer, a []types.Datum) (types.Datum, error) {
	r, c := constraintByOID(n.view, oidArg(a[0]))
	if c == nil {
		return null, nil
	}
	return text(n.constraintDef(r, c, prettyArg(a, 1))), nil
}

func getViewDef(n *namer, a []types.Datum) (types.Datum, error) {
	r := n.view.Relation(oidArg(a[0]))
	if r == nil || relkind(r) != 'v' {
		return null, nil
	}
	if r.Kind != catalog.KindView {
		return null, nil // computed: there is no query behind it
	}
	return text(viewDefinition(r)), nil
}

func getViewDefByName(n *namer, a []types.Datum) (types.Datum, error) {
	parts, err := splitName(a[0].Str())
	if err != nil {
		return null, err
	}
	o, err := n.findClass(parts)
	if err != nil {
		return null, err
	}
	return getViewDef(n, []types.Datum{oid(o)})
}

func getRuleDef(n *namer, a []types.Datum) (types.Datum, error) {
	r := n.view.Relation(oidArg(a[0])) // a view's rule has the view's OID
	if r == nil || r.Kind != catalog.KindView {
		return null, nil
	}
	return text("CREATE RULE \"_RETURN\" AS\n    ON SELECT TO " + n.qualified(r.Schema, r.Name) + " DO INSTEAD " +
		strings.TrimSpace(viewDefinition(r))), nil
}

func getSerialSequence(n *namer, a []types.Datum) (types.Datum, error) {
	parts, err := splitName(a[0].Str())
	if err != nil {
		return null, err
	}
	o, err := n.findClass(parts)
	if err != nil {
		return null, err
	}
	r := n.view.Relation(o)
	if r == nil {
		return null, pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a table", strings.Join(parts, "."))
	}
	for _, c := range r.Columns {
		if c.Dropped || c.Name != a[1].Str() {
			continue
		}
		for _, q := range n.view.OwnedSequences(r.OID, c.Num) {
			return text(n.qualified(q.Schema, q.Name)), nil
		}
		return null, nil
	}
	return null, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", a[1].Str(), r.Name)
}

// arguments writes a function's parameters; defaults only where they are shown.
func (n *namer) arguments(f *builtin.Function, defaults, outputs bool) string {
	var list []string
	for i, typ := range f.Args {
		s := n.typeName(typ)
		if i < len(f.ArgNames) && f.ArgNames[i] != "" {
			s = builtin.QuoteIdent(f.ArgNames[i]) + " " + s
		}
		if f.Variadic != 0 && i == len(f.Args)-1 {
			s = "VARIADIC " + s
		}
		if k := i - (len(f.Args) - f.Defaults); defaults && f.Defaults > 0 && k >= 0 && k < len(f.DefaultValues) {
			s += " DEFAULT " + n.literal(typ, f.DefaultValues[k])
		}
		list = append(list, s)
	}
	if outputs {
		for i, typ := range f.OutTypes {
			list = append(list, "OUT "+builtin.QuoteIdent(f.OutNames[i])+" "+n.typeName(typ))
		}
	}
	return strings.Join(list, ", ")
}

// literal writes a value as SQL.
func (n *namer) literal(typ types.OID, d types.Datum) string {
	switch {
	case d.IsNull():
		return "NULL::" + n.typeName(typ)
	case typ == types.BoolOID:
		return map[bool]string{true: "true", false: "false"}[d.Bool()]
	case typ == types.Int4OID:
		return types.Output(typ, d, nil)
	}
	return builtin.QuoteLiteral(types.Output(typ, d, nil)) + "::" + n.typeName(typ)
}

func functionArg(a []types.Datum) *builtin.Function { return builtin.FunctionByOID(oidArg(a[0])) }

func getFunctionArguments(n *namer, a []types.Datum) (types.Datum, error) {
	if f := functionArg(a); f != nil {
		return text(n.arguments(f, true, true)), nil
	}
	return null, nil
}

func getFunctionIdentityArguments(n *namer, a []types.Datum) (types.Datum, error) {
	if f := functionArg(a); f != nil {
		return text(n.arguments(f, false, true)), nil
	}
	return null, nil
}

func getFunctionResult(n *namer, a []types.Datum) (types.Datum, error) {
	if f := functionArg(a); f != nil {
		return text(n.result(f)), nil
	}
	return null, nil
}

func (n *namer) result(f *builtin.Function) string {
	if f.Set != nil || f.BindSet != nil {
		return "SETOF " + n.typeName(f.Ret)
	}
	return n.typeName(f.Ret)
}

var volatilities = map[builtin.Volatility]string{builtin.Immutable: " IMMUTABLE", builtin.Stable: " STABLE", builtin.Volatile: ""}

func getFunctionDef(n *namer, a []types.Datum) (types.Datum, error) {
	f := functionArg(a)
	if f == nil {
		return null, nil
	}
	if f.Kind == 'a' {
		return null, pgerr.New(pgerr.WrongObjectType, "\"%s\" is an aggregate function", f.Name)
	}
	strict := ""
	if f.Strict {
		strict = " STRICT"
	}
	return text("CREATE OR REPLACE FUNCTION " + n.qualified(schemaOf(f), f.Name) + "(" + n.arguments(f, true, true) + ")\n RETURNS " +
		n.result(f) + "\n LANGUAGE internal\n" + volatilities[f.Volatility] + " PARALLEL SAFE" + strict + "\nAS $function$" + f.Source + "$function$\n"), nil
}

func getArgDefault(n *namer, a []types.Datum) (types.Datum, error) {
	f := functionArg(a)
	if f == nil {
		return null, nil
	}
	at := int(a[1].Int()) - 1
	if k := at - (len(f.Args) - f.Defaults); f.Defaults > 0 && k >= 0 && k < len(f.DefaultValues) {
		return text(n.literal(f.Args[at], f.DefaultValues[k])), nil
	}
	return null, nil
}

// describeObject is pg_describe_object, for the kinds of object there are.
func describeObject(n *namer, a []types.Datum) (types.Datum, error) {
	o, sub := oidArg(a[1]), int16(a[2].Int())
	switch oidArg(a[0]) {
	case pgClassClass:
		if i, r := n.view.Index(o); i != nil {
			return text("index " + n.class(r.Schema, i.Name)), nil
		}
		r := n.view.Relation(o)
		if r == nil {
			return null, nil
		}
		kind := map[byte]string{'r': "table ", 'v': "view ", 'S': "sequence ", 'c': "composite type "}[relkind(r)]
		if sub > 0 && int(sub) <= len(r.Columns) {
			return text("column " + builtin.QuoteIdent(r.Columns[sub-1].Name) + " of " + kind + n.relation(r)), nil
		}
		return text(kind + n.relation(r)), nil
	case pgConstraintClass:
		if r, c := constraintByOID(n.view, o); c != nil {
			return text("constraint " + builtin.QuoteIdent(c.Name) + " on table " + n.relation(r)), nil
		}
	case pgNamespaceClass:
		if s := n.view.Schema(o); s != nil {
			return text("schema " + s.Name), nil
		}
	case pgTypeClass:
		return text("type " + n.typeName(o)), nil
	case pgProcClass:
		if f := builtin.FunctionByOID(o); f != nil {
			return text("function " + n.signature(f)), nil
		}
	case pgAuthIDClass:
		if r := n.view.Role(o); r != nil {
			return text("role " + r.Name), nil
		}
	}
	return null, nil
}

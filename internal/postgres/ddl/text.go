package ddl

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/plan"
)

// exprText is an expression as SQL text for the catalog.
func exprText(expr *pg_query.Node) (string, error) {
	target := &pg_query.Node{Node: &pg_query.Node_ResTarget{ResTarget: &pg_query.ResTarget{Val: expr}}}
	sql, err := parser.Deparse(&pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: &pg_query.SelectStmt{
		TargetList: []*pg_query.Node{target}, LimitOption: pg_query.LimitOption_LIMIT_OPTION_DEFAULT, Op: pg_query.SetOperation_SETOP_NONE,
	}}})
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(sql, "SELECT "), nil
}

// eachNode calls fn for every message of a parse tree, parents first, as long as
// fn returns true for the parent.
func eachNode(m proto.Message, fn func(m proto.Message) bool) {
	if m == nil || !m.ProtoReflect().IsValid() || !fn(m) {
		return
	}
	m.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if field.Kind() != protoreflect.MessageKind {
			return true
		}
		if !field.IsList() {
			eachNode(v.Message().Interface(), fn)
			return true
		}
		for i := range v.List().Len() {
			eachNode(v.List().Get(i).Message().Interface(), fn)
		}
		return true
	})
}

// cloneNode copies a parse tree: what the parser returns is shared.
func cloneNode[T proto.Message](n T) T { return proto.CloneOf(n) }

// columnsIn lists the column names that an expression over one table uses.
func columnsIn(expr *pg_query.Node) []string {
	var names []string
	eachNode(expr, func(m proto.Message) bool {
		if ref, ok := m.(*pg_query.ColumnRef); ok {
			if name := lastName(ref); name != "" {
				names = append(names, name)
			}
			return false
		}
		return true
	})
	return names
}

// lastName is the column that a reference names, "" for a star.
func lastName(ref *pg_query.ColumnRef) string {
	return ref.Fields[len(ref.Fields)-1].GetString_().GetSval()
}

// renameColumnIn rewrites an expression's text after a column got a new name.
func renameColumnIn(sql, from, to string) (string, error) {
	if sql == "" {
		return "", nil
	}
	expr, err := plan.ParseExpr(sql)
	if err != nil {
		return "", err
	}
	expr = cloneNode(expr)
	changed := false
	eachNode(expr, func(m proto.Message) bool {
		if ref, ok := m.(*pg_query.ColumnRef); ok && lastName(ref) == from {
			ref.Fields[len(ref.Fields)-1].GetString_().Sval = to
			changed = true
		}
		return true
	})
	if !changed {
		return sql, nil
	}
	return exprText(expr)
}

// usesColumn reports whether an expression's text names a column.
func usesColumn(sql, name string) (bool, error) {
	if sql == "" {
		return false, nil
	}
	expr, err := plan.ParseExpr(sql)
	if err != nil {
		return false, err
	}
	for _, used := range columnsIn(expr) {
		if used == name {
			return true, nil
		}
	}
	return false, nil
}

package sysview

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/parser"
)

// viewDefinition is pg_get_viewdef: the view's query, under the view's own column
// names, a plain SELECT with a line for each column and clause.
func viewDefinition(r *catalog.Relation) string {
	sql := r.ViewSQL
	if stmts, err := parser.Parse(sql); err == nil && len(stmts) == 1 && stmts[0].Node.GetSelectStmt() != nil {
		// What the parser gives is shared.
		sel := proto.CloneOf(stmts[0].Node.GetSelectStmt())
		nameTargets(sel, r)
		if text, err := selectLines(sel); err == nil {
			sql = text
		}
	}
	return " " + sql + ";"
}

// nameTargets gives the query's columns the names that the view has for them.
func nameTargets(sel *pg_query.SelectStmt, r *catalog.Relation) {
	if sel.Op != pg_query.SetOperation_SETOP_NONE {
		nameTargets(sel.Larg, r)
		return
	}
	if len(sel.TargetList) != len(r.Columns) {
		return
	}
	for i, n := range sel.TargetList {
		t := n.GetResTarget()
		if t.GetName() != "" || columnName(t.GetVal()) != r.Columns[i].Name {
			t.Name = r.Columns[i].Name
		}
		if columnName(t.GetVal()) == t.Name {
			t.Name = ""
		}
	}
}

// columnName is the column that an expression is, "" if it is something else.
func columnName(e *pg_query.Node) string {
	fields := e.GetColumnRef().GetFields()
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1].GetString_().GetSval()
}

// selectLines writes a SELECT as ruleutils.c lays it out. Set operations, WITH and
// VALUES stay on one line.
func selectLines(sel *pg_query.SelectStmt) (string, error) {
	if sel.Op != pg_query.SetOperation_SETOP_NONE || sel.WithClause != nil || len(sel.ValuesLists) > 0 || len(sel.DistinctClause) > 0 {
		return deparseSelect(sel)
	}
	var b strings.Builder
	b.WriteString("SELECT ")
	for i, t := range sel.TargetList {
		text, err := deparseSelect(&pg_query.SelectStmt{TargetList: []*pg_query.Node{t}})
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteString(",\n    ")
		}
		b.WriteString(strings.TrimPrefix(text, "SELECT "))
	}
	rest := proto.CloneOf(sel)
	for _, clause := range []struct {
		indent string
		part   *pg_query.SelectStmt
	}{
		{"   ", &pg_query.SelectStmt{FromClause: sel.FromClause}},
		{"  ", &pg_query.SelectStmt{WhereClause: sel.WhereClause}},
		{"  ", &pg_query.SelectStmt{GroupClause: sel.GroupClause, GroupDistinct: sel.GroupDistinct}},
		{"  ", &pg_query.SelectStmt{HavingClause: sel.HavingClause}},
	} {
		text, err := deparseSelect(clause.part)
		if err != nil {
			return "", err
		}
		if text = strings.TrimSpace(strings.TrimPrefix(text, "SELECT")); text != "" {
			b.WriteString("\n" + clause.indent + text)
		}
	}
	// WINDOW, ORDER BY, LIMIT and locks follow on the last line.
	rest.TargetList, rest.FromClause, rest.WhereClause, rest.GroupClause, rest.HavingClause = nil, nil, nil, nil, nil
	text, err := deparseSelect(rest)
	if err != nil {
		return "", err
	}
	if text = strings.TrimSpace(strings.TrimPrefix(text, "SELECT")); text != "" {
		b.WriteString("\n  " + text)
	}
	return b.String(), nil
}

func deparseSelect(sel *pg_query.SelectStmt) (string, error) {
	if sel.LimitOption == pg_query.LimitOption_LIMIT_OPTION_UNDEFINED {
		sel.LimitOption = pg_query.LimitOption_LIMIT_OPTION_DEFAULT
	}
	if sel.Op == pg_query.SetOperation_SET_OPERATION_UNDEFINED {
		sel.Op = pg_query.SetOperation_SETOP_NONE
	}
	return parser.Deparse(&pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: sel}})
}

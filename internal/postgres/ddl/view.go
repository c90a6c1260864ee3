package ddl

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// createView keeps the query as text with every relation under its full name,
// so that it means the same under any search path.
func (env *Env) createView(stmt *pg_query.ViewStmt) error {
	if stmt.WithCheckOption > pg_query.ViewCheckOption_NO_CHECK_OPTION {
		return notSupported("WITH CHECK OPTION")
	}
	name := stmt.View.Relname
	query := cloneNode(stmt.Query)
	reads, err := env.qualify(query)
	if err != nil {
		return err
	}
	schema, err := env.viewSchema(stmt.View, reads)
	if err != nil {
		return err
	}
	env.expandStars(query)
	p, err := plan.Build(env.planEnv(), query, nil)
	if err != nil {
		return err
	}
	columns, err := viewColumns(p.Columns, nameList(stmt.Aliases))
	if err != nil {
		return err
	}
	text, err := parser.Deparse(query)
	if err != nil {
		return err
	}
	old := env.view().Lookup(schema, name)
	if old != nil && stmt.Replace {
		return env.replaceView(old, columns, text, reads)
	}
	view, err := env.newRelation(schema, name, catalog.KindView)
	if err != nil {
		return err
	}
	view.Columns, view.ViewSQL, view.DependsOn = columns, text, reads
	return env.Tx.CreateRelation(env.Ctx, view)
}

// viewSchema is the schema that a new view goes into: that of temporary things if it
// reads any, for it cannot outlive them.
func (env *Env) viewSchema(rv *pg_query.RangeVar, reads []types.OID) (types.OID, error) {
	schema, err := env.targetSchema(rv)
	if err != nil || env.view().Schema(schema).Temporary() {
		return schema, err
	}
	for _, oid := range reads {
		if r := env.view().Relation(oid); r == nil || !r.Temporary {
			continue
		}
		if rv.Schemaname != "" {
			return 0, pgerr.New(pgerr.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
		}
		env.notice(pgerr.SuccessfulCompletion, "view \"%s\" will be a temporary view", rv.Relname)
		return env.Temp()
	}
	return schema, nil
}

// replaceView is CREATE OR REPLACE: columns may only be added.
func (env *Env) replaceView(old *catalog.Relation, columns []*catalog.Column, text string, reads []types.OID) error {
	if old.Kind != catalog.KindView {
		return pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a view", old.Name)
	}
	if len(columns) < len(old.Columns) {
		return pgerr.New(pgerr.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, was := range old.Columns {
		if columns[i].Name != was.Name {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change name of view column \"%s\" to \"%s\"", was.Name, columns[i].Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if columns[i].Type != was.Type || columns[i].Typmod != was.Typmod {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change data type of view column \"%s\" from %s to %s", was.Name,
				types.FormatType(was.Type, was.Typmod), types.FormatType(columns[i].Type, columns[i].Typmod))
		}
	}
	n := clone(old)
	n.Columns, n.ViewSQL, n.DependsOn = columns, text, reads
	return env.Tx.ReplaceRelation(env.Ctx, n)
}

func viewColumns(result []plan.ResultColumn, aliases []string) ([]*catalog.Column, error) {
	if len(aliases) > len(result) {
		return nil, pgerr.New(pgerr.SyntaxError, "CREATE VIEW specifies more column names than columns")
	}
	var columns []*catalog.Column
	for i, r := range result {
		c := &catalog.Column{Num: int16(i + 1), Name: r.Name, Type: r.Type, Typmod: r.Typmod}
		if i < len(aliases) {
			c.Name = aliases[i]
		}
		if slices.ContainsFunc(columns, func(o *catalog.Column) bool { return o.Name == c.Name }) {
			return nil, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// qualify puts the schema before every relation that a query names, and returns
// the relations it reads. Names of CTEs stay as they are.
func (env *Env) qualify(query *pg_query.Node) (reads []types.OID, err error) {
	ctes := map[string]bool{}
	eachNode(query, func(m proto.Message) bool {
		if cte, ok := m.(*pg_query.CommonTableExpr); ok {
			ctes[cte.Ctename] = true
		}
		return true
	})
	eachNode(query, func(m proto.Message) bool {
		rv, ok := m.(*pg_query.RangeVar)
		if !ok || err != nil || rv.Schemaname == "" && ctes[rv.Relname] {
			return true
		}
		var rel *catalog.Relation
		if rel, err = env.relation(rv); err != nil {
			return false
		}
		rv.Schemaname = env.view().Schema(rel.Schema).Name
		if rel.Kind != catalog.KindVirtual && !slices.Contains(reads, rel.OID) {
			reads = append(reads, rel.OID)
		}
		return true
	})
	return reads, err
}

// expandStars writes out SELECT * over plain relations, so that a view keeps its
// columns when a table gets more.
func (env *Env) expandStars(query *pg_query.Node) {
	eachNode(query, func(m proto.Message) bool {
		if s, ok := m.(*pg_query.SelectStmt); ok {
			env.expandTargets(s)
		}
		return true
	})
}

func (env *Env) expandTargets(s *pg_query.SelectStmt) {
	var targets []*pg_query.Node
	for _, t := range s.TargetList {
		ref := t.GetResTarget().GetVal().GetColumnRef()
		if ref == nil || ref.Fields[len(ref.Fields)-1].GetAStar() == nil {
			targets = append(targets, t)
			continue
		}
		expanded, ok := env.starColumns(s.FromClause, ref)
		if !ok {
			targets = append(targets, t)
			continue
		}
		targets = append(targets, expanded...)
	}
	s.TargetList = targets
}

// starColumns lists the columns of a star; ok is false where it stands for more
// than plain relations.
func (env *Env) starColumns(from []*pg_query.Node, ref *pg_query.ColumnRef) (columns []*pg_query.Node, ok bool) {
	for _, item := range from {
		rv := item.GetRangeVar()
		if rv == nil || rv.Schemaname == "" || len(rv.Alias.GetColnames()) > 0 {
			return nil, false
		}
		name := rv.Relname
		if rv.Alias != nil {
			name = rv.Alias.Aliasname
		}
		if len(ref.Fields) > 1 && ref.Fields[len(ref.Fields)-2].GetString_().GetSval() != name {
			continue
		}
		rel, err := env.find(rv.Schemaname, rv.Relname)
		if err != nil || rel == nil {
			return nil, false
		}
		for _, c := range rel.Columns {
			if c.Dropped {
				continue
			}
			fields := []*pg_query.Node{pg_query.MakeStrNode(name), pg_query.MakeStrNode(c.Name)}
			columns = append(columns, &pg_query.Node{Node: &pg_query.Node_ResTarget{ResTarget: &pg_query.ResTarget{
				Val: &pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: &pg_query.ColumnRef{Fields: fields, Location: -1}}}, Location: -1,
			}}})
		}
	}
	return columns, len(columns) > 0
}

// views lists the views that read a relation.
func (env *Env) views(oid types.OID) []*catalog.Relation {
	var list []*catalog.Relation
	for _, d := range env.view().Dependents(oid) {
		if d.Kind == catalog.KindView {
			list = append(list, d)
		}
	}
	return list
}

// refuseViewUse fails if a view names the column.
func (env *Env) refuseViewUse(rel *catalog.Relation, c *catalog.Column, act string) error {
	for _, v := range env.views(rel.OID) {
		stmts, err := parser.Parse(v.ViewSQL)
		if err != nil {
			return err
		}
		if slices.Contains(columnsIn(stmts[0].Node), c.Name) {
			return pgerr.New(pgerr.FeatureNotSupported, "cannot %s used by a view or rule", act).
				WithDetail("rule _RETURN on view %s depends on column \"%s\"", v.Name, c.Name)
		}
	}
	return nil
}

// checkViews sees that the views over a changed relation still work.
func (env *Env) checkViews(rel *catalog.Relation) error {
	for _, v := range env.views(rel.OID) {
		stmts, err := parser.Parse(v.ViewSQL)
		if err != nil {
			return err
		}
		if _, err := plan.Build(env.planEnv(), stmts[0].Node, nil); err != nil {
			return pgerr.New(pgerr.DependentObjectsStillExist, "cannot change %s %s because other objects depend on it", kindName(rel), rel.Name).
				WithDetail("view %s depends on %s %s: %s", v.Name, kindName(rel), rel.Name, pgerr.From(err).Message).
				WithHint("Drop the view, change the table, and create the view again.")
		}
	}
	return nil
}

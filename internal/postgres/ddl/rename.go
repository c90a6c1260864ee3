package ddl

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

func (env *Env) rename(stmt *pg_query.RenameStmt) (string, error) {
	if len(stmt.Newname) > maxName {
		stmt = cloneNode(stmt)
		stmt.Newname = stmt.Newname[:maxName]
	}
	switch stmt.RenameType {
	case pg_query.ObjectType_OBJECT_TABLE:
		return "ALTER TABLE", env.renameRelation(stmt)
	case pg_query.ObjectType_OBJECT_VIEW:
		return "ALTER VIEW", env.renameRelation(stmt)
	case pg_query.ObjectType_OBJECT_SEQUENCE:
		return "ALTER SEQUENCE", env.renameRelation(stmt)
	case pg_query.ObjectType_OBJECT_INDEX:
		return "ALTER INDEX", env.renameIndex(stmt)
	case pg_query.ObjectType_OBJECT_COLUMN:
		return "ALTER TABLE", env.renameColumn(stmt)
	case pg_query.ObjectType_OBJECT_TABCONSTRAINT:
		return "ALTER TABLE", env.renameConstraint(stmt)
	case pg_query.ObjectType_OBJECT_SCHEMA:
		return "ALTER SCHEMA", env.renameSchema(stmt)
	case pg_query.ObjectType_OBJECT_DATABASE:
		return "ALTER DATABASE", env.renameDatabase(stmt)
	case pg_query.ObjectType_OBJECT_ROLE:
		return "ALTER ROLE", env.renameRole(stmt)
	}
	return "", notSupported("this form of RENAME")
}

// lockRenamed finds and locks the relation of a RENAME; nil if it is missing and
// may be.
func (env *Env) lockRenamed(stmt *pg_query.RenameStmt) (*catalog.Relation, error) {
	rel, err := env.find(stmt.Relation.Schemaname, stmt.Relation.Relname)
	if err != nil {
		return nil, err
	}
	if rel == nil {
		if stmt.MissingOk {
			env.notice(pgerr.SuccessfulCompletion, "relation \"%s\" does not exist, skipping", stmt.Relation.Relname)
			return nil, nil
		}
		return env.relation(stmt.Relation)
	}
	if rel.Kind == catalog.KindVirtual {
		return nil, onlyTable(rel)
	}
	if err := env.Tx.LockRelation(env.Ctx, rel.OID, table.AccessExclusive, false); err != nil {
		return nil, err
	}
	return env.view().Relation(rel.OID), nil
}

func (env *Env) renameRelation(stmt *pg_query.RenameStmt) error {
	if index, _, err := env.findIndex(stmt.Relation.Schemaname, stmt.Relation.Relname); err != nil {
		return err
	} else if index != nil {
		return env.renameIndex(stmt)
	}
	rel, err := env.lockRenamed(stmt)
	if err != nil || rel == nil {
		return err
	}
	n := clone(rel)
	n.Name = stmt.Newname
	if err := env.Tx.ReplaceRelation(env.Ctx, n); err != nil {
		return err
	}
	schema := env.view().Schema(rel.Schema).Name
	return env.editViews(rel, func(m proto.Message) {
		if rv, ok := m.(*pg_query.RangeVar); ok && rv.Relname == rel.Name && rv.Schemaname == schema {
			if rv.Alias == nil {
				// The query may name the table by its old name elsewhere.
				rv.Alias = &pg_query.Alias{Aliasname: rel.Name}
			}
			rv.Relname = stmt.Newname
		}
	})
}

// editViews changes the text of the views that read a relation.
func (env *Env) editViews(rel *catalog.Relation, edit func(m proto.Message)) error {
	for _, v := range env.views(rel.OID) {
		stmts, err := parser.Parse(v.ViewSQL)
		if err != nil {
			return err
		}
		query := cloneNode(stmts[0].Node)
		eachNode(query, func(m proto.Message) bool { edit(m); return true })
		n := clone(v)
		if n.ViewSQL, err = parser.Deparse(query); err != nil {
			return err
		}
		if err := env.Tx.ReplaceRelation(env.Ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (env *Env) renameIndex(stmt *pg_query.RenameStmt) error {
	index, rel, err := env.findIndex(stmt.Relation.Schemaname, stmt.Relation.Relname)
	if err != nil {
		return err
	}
	if index == nil {
		if stmt.MissingOk {
			env.notice(pgerr.SuccessfulCompletion, "relation \"%s\" does not exist, skipping", stmt.Relation.Relname)
			return nil
		}
		return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", stmt.Relation.Relname)
	}
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	return b.renameKey(index, stmt.Newname)
}

// renameKey renames an index and the constraint that it stands for.
func (b *tableBuilder) renameKey(index *catalog.Index, name string) error {
	for i, x := range b.rel.Indexes {
		if x.OID == index.OID {
			n := *x
			n.Name = name
			b.rel.Indexes[i] = &n
		}
	}
	for i, c := range b.rel.Constraints {
		if c.Index == index.OID && (c.Kind == catalog.PrimaryKey || c.Kind == catalog.Unique) {
			n := *c
			n.Name = name
			b.rel.Constraints[i] = &n
		}
	}
	return b.replace()
}

func (env *Env) renameConstraint(stmt *pg_query.RenameStmt) error {
	rel, err := env.lockRenamed(stmt)
	if err != nil || rel == nil {
		return err
	}
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	c := findConstraint(b.rel, stmt.Subname)
	if c == nil {
		return pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" for table \"%s\" does not exist", stmt.Subname, rel.Name)
	}
	if findConstraint(b.rel, stmt.Newname) != nil {
		return pgerr.New(pgerr.DuplicateObject, "constraint \"%s\" for relation \"%s\" already exists", stmt.Newname, rel.Name)
	}
	if c.Kind == catalog.PrimaryKey || c.Kind == catalog.Unique {
		index, _ := env.view().Index(c.Index)
		return b.renameKey(index, stmt.Newname)
	}
	n := *c
	n.Name = stmt.Newname
	b.rel.Constraints[slices.Index(b.rel.Constraints, c)] = &n
	return b.replace()
}

// renameColumn renames a column, in the expressions kept over the table as well.
func (env *Env) renameColumn(stmt *pg_query.RenameStmt) error {
	rel, err := env.lockRenamed(stmt)
	if err != nil || rel == nil {
		return err
	}
	from, to := stmt.Subname, stmt.Newname
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	c := column(b.rel, from)
	switch {
	case c == nil:
		return pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", from)
	case column(b.rel, to) != nil:
		return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", to, rel.Name)
	case systemColumns[to]:
		return pgerr.New(pgerr.DuplicateColumn, "column name \"%s\" conflicts with a system column name", to)
	}
	if rel.Kind == catalog.KindTable {
		if err := env.refuseViewUse(rel, c, "rename a column"); err != nil {
			return err
		}
	}
	if err := b.editColumn(from, func(c *catalog.Column) error { c.Name = to; return nil }); err != nil {
		return err
	}
	if err := b.renameInTexts(from, to); err != nil {
		return err
	}
	return b.replace()
}

// renameInTexts rewrites checks, generated columns and index expressions.
func (b *tableBuilder) renameInTexts(from, to string) (err error) {
	for i, c := range b.rel.Columns {
		if c.Generated != "" && !c.Dropped {
			n := *c
			if n.Generated, err = renameColumnIn(c.Generated, from, to); err != nil {
				return err
			}
			b.rel.Columns[i] = &n
		}
	}
	for i, k := range b.rel.Constraints {
		if k.Expr != "" {
			n := *k
			if n.Expr, err = renameColumnIn(k.Expr, from, to); err != nil {
				return err
			}
			b.rel.Constraints[i] = &n
		}
	}
	for i, x := range b.rel.Indexes {
		n := *x
		n.Keys = slices.Clone(x.Keys)
		for j := range n.Keys {
			if n.Keys[j].Expr, err = renameColumnIn(x.Keys[j].Expr, from, to); err != nil {
				return err
			}
		}
		if n.Predicate, err = renameColumnIn(x.Predicate, from, to); err != nil {
			return err
		}
		b.rel.Indexes[i] = &n
	}
	return nil
}

func (env *Env) renameSchema(stmt *pg_query.RenameStmt) error {
	s := env.view().SchemaByName(stmt.Subname)
	if s == nil {
		return pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", stmt.Subname)
	}
	for _, r := range env.view().Relations(s.OID) {
		if views := env.views(r.OID); len(views) > 0 {
			return notSupported("renaming a schema with a relation that view \"%s\" reads", views[0].Name)
		}
	}
	n := *s
	n.Name = stmt.Newname
	return env.Tx.ReplaceSchema(env.Ctx, &n)
}

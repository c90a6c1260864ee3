package ddl

import (
	"slices"
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

func (env *Env) comment(stmt *pg_query.CommentStmt) error {
	names := nameList(stmt.Object.GetList().GetItems())
	if s := stmt.Object.GetString_(); s != nil {
		names = []string{s.Sval}
	}
	text := stmt.Comment
	switch stmt.Objtype {
	case pg_query.ObjectType_OBJECT_TABLE, pg_query.ObjectType_OBJECT_VIEW, pg_query.ObjectType_OBJECT_SEQUENCE:
		return env.commentOn(names, func(b *tableBuilder, _ string) error { b.rel.Comment = text; return nil })
	case pg_query.ObjectType_OBJECT_COLUMN:
		return env.commentOnPart(names, func(b *tableBuilder, name string) error {
			return b.editColumn(name, func(c *catalog.Column) error { c.Comment = text; return nil })
		})
	case pg_query.ObjectType_OBJECT_TABCONSTRAINT:
		return env.commentOnPart(names, func(b *tableBuilder, name string) error {
			c := findConstraint(b.rel, name)
			if c == nil {
				return pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" for table \"%s\" does not exist", name, b.rel.Name)
			}
			n := *c
			n.Comment = text
			b.rel.Constraints[slices.Index(b.rel.Constraints, c)] = &n
			return nil
		})
	case pg_query.ObjectType_OBJECT_INDEX:
		return env.commentOnIndex(names, text)
	case pg_query.ObjectType_OBJECT_SCHEMA:
		s := env.view().SchemaByName(names[0])
		if s == nil {
			return pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", names[0])
		}
		n := *s
		n.Comment = text
		return env.Tx.ReplaceSchema(env.Ctx, &n)
	case pg_query.ObjectType_OBJECT_DATABASE:
		d := env.view().DatabaseByName(names[0])
		if d == nil {
			return pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", names[0])
		}
		n := *d
		n.Comment = text
		return env.Tx.ReplaceDatabase(env.Ctx, &n)
	}
	return notSupported("a comment on this kind of object")
}

func (env *Env) commentOn(names []string, edit func(b *tableBuilder, name string) error) error {
	return env.editNamed(names, "", edit)
}

// commentOnPart is for what is named behind its table's name.
func (env *Env) commentOnPart(names []string, edit func(b *tableBuilder, name string) error) error {
	return env.editNamed(names[:len(names)-1], names[len(names)-1], edit)
}

func (env *Env) editNamed(names []string, part string, edit func(b *tableBuilder, name string) error) error {
	schema, name := splitName(names)
	rel, err := env.relation(&pg_query.RangeVar{Schemaname: schema, Relname: name, Location: -1})
	if err != nil {
		return err
	}
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	if err := edit(b, part); err != nil {
		return err
	}
	return b.replace()
}

func (env *Env) commentOnIndex(names []string, text string) error {
	schema, name := splitName(names)
	index, rel, err := env.findIndex(schema, name)
	if err != nil {
		return err
	}
	if index == nil {
		return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
	}
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	n := *index
	n.Comment = text
	b.rel.Indexes[slices.IndexFunc(b.rel.Indexes, func(i *catalog.Index) bool { return i.OID == index.OID })] = &n
	return b.replace()
}

// optionText is a storage parameter's value as text.
func optionText(d *pg_query.DefElem) (string, error) {
	switch a := d.Arg.GetNode().(type) {
	case nil:
		return "true", nil
	case *pg_query.Node_String_:
		return a.String_.Sval, nil
	case *pg_query.Node_Integer:
		return strconv.Itoa(int(a.Integer.Ival)), nil
	case *pg_query.Node_Float:
		return a.Float.Fval, nil
	case *pg_query.Node_Boolean:
		return strconv.FormatBool(a.Boolean.Boolval), nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for option \"%s\"", d.Defname)
}

package ddl

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func (env *Env) drop(stmt *pg_query.DropStmt) (string, error) {
	cascade := stmt.Behavior == pg_query.DropBehavior_DROP_CASCADE
	kinds := map[pg_query.ObjectType]struct {
		tag  string
		kind catalog.RelKind
	}{
		pg_query.ObjectType_OBJECT_TABLE:    {"DROP TABLE", catalog.KindTable},
		pg_query.ObjectType_OBJECT_VIEW:     {"DROP VIEW", catalog.KindView},
		pg_query.ObjectType_OBJECT_SEQUENCE: {"DROP SEQUENCE", catalog.KindSequence},
	}
	switch stmt.RemoveType {
	case pg_query.ObjectType_OBJECT_INDEX:
		return "DROP INDEX", env.eachName(stmt, func(schema, name string) error { return env.dropIndex(schema, name, stmt.MissingOk) })
	case pg_query.ObjectType_OBJECT_SCHEMA:
		return "DROP SCHEMA", env.eachName(stmt, func(_, name string) error { return env.dropSchema(name, stmt.MissingOk, cascade) })
	case pg_query.ObjectType_OBJECT_EXTENSION:
		return "DROP EXTENSION", env.eachName(stmt, func(_, name string) error { return env.dropExtension(name, stmt.MissingOk) })
	}
	k, ok := kinds[stmt.RemoveType]
	if !ok {
		return "", notSupported("this form of DROP")
	}
	// All names are resolved first: DROP TABLE a, b drops b although a's CASCADE
	// may take it along.
	var oids []types.OID
	err := env.eachName(stmt, func(schema, name string) error {
		rel, err := env.droppable(schema, name, k.kind, stmt.MissingOk)
		if rel != nil {
			oids = append(oids, rel.OID)
		}
		return err
	})
	if err != nil {
		return k.tag, err
	}
	d := &dropper{env: env, cascade: cascade, named: oids}
	for _, oid := range oids {
		if err := d.relation(oid); err != nil {
			return k.tag, err
		}
	}
	d.tellCascade()
	return k.tag, nil
}

func (env *Env) eachName(stmt *pg_query.DropStmt, fn func(schema, name string) error) error {
	for _, o := range stmt.Objects {
		names := []string{o.GetString_().GetSval()}
		if list := o.GetList(); list != nil {
			names = nameList(list.Items)
		}
		schema, name := splitName(names)
		if err := fn(schema, name); err != nil {
			return err
		}
	}
	return nil
}

// droppable finds a relation to drop; nil if it is missing and may be.
func (env *Env) droppable(schema, name string, kind catalog.RelKind, missingOK bool) (*catalog.Relation, error) {
	what := map[catalog.RelKind]string{catalog.KindTable: "table", catalog.KindView: "view", catalog.KindSequence: "sequence"}[kind]
	if schema != "" && env.planEnv().Schema(schema) == nil && missingOK {
		env.notice(pgerr.SuccessfulCompletion, "schema \"%s\" does not exist, skipping", schema)
		return nil, nil
	}
	rel, err := env.find(schema, name)
	if err != nil {
		return nil, err
	}
	if rel == nil {
		if missingOK {
			env.notice(pgerr.SuccessfulCompletion, "%s \"%s\" does not exist, skipping", what, name)
			return nil, nil
		}
		return nil, pgerr.New(pgerr.UndefinedTable, "%s \"%s\" does not exist", what, name)
	}
	if rel.Kind == catalog.KindVirtual {
		return nil, pgerr.New(pgerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", rel.Name)
	}
	if rel.Kind != kind {
		e := pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a %s", rel.Name, what)
		return nil, e.WithHint("Use DROP %s to remove a %s.", map[string]string{"table": "TABLE", "view": "VIEW", "sequence": "SEQUENCE"}[kindName(rel)], kindName(rel))
	}
	return rel, nil
}

// dropper drops relations with what depends on them.
type dropper struct {
	env     *Env
	cascade bool
	named   []types.OID // go by themselves, and are no reason to refuse
	schema  types.OID   // goes with all that is in it
	took    []string    // what CASCADE took along, described
}

func (d *dropper) relation(oid types.OID) error {
	env := d.env
	rel := env.view().Relation(oid)
	if rel == nil {
		return nil // gone with another one
	}
	if err := env.Tx.LockRelation(env.Ctx, oid, table.AccessExclusive, false); err != nil {
		return err
	}
	if rel = env.view().Relation(oid); rel == nil {
		return nil
	}
	for _, dep := range env.view().Dependents(oid) {
		if dep.OID == oid || slices.Contains(d.named, dep.OID) || dep.Kind == catalog.KindTable {
			continue
		}
		// A table's own sequences go with it.
		if dep.Kind != catalog.KindSequence {
			if err := d.dependent(rel, env.describe(dep)); err != nil {
				return err
			}
		}
		if err := d.relation(dep.OID); err != nil {
			return err
		}
	}
	what := kindName(rel) + " " + rel.Name
	err := d.keysOver(oid, what, what, func(k catalog.ForeignKeyRef) bool { return k.Table.OID != oid && !d.takes(k.Table) })
	if err != nil {
		return err
	}
	if rel.Kind == catalog.KindSequence {
		if err := d.defaults(rel); err != nil {
			return err
		}
	}
	return env.Tx.DropRelation(env.Ctx, oid)
}

// takes tells whether a table goes by itself.
func (d *dropper) takes(rel *catalog.Relation) bool {
	return slices.Contains(d.named, rel.OID) || d.schema != 0 && rel.Schema == d.schema
}

// dependent notes something that goes along, or refuses without CASCADE.
func (d *dropper) dependent(rel *catalog.Relation, what string) error {
	if !d.cascade {
		return dependsOn(d.env.describe(rel), what)
	}
	d.took = append(d.took, what)
	return nil
}

func dependsOn(object, dependent string) error { return dependOn(object, object, []string{dependent}) }

// dependOn is the error of dropping object while there are others that depend on what
// would go with it.
func dependOn(object, need string, dependents []string) error {
	lines := make([]string, len(dependents))
	for i, what := range dependents {
		lines[i] = what + " depends on " + need
	}
	return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop %s because other objects depend on it", object).
		WithDetail("%s", strings.Join(lines, "\n")).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// defaults looks for columns whose default calls a sequence.
func (d *dropper) defaults(seq *catalog.Relation) error {
	call := nextvalText(seq.OID)
	for _, r := range d.env.view().AllRelations() {
		for _, c := range r.Columns {
			if c.Dropped || c.Default != call || slices.Contains(d.named, r.OID) {
				continue
			}
			// The table that owns the sequence is being dropped, or the column is.
			if seq.Sequence.OwnerTable == r.OID && d.env.view().Relation(r.OID) == nil {
				continue
			}
			if err := d.dependent(seq, "default value for column "+c.Name+" of "+d.env.describe(r)); err != nil {
				return err
			}
			b, err := d.env.alterBuilder(r.OID)
			if err != nil {
				return err
			}
			if err := b.editColumn(c.Name, func(c *catalog.Column) error { c.Default = ""; return nil }); err != nil {
				return err
			}
			if err := b.replace(); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellCascade says what went along.
func (d *dropper) tellCascade() {
	switch len(d.took) {
	case 0:
	case 1:
		d.env.notice(pgerr.SuccessfulCompletion, "drop cascades to %s", d.took[0])
	default:
		e := pgerr.New(pgerr.SuccessfulCompletion, "drop cascades to %d other objects", len(d.took))
		e.Severity = "NOTICE"
		for i, what := range d.took {
			if i > 0 {
				e.Detail += "\n"
			}
			e.Detail += "drop cascades to " + what
		}
		if d.env.Notice != nil {
			d.env.Notice(e)
		}
	}
}

func (env *Env) dropIndex(schema, name string, missingOK bool) error {
	index, rel, err := env.findIndex(schema, name)
	if err != nil {
		return err
	}
	if index == nil {
		if missingOK {
			env.notice(pgerr.SuccessfulCompletion, "index \"%s\" does not exist, skipping", name)
			return nil
		}
		return pgerr.New(pgerr.UndefinedObject, "index \"%s\" does not exist", name)
	}
	if err := env.Tx.LockRelation(env.Ctx, rel.OID, table.AccessExclusive, false); err != nil {
		return err
	}
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	for _, c := range b.rel.Constraints {
		if c.Index == index.OID {
			return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop index %s because constraint %s on table %s requires it", name, c.Name, rel.Name).
				WithHint("You can drop constraint %s on table %s instead.", c.Name, rel.Name)
		}
	}
	d := &dropper{env: env}
	what := "index " + name
	if err := d.keysOver(rel.OID, what, what, func(k catalog.ForeignKeyRef) bool { return k.Constraint.RefIndex == index.OID }); err != nil {
		return err
	}
	b.rel.Indexes = slices.DeleteFunc(b.rel.Indexes, func(i *catalog.Index) bool { return i.OID == index.OID })
	return b.replace()
}

// alterDropColumn marks a column dropped: rows keep its bytes until they are
// written again. Indexes and constraints over it go with it.
func (b *tableBuilder) alterDropColumn(cmd *pg_query.AlterTableCmd) error {
	env := b.env
	c := column(b.rel, cmd.Name)
	if c == nil {
		if cmd.MissingOk {
			env.notice(pgerr.SuccessfulCompletion, "column \"%s\" of relation \"%s\" does not exist, skipping", cmd.Name, b.rel.Name)
			return nil
		}
		return undefinedColumn(b.rel, cmd.Name)
	}
	d := &dropper{env: env, cascade: cmd.Behavior == pg_query.DropBehavior_DROP_CASCADE}
	if err := d.viewsOver(b.rel, c); err != nil {
		return err
	}
	for _, g := range b.rel.Columns {
		uses, err := usesColumn(g.Generated, c.Name)
		if err != nil {
			return err
		}
		if uses && !g.Dropped {
			if err := d.dependent(b.rel, "column "+g.Name+" of table "+b.rel.Name); err != nil {
				return err
			}
			b.markDropped(g)
		}
	}
	what := "column " + c.Name + " of table " + b.rel.Name
	over := func(k catalog.ForeignKeyRef) bool { return slices.Contains(k.Constraint.RefColumns, c.Num) }
	if err := d.keysOver(b.rel.OID, what, what, over); err != nil {
		return err
	}
	b.keysWithin(over)
	sequences := env.view().OwnedSequences(b.rel.OID, c.Num)
	b.markDropped(c)
	if err := b.dropOver(c); err != nil {
		return err
	}
	for _, s := range sequences {
		if err := env.Tx.DropRelation(env.Ctx, s.OID); err != nil {
			return err
		}
	}
	d.tellCascade()
	return nil
}

// viewsOver drops the views that name a column, or refuses without CASCADE.
func (d *dropper) viewsOver(rel *catalog.Relation, c *catalog.Column) error {
	for _, v := range d.env.views(rel.OID) {
		if d.env.refuseViewUse(rel, c, "drop a column") == nil {
			continue
		}
		if !d.cascade {
			return dependsOn("column "+c.Name+" of "+d.env.describe(rel), d.env.describe(v))
		}
		d.took = append(d.took, d.env.describe(v))
		if err := d.relation(v.OID); err != nil {
			return err
		}
	}
	return nil
}

// markDropped replaces a column by its dropped form, as pg_attribute shows it.
func (b *tableBuilder) markDropped(c *catalog.Column) {
	b.rel.Columns[c.Num-1] = &catalog.Column{
		Num: c.Num, Name: "........pg.dropped." + itoa(int(c.Num)) + "........", Type: c.Type, Typmod: c.Typmod, Dropped: true,
	}
}

// dropOver removes the constraints and indexes over a dropped column. Rows in
// the order of a dropped primary key are rewritten.
func (b *tableBuilder) dropOver(c *catalog.Column) error {
	var goneIndexes []types.OID
	clustered := false
	for _, i := range b.rel.Indexes {
		over := indexUses(i, c.Num)
		for _, text := range append(keyExprs(i), i.Predicate) {
			uses, err := usesColumn(text, c.Name)
			if err != nil {
				return err
			}
			over = over || uses
		}
		if over {
			goneIndexes = append(goneIndexes, i.OID)
			clustered = clustered || i.Clustered
		}
	}
	b.rel.Indexes = slices.DeleteFunc(b.rel.Indexes, func(i *catalog.Index) bool { return slices.Contains(goneIndexes, i.OID) })
	b.rel.Constraints = slices.DeleteFunc(b.rel.Constraints, func(k *catalog.Constraint) bool {
		return slices.Contains(k.Columns, c.Num) || slices.Contains(goneIndexes, k.Index)
	})
	if !clustered {
		return b.replace()
	}
	old := b.env.view().Relation(b.rel.OID)
	if err := b.newStorage(); err != nil {
		return err
	}
	return b.rewrite(old, nil)
}

func keyExprs(i *catalog.Index) []string {
	var list []string
	for _, k := range i.Keys {
		if k.Expr != "" {
			list = append(list, k.Expr)
		}
	}
	return list
}

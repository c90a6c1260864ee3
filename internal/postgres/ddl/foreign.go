package ddl

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/foreign"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// addForeign adds a foreign key. The rows that are there are not looked at.
func (b *tableBuilder) addForeign(p pending) (*catalog.Constraint, error) {
	k := p.node
	ref, err := b.referenced(k)
	if err != nil {
		return nil, err
	}
	columns := nameList(k.FkAttrs)
	if p.column != nil {
		columns = []string{p.column.Name}
	}
	c := &catalog.Constraint{
		Name: k.Conname, Kind: catalog.ForeignKey, RefTable: ref.OID, OnUpdate: k.FkUpdAction[0], OnDelete: k.FkDelAction[0], Match: k.FkMatchtype[0],
		Deferrable: k.Deferrable, Deferred: k.Initdeferred, Validated: b.building || !k.SkipValidation,
	}
	if c.Match == 'p' {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "MATCH PARTIAL not yet implemented")
	}
	if c.Columns, err = keyColumns(b.rel, columns); err != nil {
		return nil, err
	}
	if err := setReferenced(c, ref, nameList(k.PkAttrs)); err != nil {
		return nil, err
	}
	if c.Name == "" {
		c.Name = chooseName(b.rel.Name, joinNames(columns), "fkey", b.constraintTaken)
	}
	if err := checkKeyTypes(c, b.rel, ref); err != nil {
		return nil, err
	}
	if err := b.actions(c, nameList(k.FkDelSetCols)); err != nil {
		return nil, err
	}
	return c, b.addConstraint(c)
}

// referenced finds the table that a foreign key refers to, and keeps others from
// writing to it: a table may refer to itself while it is made.
func (b *tableBuilder) referenced(k *pg_query.Constraint) (*catalog.Relation, error) {
	name := k.Pktable
	schema := b.env.view().Schema(b.rel.Schema)
	if b.building && name.Relname == b.rel.Name && (name.Schemaname == "" || schema != nil && name.Schemaname == schema.Name) {
		return b.rel, nil
	}
	ref, err := b.env.relation(name)
	if err != nil {
		return nil, err
	}
	if ref.OID == b.rel.OID {
		return b.rel, nil
	}
	if ref.Kind != catalog.KindTable {
		return nil, pgerr.New(pgerr.WrongObjectType, "referenced relation \"%s\" is not a table", ref.Name)
	}
	if b.rel.Temporary && !ref.Temporary {
		return nil, pgerr.New(pgerr.InvalidTableDefinition, "constraints on temporary tables may reference only temporary tables")
	}
	if !b.rel.Temporary && ref.Temporary {
		return nil, pgerr.New(pgerr.InvalidTableDefinition, "constraints on permanent tables may reference only permanent tables")
	}
	if err := b.env.Tx.LockRelation(b.env.Ctx, ref.OID, table.ShareRowExclusive, false); err != nil {
		return nil, err
	}
	if ref = b.env.view().Relation(ref.OID); ref == nil {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name.Relname)
	}
	return ref, nil
}

func keyColumns(rel *catalog.Relation, names []string) ([]int16, error) {
	var out []int16
	for _, name := range names {
		c := column(rel, name)
		if c == nil && systemColumns[name] {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "system columns cannot be used in foreign keys")
		}
		if c == nil {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" referenced in foreign key constraint does not exist", name)
		}
		out = append(out, c.Num)
	}
	return out, nil
}

// setReferenced finds the columns that a foreign key refers to, and their index.
func setReferenced(c *catalog.Constraint, ref *catalog.Relation, names []string) (err error) {
	if len(names) == 0 {
		i := slices.IndexFunc(ref.Indexes, func(i *catalog.Index) bool { return i.Primary })
		if i < 0 {
			return pgerr.New(pgerr.UndefinedObject, "there is no primary key for referenced table \"%s\"", ref.Name)
		}
		c.RefIndex = ref.Indexes[i].OID
		for _, k := range ref.Indexes[i].Keys {
			c.RefColumns = append(c.RefColumns, k.Column)
		}
	} else if c.RefColumns, err = keyColumns(ref, names); err != nil {
		return err
	}
	if len(c.Columns) != len(c.RefColumns) {
		return pgerr.New(pgerr.InvalidForeignKey, "number of referencing and referenced columns for foreign key disagree")
	}
	for i, n := range c.RefColumns {
		if slices.Contains(c.RefColumns[:i], n) {
			return pgerr.New(pgerr.InvalidForeignKey, "foreign key referenced-columns list must not contain duplicates")
		}
	}
	for _, i := range ref.Indexes {
		if c.RefIndex == 0 && fits(i, c.RefColumns) {
			c.RefIndex = i.OID
		}
	}
	if c.RefIndex == 0 {
		return pgerr.New(pgerr.InvalidForeignKey, "there is no unique constraint matching given keys for referenced table \"%s\"", ref.Name)
	}
	return nil
}

// fits tells whether a foreign key may refer to columns by an index.
func fits(i *catalog.Index, columns []int16) bool {
	if !i.Unique || !i.Valid || i.Predicate != "" || len(i.Keys) != len(columns) {
		return false
	}
	return !slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return !slices.Contains(columns, k.Column) })
}

// checkKeyTypes refuses columns that cannot be compared with those they refer to.
func checkKeyTypes(c *catalog.Constraint, rel, ref *catalog.Relation) error {
	for i := range c.Columns {
		from, to := rel.Columns[c.Columns[i]-1], ref.Columns[c.RefColumns[i]-1]
		if !table.CanReferTo(from.Type, to.Type) {
			return pgerr.New(pgerr.DatatypeMismatch, "foreign key constraint \"%s\" cannot be implemented", c.Name).
				WithDetail("Key columns \"%s\" and \"%s\" are of incompatible types: %s and %s.",
					from.Name, to.Name, types.FormatType(from.Type, -1), types.FormatType(to.Type, -1))
		}
	}
	return nil
}

// actions checks what is to be done when a key goes.
func (b *tableBuilder) actions(c *catalog.Constraint, set []string) error {
	columns, err := keyColumns(b.rel, set)
	if err != nil {
		return err
	}
	for i, n := range columns {
		if !slices.Contains(c.Columns, n) {
			return pgerr.New(pgerr.InvalidColumnReference, "column \"%s\" referenced in ON DELETE SET action must be part of foreign key", set[i])
		}
		if !slices.Contains(c.DeleteSet, n) {
			c.DeleteSet = append(c.DeleteSet, n)
		}
	}
	for _, n := range c.Columns {
		if b.rel.Columns[n-1].Generated == "" {
			continue
		}
		for _, a := range []struct {
			what   string
			action byte
		}{{"UPDATE", c.OnUpdate}, {"DELETE", c.OnDelete}} {
			if a.action == 'n' || a.action == 'd' || a.action == 'c' && a.what == "UPDATE" {
				return pgerr.New(pgerr.SyntaxError, "invalid ON %s action for foreign key constraint containing generated column", a.what)
			}
		}
	}
	return nil
}

// validateForeign fails if a row refers to a key that is not there.
func (env *Env) validateForeign(rel *catalog.Relation, c *catalog.Constraint) error {
	ref := env.view().Relation(c.RefTable)
	var columns, same, given []string
	for i := range c.Columns {
		from := "f." + catalog.Quote(rel.Columns[c.Columns[i]-1].Name)
		columns = append(columns, from)
		same = append(same, "t."+catalog.Quote(ref.Columns[c.RefColumns[i]-1].Name)+" = "+from)
		given = append(given, from+" IS NOT NULL")
	}
	join := " AND "
	if c.Match == 'f' {
		join = " OR "
	}
	sql := "SELECT " + strings.Join(columns, ", ") + " FROM " + env.qualified(rel) + " f LEFT JOIN " + env.qualified(ref) + " t ON " +
		strings.Join(same, " AND ") + " WHERE t." + catalog.Quote(ref.Columns[c.RefColumns[0]-1].Name) + " IS NULL AND (" + strings.Join(given, join) + ") LIMIT 1"
	var missing []types.Datum
	err := env.Tx.AsOfNow(func() error {
		return env.querySQL(sql, func(row []types.Datum) (bool, error) {
			missing = slices.Clone(row)
			return false, nil
		})
	})
	if err != nil || missing == nil {
		return err
	}
	var f *types.Format
	if env.Exec.Fn != nil {
		f = &env.Exec.Fn.Format
	}
	return foreign.Missing(env.view(), rel, ref, c, missing, f)
}

// alterConstraint is ALTER CONSTRAINT: when a foreign key is checked.
func (b *tableBuilder) alterConstraint(k *pg_query.Constraint) error {
	c := findConstraint(b.rel, k.Conname)
	if c == nil {
		return pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" of relation \"%s\" does not exist", k.Conname, b.rel.Name)
	}
	if c.Kind != catalog.ForeignKey {
		return pgerr.New(pgerr.WrongObjectType, "constraint \"%s\" of relation \"%s\" is not a foreign key constraint", k.Conname, b.rel.Name)
	}
	n := *c
	n.Deferrable, n.Deferred = k.Deferrable, k.Initdeferred
	b.rel.Constraints[slices.Index(b.rel.Constraints, c)] = &n
	return b.replace()
}

// keysOver drops the foreign keys that refer to a table and that gone tells, or
// refuses to drop object without CASCADE. need is what they cannot be without.
func (d *dropper) keysOver(oid types.OID, object, need string, gone func(k catalog.ForeignKeyRef) bool) error {
	env := d.env
	var refs []catalog.ForeignKeyRef
	var described []string
	for _, ref := range env.view().ReferencedBy(oid) {
		if gone(ref) {
			refs = append(refs, ref)
			described = append(described, "constraint "+ref.Constraint.Name+" on table "+ref.Table.Name)
		}
	}
	if len(refs) > 0 && !d.cascade {
		return dependOn(object, need, described)
	}
	d.took = append(d.took, described...)
	for _, ref := range refs {
		if err := env.Tx.LockRelation(env.Ctx, ref.Table.OID, table.AccessExclusive, false); err != nil {
			return err
		}
		b, err := env.alterBuilder(ref.Table.OID)
		if err != nil {
			return err
		}
		b.rel.Constraints = slices.DeleteFunc(b.rel.Constraints, func(c *catalog.Constraint) bool { return c.OID == ref.Constraint.OID })
		if err := b.replace(); err != nil {
			return err
		}
	}
	return nil
}

// keysWithin forgets the foreign keys of the table to itself that gone tells.
func (b *tableBuilder) keysWithin(gone func(k catalog.ForeignKeyRef) bool) {
	b.rel.Constraints = slices.DeleteFunc(b.rel.Constraints, func(c *catalog.Constraint) bool {
		return c.Kind == catalog.ForeignKey && c.RefTable == b.rel.OID && gone(catalog.ForeignKeyRef{Table: b.rel, Constraint: c})
	})
}

// recheckKeys looks at the foreign keys over a column whose type was changed.
func (env *Env) recheckKeys(rel *catalog.Relation, num int16) error {
	view := env.view()
	for _, c := range view.Relation(rel.OID).Constraints {
		if c.Kind == catalog.ForeignKey && slices.Contains(c.Columns, num) {
			if err := env.recheckKey(view.Relation(rel.OID), c); err != nil {
				return err
			}
		}
	}
	for _, ref := range view.ReferencedBy(rel.OID) {
		if slices.Contains(ref.Constraint.RefColumns, num) {
			if err := env.recheckKey(ref.Table, ref.Constraint); err != nil {
				return err
			}
		}
	}
	return nil
}

func (env *Env) recheckKey(rel *catalog.Relation, c *catalog.Constraint) error {
	if err := checkKeyTypes(c, rel, env.view().Relation(c.RefTable)); err != nil || !c.Validated {
		return err
	}
	return env.validateForeign(rel, c)
}

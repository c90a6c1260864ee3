package ddl

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// newStorage gives the table and all its indexes new keys in the store.
func (b *tableBuilder) newStorage() (err error) {
	if b.rel.Storage, err = b.env.Tx.NewStorageID(b.rel.Pinned()); err != nil {
		return err
	}
	for i, index := range b.rel.Indexes {
		n := *index
		if n.Clustered {
			n.Storage = b.rel.Storage
		} else if n.Storage, err = b.env.Tx.NewStorageID(b.rel.Pinned()); err != nil {
			return err
		}
		b.rel.Indexes[i] = &n
	}
	return nil
}

// rewrite puts the changed relation into the catalog and copies old's rows into
// its new storage, each through change (nil: as they are).
func (b *tableBuilder) rewrite(old *catalog.Relation, change func(row []types.Datum) ([]types.Datum, error)) error {
	from, err := b.env.handle(old)
	if err != nil {
		return err
	}
	if err := b.replace(); err != nil {
		return err
	}
	to, err := b.env.handle(b.rel)
	if err != nil {
		return err
	}
	return b.env.Tx.Rewrite(b.env.Ctx, from, to, change)
}

// exists reports whether a query that ddl has put together gives a row.
func (env *Env) exists(sql string) (found bool, err error) {
	err = env.querySQL(sql, func([]types.Datum) (bool, error) {
		found = true
		return false, nil
	})
	return found, err
}

// checkNotNull fails if a column holds a NULL.
func (env *Env) checkNotNull(rel *catalog.Relation, c *catalog.Column) error {
	found, err := env.exists("SELECT 1 FROM " + env.qualified(rel) + " WHERE " + catalog.Quote(c.Name) + " IS NULL LIMIT 1")
	if err != nil || !found {
		return err
	}
	e := pgerr.New(pgerr.NotNullViolation, "column \"%s\" of relation \"%s\" contains null values", c.Name, rel.Name)
	e.Schema, e.Table, e.Column = env.view().Schema(rel.Schema).Name, rel.Name, c.Name
	return e
}

// validate fails if a row violates a CHECK constraint or foreign key.
func (env *Env) validate(rel *catalog.Relation, c *catalog.Constraint) error {
	if c.Kind == catalog.ForeignKey {
		return env.validateForeign(rel, c)
	}
	return env.validateCheck(rel, c)
}

// validateCheck fails if a row violates a CHECK constraint.
func (env *Env) validateCheck(rel *catalog.Relation, c *catalog.Constraint) error {
	found, err := env.exists("SELECT 1 FROM " + env.qualified(rel) + " WHERE NOT (" + c.Expr + ") LIMIT 1")
	if err != nil || !found {
		return err
	}
	e := pgerr.New(pgerr.CheckViolation, "check constraint \"%s\" of relation \"%s\" is violated by some row", c.Name, rel.Name)
	e.Schema, e.Table, e.Constraint = env.view().Schema(rel.Schema).Name, rel.Name, c.Name
	return e
}

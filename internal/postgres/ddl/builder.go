package ddl

import (
	"maps"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// clone copies a relation so that it can be changed; columns, indexes and
// constraints in it are still the old ones and are replaced, not modified.
func clone(r *catalog.Relation) *catalog.Relation {
	n := *r
	n.Columns = slices.Clone(r.Columns)
	n.Indexes = slices.Clone(r.Indexes)
	n.Constraints = slices.Clone(r.Constraints)
	n.Options = maps.Clone(r.Options)
	return &n
}

// alterBuilder starts a change of a relation as it is now.
func (env *Env) alterBuilder(oid types.OID) (*tableBuilder, error) {
	r := env.view().Relation(oid)
	if r == nil {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	return &tableBuilder{env: env, rel: clone(r)}, nil
}

// replace puts the changed relation into the catalog.
func (b *tableBuilder) replace() error {
	return b.env.Tx.ReplaceRelation(b.env.Ctx, b.rel)
}

// replaceAndBuild puts the changed relation into the catalog and fills an index
// that is new in it.
func (b *tableBuilder) replaceAndBuild(index *catalog.Index) error {
	if err := b.replace(); err != nil {
		return err
	}
	h, err := b.env.handle(b.rel)
	if err != nil {
		return err
	}
	return b.env.Tx.BuildIndex(b.env.Ctx, h, index)
}

// editColumn replaces a column by a copy that change may modify.
func (b *tableBuilder) editColumn(name string, change func(c *catalog.Column) error) error {
	c := column(b.rel, name)
	if c == nil {
		return undefinedColumn(b.rel, name)
	}
	n := *c
	if err := change(&n); err != nil {
		return err
	}
	b.rel.Columns[c.Num-1] = &n
	return nil
}

// onlyTable refuses relations that are no tables.
func onlyTable(r *catalog.Relation) error {
	switch r.Kind {
	case catalog.KindTable:
		return nil
	case catalog.KindVirtual:
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", r.Name)
	}
	return pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a table", r.Name)
}

// kindName is what messages call a relation.
func kindName(r *catalog.Relation) string {
	switch r.Kind {
	case catalog.KindView:
		return "view"
	case catalog.KindSequence:
		return "sequence"
	case catalog.KindComposite:
		return "type"
	default:
		return "table"
	}
}

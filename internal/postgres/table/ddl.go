package table

import (
	"context"
	"slices"
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// The methods below change the catalog within the transaction. They lock the
// object's name, or the object, against concurrent changes until the transaction
// ends, and fail with PostgreSQL's codes: a taken name (42P07, 42P06, 42P04,
// 42710), an object that is gone, or one changed since it was read (XX000, tuple
// concurrently updated). An object handed over must not be modified any more.
// Replace takes a changed copy of an object of the transaction's Catalog; Version
// must be left as it was there. What uses the relation (RESTRICT, CASCADE) is
// for the caller to see to.

// CreateRelation adds a table, view or sequence. OID, Storage and those of its
// indexes must be set, from NewOID and NewStorageID; the clustered index has the
// table's own.
func (tx *Tx) CreateRelation(ctx context.Context, r *catalog.Relation) error {
	if err := tx.lockObject(ctx, tx.db, r.Schema, AccessShare, false); err != nil {
		return err
	}
	if tx.Catalog().Schema(r.Schema) == nil {
		return pgerr.New(pgerr.InvalidSchemaName, "schema with OID %d does not exist", r.Schema)
	}
	if err := tx.claimNames(ctx, r, nil); err != nil {
		return err
	}
	r.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectRelation, Database: tx.db, OID: r.OID, Object: r})
}

// claimNames locks the names that r has and old has not, and sees that they are
// free.
func (tx *Tx) claimNames(ctx context.Context, r, old *catalog.Relation) error {
	had := func(name string) bool {
		if old == nil || old.Schema != r.Schema {
			return false
		}
		return old.Name == name || slices.ContainsFunc(old.Indexes, func(i *catalog.Index) bool { return i.Name == name })
	}
	names := []string{r.Name}
	for _, i := range r.Indexes {
		names = append(names, i.Name)
	}
	for k, name := range names {
		if slices.Contains(names[:k], name) {
			return relationExists(name)
		}
		if had(name) {
			continue
		}
		if err := tx.lockName(ctx, 'r', tx.db, r.Schema, name); err != nil {
			return err
		}
		if tx.Catalog().NameTaken(r.Schema, name) {
			return relationExists(name)
		}
	}
	return nil
}

func relationExists(name string) error {
	return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", name)
}

// lockName keeps others from taking a name until the transaction ends.
func (tx *Tx) lockName(ctx context.Context, space byte, db, schema types.OID, name string) error {
	key := append([]byte{space}, strconv.FormatUint(uint64(db)<<32|uint64(schema), 36)...)
	key = append(append(key, '.'), name...)
	return tx.lock(ctx, className, key, nameExclusive, WaitBlock)
}

// ReplaceRelation changes a relation. The caller holds AccessExclusive on a table
// whose shape changes. Storage ids that it no longer names are removed after the
// commit; a new index must be filled by BuildIndex, a new Storage by Rewrite.
func (tx *Tx) ReplaceRelation(ctx context.Context, r *catalog.Relation) error {
	if err := tx.lockObject(ctx, tx.db, r.OID, ShareUpdateExclusive, false); err != nil {
		return err
	}
	old := tx.Catalog().Relation(r.OID)
	if old == nil || old.Version != r.Version {
		return concurrentlyUpdated()
	}
	if err := tx.claimNames(ctx, r, old); err != nil {
		return err
	}
	kept := storageIDs(r)
	for _, id := range storageIDs(old) {
		if !slices.Contains(kept, id) {
			tx.discard(id)
		}
	}
	r.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectRelation, Database: tx.db, OID: r.OID, Object: r})
}

// DropRelation removes a relation with its indexes and, after the commit, its rows.
func (tx *Tx) DropRelation(ctx context.Context, oid types.OID) error {
	if err := tx.lockObject(ctx, tx.db, oid, AccessExclusive, false); err != nil {
		return err
	}
	r := tx.Catalog().Relation(oid)
	if r == nil || r.Kind == catalog.KindVirtual {
		return pgerr.New(pgerr.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	tx.discard(storageIDs(r)...)
	return tx.change(catalog.Change{Kind: catalog.ObjectRelation, Database: tx.db, OID: oid})
}

// CreateSchema adds a schema.
func (tx *Tx) CreateSchema(ctx context.Context, n *catalog.Schema) error {
	if err := tx.claimSchemaName(ctx, n.Name); err != nil {
		return err
	}
	n.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectSchema, Database: tx.db, OID: n.OID, Object: n})
}

func (tx *Tx) claimSchemaName(ctx context.Context, name string) error {
	if err := tx.lockName(ctx, 'n', tx.db, 0, name); err != nil {
		return err
	}
	if tx.Catalog().SchemaByName(name) != nil {
		return pgerr.New(pgerr.DuplicateSchema, "schema \"%s\" already exists", name)
	}
	return nil
}

// ReplaceSchema changes a schema.
func (tx *Tx) ReplaceSchema(ctx context.Context, n *catalog.Schema) error {
	if err := tx.lockObject(ctx, tx.db, n.OID, ShareUpdateExclusive, false); err != nil {
		return err
	}
	old := tx.Catalog().Schema(n.OID)
	if old == nil || old.Version != n.Version {
		return concurrentlyUpdated()
	}
	if old.Name != n.Name {
		if err := tx.claimSchemaName(ctx, n.Name); err != nil {
			return err
		}
	}
	n.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectSchema, Database: tx.db, OID: n.OID, Object: n})
}

// DropSchema removes an empty schema; 2BP01 if it is not.
func (tx *Tx) DropSchema(ctx context.Context, oid types.OID) error {
	// Whoever adds something to the schema holds AccessShare on it.
	if err := tx.lockObject(ctx, tx.db, oid, AccessExclusive, false); err != nil {
		return err
	}
	v := tx.Catalog()
	n := v.Schema(oid)
	if n == nil {
		return pgerr.New(pgerr.InvalidSchemaName, "schema with OID %d does not exist", oid)
	}
	used := len(v.Relations(oid)) > 0 ||
		slices.ContainsFunc(v.CustomTypes(), func(t *catalog.CustomType) bool { return t.Schema == oid })
	if used {
		return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop schema %s because other objects depend on it", n.Name).
			WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	}
	return tx.change(catalog.Change{Kind: catalog.ObjectSchema, Database: tx.db, OID: oid})
}

// CreateType adds a user's type.
func (tx *Tx) CreateType(ctx context.Context, t *catalog.CustomType) error {
	if err := tx.lockObject(ctx, tx.db, t.Schema, AccessShare, false); err != nil {
		return err
	}
	if err := tx.claimTypeName(ctx, t); err != nil {
		return err
	}
	t.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectType, Database: tx.db, OID: t.OID, Object: t})
}

func (tx *Tx) claimTypeName(ctx context.Context, t *catalog.CustomType) error {
	if err := tx.lockName(ctx, 't', tx.db, t.Schema, t.Name); err != nil {
		return err
	}
	if tx.Catalog().CustomTypeByName(t.Schema, t.Name) != nil {
		return pgerr.New(pgerr.DuplicateObject, "type \"%s\" already exists", t.Name)
	}
	return nil
}

// ReplaceType changes a user's type.
func (tx *Tx) ReplaceType(ctx context.Context, t *catalog.CustomType) error {
	if err := tx.lockObject(ctx, tx.db, t.OID, ShareUpdateExclusive, false); err != nil {
		return err
	}
	old := tx.Catalog().CustomType(t.OID)
	if old == nil || old.Version != t.Version {
		return concurrentlyUpdated()
	}
	if old.Name != t.Name || old.Schema != t.Schema {
		if err := tx.claimTypeName(ctx, t); err != nil {
			return err
		}
	}
	t.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectType, Database: tx.db, OID: t.OID, Object: t})
}

// DropType removes a user's type.
func (tx *Tx) DropType(ctx context.Context, oid types.OID) error {
	if err := tx.lockObject(ctx, tx.db, oid, AccessExclusive, false); err != nil {
		return err
	}
	if tx.Catalog().CustomType(oid) == nil {
		return pgerr.New(pgerr.UndefinedObject, "type with OID %d does not exist", oid)
	}
	return tx.change(catalog.Change{Kind: catalog.ObjectType, Database: tx.db, OID: oid})
}

package table

import (
	"context"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// NewOID gives an OID that no object has had. One that is not used is lost.
func (tx *Tx) NewOID() (types.OID, error) { return 0, errNotYet }

// NewStorageID names new keys for a relation, index or sequence.
func (tx *Tx) NewStorageID() (uint64, error) { return 0, errNotYet }

// The methods below change the catalog within the transaction. They lock the
// object's name, or the object, against concurrent changes until the transaction
// ends, and fail with PostgreSQL's codes: a taken name (42P07, 42P06, 42P04,
// 42710), an object that is gone, or one changed since it was read (XX000, tuple
// concurrently updated). An object handed over must not be modified any more.
// Replace takes a changed copy of an object of the transaction's Catalog; Version
// must be left as it was there. What uses the relation (RESTRICT, CASCADE) is
// for the caller to see to.

// CreateRelation adds a table, view or sequence. OID, Storage and those of its
// indexes must be set, from NewOID and NewStorageID.
func (tx *Tx) CreateRelation(ctx context.Context, r *catalog.Relation) error { return errNotYet }

// ReplaceRelation changes a relation. The caller holds AccessExclusive on a table
// whose shape changes. Storage ids that it no longer names are removed after the
// commit; a new index must be filled by BuildIndex, a new Storage by Rewrite.
func (tx *Tx) ReplaceRelation(ctx context.Context, r *catalog.Relation) error { return errNotYet }

// DropRelation removes a relation with its indexes and, after the commit, its rows.
func (tx *Tx) DropRelation(ctx context.Context, oid types.OID) error { return errNotYet }

// CreateSchema adds a schema.
func (tx *Tx) CreateSchema(ctx context.Context, n *catalog.Schema) error { return errNotYet }

// ReplaceSchema changes a schema.
func (tx *Tx) ReplaceSchema(ctx context.Context, n *catalog.Schema) error { return errNotYet }

// DropSchema removes an empty schema; 2BP01 if it is not.
func (tx *Tx) DropSchema(ctx context.Context, oid types.OID) error { return errNotYet }

// CreateDatabase adds a database with the standard schemas.
func (tx *Tx) CreateDatabase(ctx context.Context, d *catalog.Database) error { return errNotYet }

// ReplaceDatabase changes a database.
func (tx *Tx) ReplaceDatabase(ctx context.Context, d *catalog.Database) error { return errNotYet }

// DropDatabase removes a database with all that is in it; 55006 while a
// transaction runs in it.
func (tx *Tx) DropDatabase(ctx context.Context, oid types.OID) error { return errNotYet }

// CreateRole adds a role.
func (tx *Tx) CreateRole(ctx context.Context, r *catalog.Role) error { return errNotYet }

// ReplaceRole changes a role.
func (tx *Tx) ReplaceRole(ctx context.Context, r *catalog.Role) error { return errNotYet }

// DropRole removes a role; 2BP01 if it owns something.
func (tx *Tx) DropRole(ctx context.Context, oid types.OID) error { return errNotYet }

// CreateType adds a user's type.
func (tx *Tx) CreateType(ctx context.Context, t *catalog.CustomType) error { return errNotYet }

// ReplaceType changes a user's type.
func (tx *Tx) ReplaceType(ctx context.Context, t *catalog.CustomType) error { return errNotYet }

// DropType removes a user's type.
func (tx *Tx) DropType(ctx context.Context, oid types.OID) error { return errNotYet }

// Truncate empties a table by giving it and its indexes new storage. The caller
// holds AccessExclusive.
func (tx *Tx) Truncate(ctx context.Context, oid types.OID) error { return errNotYet }

// BuildIndex fills an index that the relation of h already lists, from the
// table's rows. The caller holds Share at least.
func (tx *Tx) BuildIndex(ctx context.Context, h *Handle, index *catalog.Index) error {
	return errNotYet
}

// Rewrite copies a table's rows into the new storage of to, whose relation has
// replaced from's in the catalog, and fills its indexes. Each row goes through
// change, which gives the row in to's columns; it may be nil if they are alike.
// The caller holds AccessExclusive.
func (tx *Tx) Rewrite(ctx context.Context, from, to *Handle, change func(row []types.Datum) ([]types.Datum, error)) error {
	return errNotYet
}

// NextVal advances a sequence. It is not undone by a rollback, and a value given
// out is never given again, even after a crash.
func (tx *Tx) NextVal(ctx context.Context, seq types.OID) (int64, error) { return 0, errNotYet }

// SetVal sets a sequence's value at once, whatever becomes of the transaction;
// called tells whether the next value follows v or is v.
func (tx *Tx) SetVal(ctx context.Context, seq types.OID, v int64, called bool) error {
	return errNotYet
}

// RestartSequence sets the next value as part of the transaction (ALTER SEQUENCE
// RESTART, TRUNCATE RESTART IDENTITY).
func (tx *Tx) RestartSequence(ctx context.Context, seq types.OID, v int64) error { return errNotYet }

// SequenceState is a sequence's last value and whether it was given out.
func (tx *Tx) SequenceState(rel *catalog.Relation) (last int64, called bool, err error) {
	return 0, false, errNotYet
}

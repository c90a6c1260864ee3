package table

import (
	"context"
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
	"github.com/orbit-server/orbit/internal/storage"
)

type (
	counters    struct{}
	lockManager struct{}
	sequences   struct{}
	statistics  struct{}
	collector   struct{}
	validator   struct{}
	moveLog     struct{}
	asyncWaits  struct{}
	owner       struct{}
	layout      struct{}
)

var errNotYet = errors.New("table: being built")

// Open loads the catalog from the store, or makes a new one in an empty store,
// and starts the background work. One store holds all databases.
func Open(store storage.Store, o Options) (*Engine, error) { return nil, errNotYet }

// Close ends the background work and saves what is saved lazily. It does not
// close the store.
func (e *Engine) Close() error { return errNotYet }

// Catalog is the newest committed catalog as a database sees it.
func (e *Engine) Catalog(database types.OID) *catalog.View { return nil }

// NewSession makes a session. pid is the process id that lock details name.
func (e *Engine) NewSession(pid int32) *Session { return nil }

// Begin starts a transaction.
func (e *Engine) Begin(o TxOptions) (*Tx, error) { return nil, errNotYet }

// Tx is a transaction. It is used by one goroutine at a time. After an error of
// a method the caller rolls back, to a savepoint at least, as SQL demands.
type Tx struct{}

// SavepointID names a savepoint, or a statement's start, within a transaction.
type SavepointID int

// Engine is the transaction's engine.
func (tx *Tx) Engine() *Engine { return nil }

// Session is the transaction's session.
func (tx *Tx) Session() *Session { return nil }

// Database is the database that the transaction runs in.
func (tx *Tx) Database() types.OID { return 0 }

// Isolation is the transaction's isolation level.
func (tx *Tx) Isolation() Isolation { return 0 }

// SetIsolation changes the isolation level and access mode before the first
// statement (SET TRANSACTION); 25001 afterwards.
func (tx *Tx) SetIsolation(i Isolation) error { return errNotYet }

// SetReadOnly changes the access mode.
func (tx *Tx) SetReadOnly(ro bool) error { return errNotYet }

// ReadOnly tells whether writes are refused with 25006.
func (tx *Tx) ReadOnly() bool { return false }

// StartStatement begins a statement: what the transaction wrote so far becomes
// visible to it, and under READ COMMITTED what others committed. It must be
// called before the statement's first read, after its relations are locked. The
// snapshot itself is taken at the first read that needs one.
func (tx *Tx) StartStatement() error { return errNotYet }

// Catalog is the newest committed catalog with the transaction's own changes.
// It is cheap. A plan made against a version is valid while Version stays; check
// again after LockRelation, for another's DDL may have gone before.
func (tx *Tx) Catalog() *catalog.View { return nil }

// ID is the transaction's id (xid), assigned at the first call or write.
func (tx *Tx) ID() (uint64, error) { return 0, errNotYet }

// HasID tells whether an id was assigned (txid_current_if_assigned).
func (tx *Tx) HasID() bool { return false }

// Commit makes the transaction's writes visible at once, waits until they are as
// durable as the store promises, and ends the transaction. On an error it has
// been rolled back, except that an error of code 58030 leaves the outcome unknown.
func (tx *Tx) Commit(ctx context.Context) error { return errNotYet }

// Rollback undoes everything and ends the transaction. It may be called again.
func (tx *Tx) Rollback() {}

// Savepoint marks a point to roll back to.
func (tx *Tx) Savepoint() SavepointID { return 0 }

// RollbackTo undoes what was done since the savepoint, which stays, and gives
// back the locks taken since.
func (tx *Tx) RollbackTo(id SavepointID) error { return errNotYet }

// Release forgets a savepoint and those after it; their work stays.
func (tx *Tx) Release(id SavepointID) error { return errNotYet }

// LockRelation locks a relation until the transaction ends. Errors: 40P01
// deadlock, 55P03 lock_timeout or nowait, 57014 ctx cancelled.
func (tx *Tx) LockRelation(ctx context.Context, oid types.OID, mode LockMode, nowait bool) error {
	return errNotYet
}

// Scan is a scan in progress. It keeps the view it was opened with, whatever the
// transaction writes, and outlives the statement (cursors), not the transaction.
type Scan struct{}

// Scan opens a scan. The caller closes it.
func (tx *Tx) Scan(h *Handle, o ScanOptions) (*Scan, error) { return nil, errNotYet }

// Next appends up to maxRows rows to b's columns, in the order of
// ScanOptions.Columns, TID last, and adds to b.N. It returns 0 at the end.
func (s *Scan) Next(b *vec.Batch, maxRows int) (int, error) { return 0, errNotYet }

// Close ends the scan.
func (s *Scan) Close() error { return nil }

// Get reads one row by the full key of a unique index (nil: the clustered one),
// without an iterator. The row is appended to dst.
func (tx *Tx) Get(h *Handle, index *catalog.Index, key []types.Datum, o GetOptions, dst []types.Datum) (row []types.Datum, tid TID, found bool, err error) {
	return nil, "", false, errNotYet
}

// GetTID reads the newest version of the row that a TID names.
func (tx *Tx) GetTID(h *Handle, tid TID, o GetOptions, dst []types.Datum) (row []types.Datum, now TID, found bool, err error) {
	return nil, "", false, errNotYet
}

// GetForUpdate finds a row by the full key of the clustered index, locks it and
// gives its newest version: a point UPDATE or DELETE under READ COMMITTED without
// a snapshot. Under the other levels it checks against the snapshot as LockRow
// does. found is false if there is no such row, or it was skipped.
func (tx *Tx) GetForUpdate(ctx context.Context, h *Handle, key []types.Datum, mode RowLock, wait WaitPolicy) (r LockResult, found bool, err error) {
	return LockResult{}, false, errNotYet
}

// LockRow locks the row that a scan saw as tid and gives its newest version.
// Under REPEATABLE READ and SERIALIZABLE a row changed since the snapshot is
// 40001. See LockStatus.
func (tx *Tx) LockRow(ctx context.Context, h *Handle, tid TID, mode RowLock, wait WaitPolicy) (LockResult, error) {
	return LockResult{}, errNotYet
}

// UpdateLock is the mode that an UPDATE of these columns (positions) must lock
// its rows with: ForUpdate if a unique key changes, else ForNoKeyUpdate.
func (h *Handle) UpdateLock(columns []int) RowLock { return ForUpdate }

// Insert adds a row, all columns in order. It waits for other transactions that
// insert or delete the same unique keys; a duplicate is 23505.
func (tx *Tx) Insert(ctx context.Context, h *Handle, row []types.Datum) (TID, error) {
	return "", errNotYet
}

// Conflict is a row that stands in the way of an insert.
type Conflict struct {
	Index *catalog.Index
	TID   TID
}

// InsertOrConflict adds a row, or tells which row has the same key in one of the
// arbiter indexes (all unique indexes if none is named) and adds nothing. The
// conflicting row is the newest committed or own one; the statement's view may
// not have it. A duplicate in another unique index is 23505.
func (tx *Tx) InsertOrConflict(ctx context.Context, h *Handle, row []types.Datum, arbiters []*catalog.Index) (TID, *Conflict, error) {
	return "", nil, errNotYet
}

// Update replaces a row that LockRow has locked in the mode of UpdateLock. old is
// the row as LockRow gave it; both rows have all columns.
func (tx *Tx) Update(ctx context.Context, h *Handle, tid TID, old, row []types.Datum) (TID, error) {
	return "", errNotYet
}

// Delete removes a row that LockRow has locked ForUpdate.
func (tx *Tx) Delete(ctx context.Context, h *Handle, tid TID, old []types.Datum) error {
	return errNotYet
}

// RowEstimate is about how many rows a table has.
func (tx *Tx) RowEstimate(rel *catalog.Relation) float64 { return 0 }

// DistinctEstimate is about how many distinct values the first prefix key columns
// of an index have.
func (tx *Tx) DistinctEstimate(rel *catalog.Relation, index *catalog.Index, prefix int) float64 {
	return 0
}

// Size is about how many bytes a relation takes, without or with its indexes.
func (tx *Tx) Size(rel *catalog.Relation, indexes bool) (int64, error) { return 0, errNotYet }

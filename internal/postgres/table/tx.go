package table

import (
	"context"
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// Tx is a transaction. It is used by one goroutine at a time. After an error of
// a method the caller rolls back, to a savepoint at least, as SQL demands.
//
// It reads a snapshot (of the statement under READ COMMITTED, of its first
// statement otherwise) and collects its writes in an overlay, which Commit hands
// to the store as one batch. See statement.go for what a statement sees.
type Tx struct {
	e         *Engine
	session   *Session
	db        types.OID
	isolation Isolation
	readOnly  bool
	ended     bool
	started   bool // a statement was begun
	xid       uint64
	cmd       uint32 // number of the statement
	running   *runningTx

	own  storage.Overlay // over the newest committed state
	stmt statementView
	snap *snapshot

	held       []heldLock
	relations  []heldRelation
	tops       []keyTop // of tables that nobody else writes to
	savepoints []savepoint
	deltas     []rowDelta
	moved      []rowMove
	ddl        ddlState
	bulk       bulkLoad
	serial     *serialTx
	barrier    bool // wait for the disk even without writes of its own

	buf, buf2, buf3 []byte // scratch: a row key, index entries, values
}

// heldLock is a mode of a lock that the transaction took.
type heldLock struct {
	lock *lock
	mode uint8
}

// SavepointID names a savepoint within a transaction.
type SavepointID int

// savepoint is what RollbackTo goes back to. The counts are lengths of the
// transaction's lists.
type savepoint struct {
	mark      storage.Mark
	held      int
	relations int
	deltas    []rowDelta
	moved     int
	ddl       ddlState
}

// Engine is the transaction's engine.
func (tx *Tx) Engine() *Engine { return tx.e }

// Session is the transaction's session.
func (tx *Tx) Session() *Session { return tx.session }

// Database is the database that the transaction runs in.
func (tx *Tx) Database() types.OID { return tx.db }

// Isolation is the transaction's isolation level.
func (tx *Tx) Isolation() Isolation { return tx.isolation }

// SetIsolation changes the isolation level before the first statement (SET
// TRANSACTION); 25001 afterwards.
func (tx *Tx) SetIsolation(i Isolation) error {
	if i == tx.isolation {
		return nil
	}
	if tx.started {
		return pgerr.New(pgerr.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
	}
	tx.isolation = i
	return nil
}

// SetReadOnly changes the access mode. Going back to read-write is refused
// after the first statement.
func (tx *Tx) SetReadOnly(ro bool) error {
	if tx.readOnly && !ro && tx.started {
		return pgerr.New(pgerr.ActiveSQLTransaction, "transaction read-write mode must be set before any query")
	}
	tx.readOnly = ro
	return nil
}

// ReadOnly tells whether writes are refused with 25006.
func (tx *Tx) ReadOnly() bool { return tx.readOnly }

// ID is the transaction's id (xid), assigned at the first call or write.
func (tx *Tx) ID() (uint64, error) {
	if tx.xid == 0 {
		xid, err := tx.e.take(&tx.e.counters.xid)
		if err != nil {
			return 0, err
		}
		tx.xid = xid
		tx.session.owner.xid.Store(xid)
	}
	return tx.xid, nil
}

// HasID tells whether an id was assigned (txid_current_if_assigned).
func (tx *Tx) HasID() bool { return tx.xid != 0 }

// Commit makes the transaction's writes visible at once, waits until they are as
// durable as the store promises, and ends the transaction. On an error it has
// been rolled back, except that code 58030 leaves the outcome unknown.
//
// What is promised: when Commit returns, a crash loses neither this transaction
// nor any that it could have read from. The locks are given back as soon as the
// batch is applied, before the disk has it, and readers see it from then on; so a
// crash may take back what another has already read, but never what was
// acknowledged, by this transaction or by a later one that wrote. Options.HoldLocks
// keeps the locks, not the visibility.
func (tx *Tx) Commit(ctx context.Context) error {
	if tx.ended {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
	}
	if ctx.Err() != nil {
		tx.Rollback()
		return cancelled(ctx)
	}
	if tx.own.Len() == 0 && !tx.ddl.changed() && !tx.bulk.used() && !tx.barrier {
		tx.end()
		return nil
	}
	if err := tx.e.failed(); err != nil {
		tx.Rollback()
		return ioError(err)
	}
	b := tx.e.store.NewBatch()
	p, err := tx.apply(b)
	if err != nil {
		tx.Rollback()
		return errors.Join(err, b.Close())
	}
	tx.e.stats.add(tx.deltas)
	tx.e.moves.add(tx.moved)
	if tx.e.changes.Active() {
		tx.tellFollowers()
	}
	if !tx.e.o.HoldLocks {
		tx.end()
	}
	if tx.session.asyncCommit {
		err = tx.e.waitAsync(asyncWait{pending: p, batch: b})
	} else {
		err = finish(p, b)
	}
	if tx.e.o.HoldLocks {
		tx.end()
	}
	if err != nil {
		tx.e.fail(err)
		return ioError(err)
	}
	return nil
}

// apply makes the batch of the transaction's writes visible, and with them the
// catalog that it leaves.
func (tx *Tx) apply(b storage.Batch) (storage.Pending, error) {
	if err := errors.Join(tx.flushBulk(), tx.keepFresh()); err != nil {
		return nil, err
	}
	if err := tx.own.WriteTo(b); err != nil {
		return nil, err
	}
	if !tx.ddl.changed() {
		return tx.e.serial.apply(tx, b)
	}
	tx.e.catalogMu.Lock()
	defer tx.e.catalogMu.Unlock()
	state, err := tx.rebase()
	if err != nil {
		return nil, err
	}
	p, err := tx.e.serial.apply(tx, b)
	if err != nil {
		tx.keepDatabases()
		return nil, err
	}
	tx.e.published.Store(state)
	return p, nil
}

// ioError says that the outcome of a commit is unknown.
func ioError(err error) error {
	return pgerr.IO(err, "could not write the transaction log")
}

// Rollback undoes everything and ends the transaction. It may be called again.
func (tx *Tx) Rollback() {
	if tx.ended {
		return
	}
	tx.ddl.garbage = nil
	tx.end()
}

// end gives everything back.
func (tx *Tx) end() {
	tx.ended = true
	tx.dropView()
	tx.releaseSnapshot()
	tx.e.serial.forget(tx)
	tx.releaseLocks(0)
	tx.relations = nil
	tx.releaseFresh()
	tx.session.owner.xid.Store(0)
	tx.own.Reset()
	tx.running.n.Add(-1)
}

// Savepoint marks a point to roll back to.
func (tx *Tx) Savepoint() SavepointID {
	tx.savepoints = append(tx.savepoints, savepoint{
		mark: tx.own.Mark(), held: len(tx.held), relations: len(tx.relations),
		deltas: append([]rowDelta(nil), tx.deltas...), moved: len(tx.moved), ddl: tx.ddl,
	})
	return SavepointID(len(tx.savepoints))
}

// RollbackTo undoes what was done since the savepoint, which stays, and gives
// back the locks taken since.
func (tx *Tx) RollbackTo(id SavepointID) error {
	if id < 1 || int(id) > len(tx.savepoints) {
		return pgerr.New(pgerr.InvalidSavepointSpecification, "savepoint does not exist")
	}
	tx.savepoints = tx.savepoints[:id]
	s := &tx.savepoints[id-1]
	tx.dropView()
	tx.own.Rollback(s.mark)
	tx.releaseLocks(s.held)
	tx.relations = tx.relations[:s.relations]
	tx.tops = nil // a table may be others' again
	tx.deltas = append(tx.deltas[:0], s.deltas...)
	tx.moved = tx.moved[:s.moved]
	tx.ddl = s.ddl
	tx.abandonFresh(int(id))
	return nil
}

// Release forgets a savepoint and those after it; their work stays.
func (tx *Tx) Release(id SavepointID) error {
	if id < 1 || int(id) > len(tx.savepoints) {
		return pgerr.New(pgerr.InvalidSavepointSpecification, "savepoint does not exist")
	}
	tx.savepoints = tx.savepoints[:id-1]
	for i := range tx.bulk.fresh {
		tx.bulk.fresh[i].depth = min(tx.bulk.fresh[i].depth, len(tx.savepoints))
	}
	return nil
}

// Catalog is the newest committed catalog with the transaction's own changes.
// It is cheap. A plan made against a version is valid while Version stays; check
// again after LockRelation, for another's DDL may have gone before.
func (tx *Tx) Catalog() *catalog.View {
	if !tx.ddl.changed() {
		return tx.e.Catalog(tx.db)
	}
	return tx.ownCatalog()
}

package table

import (
	"context"
	"errors"
	"unsafe"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// heldRelation remembers what the transaction holds on a relation, so that
// asking again costs nothing.
type heldRelation struct {
	db, oid types.OID
	mode    LockMode
}

// maxLocks bounds the locks of one transaction, which live in memory.
const maxLocks = 4 << 20

// wait says how the session's settings want locks waited for.
func (s *Session) wait(p WaitPolicy) lockWait {
	w := lockWait{policy: p, lockTimeout: s.lockTimeout, deadlockTimeout: s.deadlockTimeout}
	if w.deadlockTimeout <= 0 {
		w.deadlockTimeout = defaultDeadlockTimeout
	}
	return w
}

// lock takes a lock until the transaction ends, or rolls back to before it. key
// may be scratch.
func (tx *Tx) lock(ctx context.Context, class lockClass, key []byte, mode uint8, p WaitPolicy) error {
	if len(tx.held) >= maxLocks {
		return pgerr.New(pgerr.OutOfMemory, "out of shared memory").
			WithDetail("The transaction holds %d locks.", len(tx.held)).
			WithHint("Commit in smaller pieces, or lock the table.")
	}
	tag := lockTag{class, unsafe.String(unsafe.SliceData(key), len(key))}
	l, err := tx.e.locks.acquire(ctx, tx.session.owner, tag, mode, false, tx.session.wait(p))
	if l != nil {
		tx.held = append(tx.held, heldLock{l, mode})
	}
	return err
}

// releaseLocks gives back the locks beyond the first keep.
func (tx *Tx) releaseLocks(keep int) {
	for i := len(tx.held) - 1; i >= keep; i-- {
		h := &tx.held[i]
		tx.e.locks.release(h.lock, tx.session.owner, 1<<h.mode, false)
	}
	clear(tx.held[keep:])
	tx.held = tx.held[:keep]
}

// LockRelation locks a relation of the transaction's database until the
// transaction ends. Errors: 40P01 deadlock, 55P03 lock_timeout or nowait, 57014
// ctx cancelled.
func (tx *Tx) LockRelation(ctx context.Context, oid types.OID, mode LockMode, nowait bool) error {
	return tx.lockObject(ctx, tx.db, oid, mode, nowait)
}

// lockObject is LockRelation for any object; db 0 is for shared ones.
func (tx *Tx) lockObject(ctx context.Context, db, oid types.OID, mode LockMode, nowait bool) error {
	for i := range tx.relations {
		if h := &tx.relations[i]; h.oid == oid && h.mode == mode && h.db == db {
			return nil
		}
	}
	policy := WaitBlock
	if nowait {
		policy = WaitError
	}
	var buf [8]byte
	err := tx.lock(ctx, classRelation, relationTag(buf[:0], uint32(db), uint32(oid)), uint8(mode), policy)
	if errors.Is(err, errWouldWait) {
		name := ""
		if r := tx.Catalog().Relation(oid); r != nil {
			name = r.Name
		}
		return pgerr.New(pgerr.LockNotAvailable, "could not obtain lock on relation \"%s\"", name)
	}
	if err == nil {
		tx.relations = append(tx.relations, heldRelation{db, oid, mode})
	}
	return err
}

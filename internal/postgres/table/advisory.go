package table

import (
	"context"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// AdvisoryKey names an advisory lock: one int8, or two int4, which are separate
// spaces.
type AdvisoryKey struct {
	Database types.OID
	High     uint32
	Low      uint32
	Two      bool // made of two int4
}

// AdvisoryInt8 is the key of pg_advisory_lock(bigint).
func AdvisoryInt8(db types.OID, k int64) AdvisoryKey {
	return AdvisoryKey{db, uint32(uint64(k) >> 32), uint32(uint64(k)), false}
}

// AdvisoryInt4 is the key of pg_advisory_lock(int, int).
func AdvisoryInt4(db types.OID, a, b int32) AdvisoryKey {
	return AdvisoryKey{db, uint32(a), uint32(b), true}
}

// AdvisoryLock takes a session-level lock. Each one taken must be unlocked.
func (s *Session) AdvisoryLock(ctx context.Context, k AdvisoryKey, shared bool) error {
	return errNotYet
}

// TryAdvisoryLock takes a session-level lock if it is free.
func (s *Session) TryAdvisoryLock(k AdvisoryKey, shared bool) bool { return false }

// AdvisoryUnlock gives back a session-level lock; false if it was not held.
func (s *Session) AdvisoryUnlock(k AdvisoryKey, shared bool) bool { return false }

// AdvisoryUnlockAll gives back all session-level locks.
func (s *Session) AdvisoryUnlockAll() {}

// AdvisoryLock takes a lock until the transaction ends.
func (tx *Tx) AdvisoryLock(ctx context.Context, k AdvisoryKey, shared bool) error {
	return errNotYet
}

// TryAdvisoryLock takes a lock until the transaction ends, if it is free.
func (tx *Tx) TryAdvisoryLock(k AdvisoryKey, shared bool) (bool, error) { return false, errNotYet }

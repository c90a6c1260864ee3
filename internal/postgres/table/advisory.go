package table

import (
	"context"
	"encoding/binary"

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

// advisoryHold is a session-level lock that a session has, so many times.
type advisoryHold struct {
	key  AdvisoryKey
	mode uint8
}

type heldAdvisory struct {
	lock  *lock
	count int
}

// space is pg_locks.objsubid: 1 for int8 keys, 2 for pairs.
func (k AdvisoryKey) space() byte {
	if k.Two {
		return 2
	}
	return 1
}

func (k AdvisoryKey) tag() []byte {
	b := make([]byte, 0, 13)
	b = binary.BigEndian.AppendUint32(b, uint32(k.Database))
	b = binary.BigEndian.AppendUint32(b, k.High)
	b = binary.BigEndian.AppendUint32(b, k.Low)
	return append(b, k.space())
}

func advisoryOfTag(t lockTag) AdvisoryKey {
	b := []byte(t.key)
	return AdvisoryKey{
		Database: types.OID(binary.BigEndian.Uint32(b)),
		High:     binary.BigEndian.Uint32(b[4:]),
		Low:      binary.BigEndian.Uint32(b[8:]),
		Two:      b[12] == 2,
	}
}

func advisoryMode(shared bool) uint8 {
	if shared {
		return advisoryShared
	}
	return advisoryExclusive
}

// AdvisoryLock takes a session-level lock. Each one taken must be unlocked.
func (s *Session) AdvisoryLock(ctx context.Context, k AdvisoryKey, shared bool) error {
	return s.advisoryLock(ctx, k, shared, WaitBlock)
}

// TryAdvisoryLock takes a session-level lock if it is free.
func (s *Session) TryAdvisoryLock(k AdvisoryKey, shared bool) bool {
	return s.advisoryLock(context.Background(), k, shared, WaitSkip) == nil
}

func (s *Session) advisoryLock(ctx context.Context, k AdvisoryKey, shared bool, p WaitPolicy) error {
	hold := advisoryHold{k, advisoryMode(shared)}
	if h := s.advisory[hold]; h != nil {
		h.count++
		return nil
	}
	l, err := s.e.locks.acquire(ctx, s.owner, lockTag{classAdvisory, string(k.tag())}, hold.mode, true, s.wait(p))
	if err != nil {
		return err
	}
	if s.advisory == nil {
		s.advisory = make(map[advisoryHold]*heldAdvisory)
	}
	s.advisory[hold] = &heldAdvisory{lock: l, count: 1}
	return nil
}

// AdvisoryUnlock gives back a session-level lock; false if it was not held.
func (s *Session) AdvisoryUnlock(k AdvisoryKey, shared bool) bool {
	hold := advisoryHold{k, advisoryMode(shared)}
	h := s.advisory[hold]
	if h == nil {
		return false
	}
	if h.count--; h.count == 0 {
		s.e.locks.release(h.lock, s.owner, 1<<hold.mode, true)
		delete(s.advisory, hold)
	}
	return true
}

// AdvisoryUnlockAll gives back all session-level locks.
func (s *Session) AdvisoryUnlockAll() {
	for hold, h := range s.advisory {
		s.e.locks.release(h.lock, s.owner, 1<<hold.mode, true)
	}
	s.advisory = nil
}

// AdvisoryLock takes a lock until the transaction ends.
func (tx *Tx) AdvisoryLock(ctx context.Context, k AdvisoryKey, shared bool) error {
	return tx.lock(ctx, classAdvisory, k.tag(), advisoryMode(shared), WaitBlock)
}

// TryAdvisoryLock takes a lock until the transaction ends, if it is free.
func (tx *Tx) TryAdvisoryLock(k AdvisoryKey, shared bool) bool {
	return tx.lock(context.Background(), classAdvisory, k.tag(), advisoryMode(shared), WaitSkip) == nil
}

package table

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Session is what outlives a transaction but ends with the connection: the last
// values of sequences, session-level advisory locks, lock settings. A session is
// used by one goroutine at a time, and has at most one transaction.
type Session struct {
	e     *Engine
	owner *owner

	lockTimeout     time.Duration
	deadlockTimeout time.Duration
	asyncCommit     bool

	lastValues map[types.OID]int64
	lastSeq    types.OID
	advisory   map[advisoryHold]*heldAdvisory
}

// Close gives up the session's advisory locks.
func (s *Session) Close() { s.AdvisoryUnlockAll() }

// SetLockTimeout sets lock_timeout; 0 is none.
func (s *Session) SetLockTimeout(d time.Duration) { s.lockTimeout = d }

// SetDeadlockTimeout sets how long a lock wait lasts before it looks for a
// deadlock; 0 is the default, a second.
func (s *Session) SetDeadlockTimeout(d time.Duration) { s.deadlockTimeout = d }

// SetSynchronousCommit sets synchronous_commit: when off, Commit does not wait
// until the batch is durable.
func (s *Session) SetSynchronousCommit(on bool) { s.asyncCommit = !on }

// CurrVal is the value that NextVal gave last for a sequence in this session.
func (s *Session) CurrVal(seq types.OID) (int64, bool) {
	v, ok := s.lastValues[seq]
	return v, ok
}

// LastVal is the value that NextVal gave last, and for which sequence.
func (s *Session) LastVal() (seq types.OID, v int64, ok bool) {
	v, ok = s.lastValues[s.lastSeq]
	return s.lastSeq, v, ok
}

// DiscardSequences forgets what CurrVal and LastVal tell.
func (s *Session) DiscardSequences() { s.lastValues, s.lastSeq = nil, 0 }

func (s *Session) noteValue(seq types.OID, v int64) {
	if s.lastValues == nil {
		s.lastValues = make(map[types.OID]int64)
	}
	s.lastValues[seq], s.lastSeq = v, seq
}

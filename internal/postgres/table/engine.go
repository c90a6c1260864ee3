package table

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// Options of an engine. The zero value is what PostgreSQL does by default.
type Options struct {
	// HoldLocks keeps a transaction's locks until its batch is durable. Without
	// it they are released as soon as the batch is applied: the next owner of a
	// hot row shares the fsync instead of waiting for it. See Commit for what
	// either promises.
	HoldLocks bool
}

// Engine is all databases of one store. Its methods are safe for concurrent use.
type Engine struct {
	store storage.Store
	o     Options

	counters counters
	locks    lockManager
	seqs     sequences
	stats    statistics
	garbage  collector
	serial   validator
	moves    moveLog

	// catalogMu orders catalog commits: applying the batch and publishing the
	// state are one step for each other.
	catalogMu sync.Mutex
	published atomic.Pointer[catalog.State]

	closed atomic.Bool
	async  asyncWaits
}

// Isolation is a transaction's isolation level.
type Isolation uint8

// Isolation levels. READ UNCOMMITTED is ReadCommitted, as in PostgreSQL.
const (
	ReadCommitted Isolation = iota
	RepeatableRead
	Serializable
)

// TxOptions say what a transaction is to be.
type TxOptions struct {
	Database  types.OID
	Isolation Isolation
	ReadOnly  bool
	// Deferrable is taken note of; a read-only SERIALIZABLE transaction never
	// fails here and has nothing to wait for.
	Deferrable bool
	// Session is whose transaction it is. Nil makes one for this transaction.
	Session *Session
}

// defaultDeadlockTimeout is PostgreSQL's default of deadlock_timeout.
const defaultDeadlockTimeout = time.Second

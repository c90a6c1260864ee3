package keyspace

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// Options configure a keyspace.
type Options struct {
	Databases int              // 16 when 0
	Clock     func() time.Time // time.Now when nil
	Logger    *slog.Logger     // slog.Default() when nil; only the workers log
	// LongString is the length from which on a string lies in chunks of ChunkBytes;
	// when 0, they have the sizes that measured best.
	LongString, ChunkBytes int
}

// Keyspace is Redis's databases in one store. It is safe for concurrent use:
// all reading and writing goes through a Run, of which each goroutine has its
// own.
type Keyspace struct {
	store     storage.Store
	clock     func() time.Time
	log       *slog.Logger
	databases int
	// A string that is longer than short lies in chunks of chunk bytes; from aheadFrom on
	// they are written ahead, in batches of aheadBatch.
	short, chunk, aheadFrom, aheadBatch int
	unlinked                            unlinked
	loading                             sync.Mutex // held by whoever writes ahead past the store's journal

	locks    locks
	dbs      atomic.Pointer[databaseMap]
	counts   counts
	versions versions
	cursors  cursors
	access   accessClock
	recent   recent
	evictor  evictor

	batches sync.Pool
	expired atomic.Uint64
	// expiredFields counts fields of hashes.
	expiredFields atomic.Uint64
	// collected counts what the collector removed; see Usage.
	collected atomic.Uint64
	waiters   atomic.Int64
	// onExpired is called with keys that went because their TTL had run out,
	// onFieldsExpired with hashes that lost fields so.
	onExpired       atomic.Pointer[func(db int, key []byte)]
	onFieldsExpired atomic.Pointer[func(*FieldsExpired)]
	follower        Follower
	expiredAs       atomic.Pointer[string]
	// onEvicted is called with keys that Evict removes.
	onEvicted atomic.Pointer[func(db int, key []byte)]

	idleExpiry atomic.Bool // SetActiveExpire turned the expiry worker off
	heldExpiry atomic.Bool // HoldExpiry
	replica    atomic.Bool // LeaveExpiry

	// Guarded by the lock on the whole keyspace: the dbids of replacements that are
	// being made, and how often everything was flushed.
	replacing []uint32
	flushes   uint64

	stop    chan struct{}
	workers sync.WaitGroup
	started atomic.Bool
	garbage garbageQueue
	reclaim chan uint64
	// expiredUpTo is the time up to which ExpireDue has left nothing.
	expiredUpTo atomic.Int64
	sweep       sweep
}

// Open reads the keyspace's own records from store, or writes them into an
// empty one. The store stays the caller's to close, after Close.
func Open(store storage.Store, o Options) (*Keyspace, error) {
	if o.Databases == 0 {
		o.Databases = 16
	}
	if o.Databases < 0 {
		return nil, fmt.Errorf("keyspace: %d databases", o.Databases)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LongString <= 0 {
		o.LongString = longString
	}
	if o.ChunkBytes <= 0 {
		o.ChunkBytes = chunkBytes
	}
	ks := &Keyspace{
		store:     store,
		clock:     o.Clock,
		log:       o.Logger,
		databases: o.Databases,
		short:     o.LongString - 1,
		chunk:     o.ChunkBytes,
		aheadFrom: aheadFrom, aheadBatch: aheadBatch,
		stop:    make(chan struct{}),
		sweep:   sweep{sizes: defaultSweep},
		garbage: garbageQueue{stored: true, wake: make(chan struct{}, 1)},
		reclaim: make(chan uint64, reclaimQueue),
	}
	ks.access.open(ks.now())
	if err := ks.load(); err != nil {
		return nil, fmt.Errorf("keyspace: open: %w", err)
	}
	return ks, nil
}

// Start lets the expiry worker and the collector run in the background until
// Close. Without it, expired keys are invisible but stay in the store.
func (ks *Keyspace) Start() {
	if ks.started.Swap(true) {
		return
	}
	ks.workers.Add(3)
	go ks.expireLoop()
	go ks.collectLoop()
	go ks.reclaimLoop()
}

// Close stops the background workers. The store stays open.
func (ks *Keyspace) Close() error {
	if ks.started.Swap(false) {
		close(ks.stop)
		ks.workers.Wait()
	}
	return nil
}

// Databases is the number of databases SELECT may choose from.
func (ks *Keyspace) Databases() int { return ks.databases }

// Store is the storage below, for statistics and checkpoints.
func (ks *Keyspace) Store() storage.Store { return ks.store }

func (ks *Keyspace) now() int64 { return ks.clock().UnixMilli() }

func (ks *Keyspace) stopping() bool {
	select {
	case <-ks.stop:
		return true
	default:
		return false
	}
}

// Stats is what INFO and metrics tell of a keyspace's background work.
type Stats struct {
	Expired       uint64 // keys removed because their TTL ran out
	ExpiredFields uint64 // fields of hashes, likewise
}

// Stats returns the counters since Open or ResetStats.
func (ks *Keyspace) Stats() Stats {
	return Stats{Expired: ks.expired.Load(), ExpiredFields: ks.expiredFields.Load()}
}

// ResetStats starts the counters afresh, and Usage's Collected (CONFIG RESETSTAT).
func (ks *Keyspace) ResetStats() {
	ks.expired.Store(0)
	ks.expiredFields.Store(0)
	ks.collected.Store(0)
}

// write is a batch on its way to the store and what tells when it is durable.
type write struct {
	ks      *Keyspace
	batch   storage.Batch
	pending storage.Pending
}

// maxPooledBatch is the size up to which batches are kept for reuse.
const maxPooledBatch = 1 << 20

func (ks *Keyspace) newWrite() *write {
	if w, ok := ks.batches.Get().(*write); ok {
		return w
	}
	return &write{ks: ks, batch: ks.store.NewBatch()}
}

// Wait is storage.Pending's: once it returns, the batch serves again.
func (w *write) Wait() error {
	err := w.pending.Wait()
	w.pending = nil
	return errors.Join(err, w.release())
}

func (w *write) release() error {
	if w.batch.Size() > maxPooledBatch {
		return w.batch.Close()
	}
	w.batch.Reset()
	w.ks.batches.Put(w)
	return nil
}

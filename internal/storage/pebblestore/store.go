package pebblestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"

	"github.com/orbit-server/orbit/internal/storage"
)

// Store is a storage.Store on disk.
type Store struct {
	db         *pebble.DB
	wal        *walFS
	log        logger
	cache      *cache
	compacts   *compactions
	durability atomic.Uint32 // a storage.Durability
	readOnly   bool
	noLog      bool
	trouble    chan trouble          // the newest
	flushErr   atomic.Pointer[error] // of the last flush
	wrote      atomic.Bool           // a memtable may hold something
	opening    atomic.Bool
	lock       io.Closer // nil when opened read-only
	boot       bootMark

	// life is read-locked by each call into db, so that Close waits for them.
	life   sync.RWMutex
	closed atomic.Bool
	// handles counts open iterators and snapshots; Close refuses while there are.
	handles atomic.Int64
	stalls  atomic.Uint64 // of writes

	snapshots sharedSnapshot

	dir      string
	tables   sstable.WriterOptions // of Tables
	reading  sstable.ReaderOptions
	ingested atomic.Uint64 // tables begun
	stays    bool          // nothing is compacted
}

var (
	_ storage.Store            = (*Store)(nil)
	_ storage.DurabilitySetter = (*Store)(nil)
)

// errReadOnly answers writes to a store that was opened read-only.
var errReadOnly = errors.New("pebblestore: the store is open for reading only")

// Get returns the newest value of key, which the caller may keep but not modify.
func (s *Store) Get(key []byte) ([]byte, error) {
	if s.closed.Load() {
		return nil, storage.ErrClosed
	}
	key = stored(key)
	value, found, l := s.cache.get(key, latest)
	switch found {
	case present:
		return value, nil
	case absent:
		return nil, storage.ErrNotFound
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.read(s.db, key, l)
}

// read gets key from r and enters it into the cache.
func (s *Store) read(r pebble.Reader, key []byte, l lookup) ([]byte, error) {
	value, closer, err := r.Get(key)
	if err == pebble.ErrNotFound {
		s.cache.fill(l, key, nil)
		return nil, storage.ErrNotFound
	}
	if err != nil {
		return nil, corrupt(err)
	}
	own := make([]byte, len(value))
	copy(own, value)
	if err := closer.Close(); err != nil {
		return nil, corrupt(err)
	}
	s.cache.fill(l, key, own)
	return own, nil
}

// NewBatch returns an empty batch.
func (s *Store) NewBatch() storage.Batch {
	return &batch{store: s, b: s.db.NewBatch()}
}

// NewBatchOf returns an empty batch with room for one write of a key and value of
// together size bytes.
func (s *Store) NewBatchOf(size int) storage.Batch {
	return &batch{store: s, b: s.db.NewBatchWithSize(size + writeOverhead)}
}

// writeOverhead is more than a batch of one write takes beside the key and value.
const writeOverhead = 64

// Apply makes b visible. Wait on what it returns before acknowledging.
func (s *Store) Apply(b storage.Batch) (storage.Pending, error) {
	pb, ok := b.(*batch)
	if !ok || pb.store != s {
		return nil, errForeignBatch
	}
	if pb.applied {
		return nil, errApplied
	}
	if s.readOnly {
		return nil, errReadOnly
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.wal.failure(); err != nil {
		return nil, err
	}
	if pb.n == 0 {
		return pb, s.barrier(pb)
	}
	if err := s.cache.open(pb); err != nil {
		return nil, err
	}
	pb.applied = true
	s.wrote.Store(true)
	s.snapshots.begin()
	err := s.commit(pb)
	s.cache.settle(pb, err)
	s.snapshots.end()
	if err != nil {
		return nil, err
	}
	return pb, nil
}

// barrier makes b's Wait cover all batches before it.
func (s *Store) barrier(b *batch) error {
	b.applied = true
	if s.Durability() == storage.No {
		return nil
	}
	if err := b.b.LogData(nil, nil); err != nil {
		return err
	}
	return s.commit(b)
}

func (s *Store) commit(b *batch) error {
	defer s.log.dieOnPanic()
	if s.Durability() == storage.No {
		return s.db.Apply(b.b, pebble.NoSync)
	}
	if err := s.db.ApplyNoSyncWait(b.b, pebble.Sync); err != nil {
		return err
	}
	b.synced = true
	return nil
}

// Durability is the level that Wait fulfils.
func (s *Store) Durability() storage.Durability {
	return storage.Durability(s.durability.Load()) //nolint:gosec // SetDurability and Open stored it
}

// SetDurability changes the level that Wait fulfils, and puts what was written
// under the old one on disk. A store without a log stays at No. A log that fails
// is told by the next Apply and Wait.
func (s *Store) SetDurability(d storage.Durability) {
	if s.noLog || s.readOnly {
		return
	}
	s.wal.lazy.Store(d == storage.EverySec)
	s.durability.Store(uint32(d))
	if d != storage.No {
		_ = s.Flush()
	}
}

// Flush puts everything applied so far on disk, whatever the durability.
func (s *Store) Flush() error {
	if s.readOnly {
		return nil
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.flushLog()
}

// flushLog does so with the log, or without one with the memtables.
func (s *Store) flushLog() error {
	if s.noLog {
		return s.flushTables()
	}
	if err := s.wal.failure(); err != nil {
		return err
	}
	defer s.log.dieOnPanic()
	if err := s.db.LogData(nil, pebble.Sync); err != nil {
		return err
	}
	s.wal.syncDirty()
	return s.wal.failure()
}

// flushTables writes the memtables out. Pebble goes on trying for ever; when it
// has failed once this gives up waiting.
func (s *Store) flushTables() error {
	select {
	case <-s.trouble:
	default:
	}
	defer s.log.dieOnPanic()
	done, err := s.db.AsyncFlush()
	if err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case failed := <-s.trouble:
		return fmt.Errorf("pebblestore: flush: %w", corrupt(failed.err))
	}
}

// trouble is a flush or compaction that failed.
type trouble struct{ err error }

// troubled keeps the newest failure for flushTables, and has the next try wait. Opening
// would wait without end until what the log holds is flushed; a compaction that fails
// meanwhile is no hindrance.
func (s *Store) troubled(err error) {
	if flush := s.flushErr.Load(); s.opening.Load() && flush != nil && errors.Is(err, *flush) {
		s.log.die(fmt.Errorf("pebblestore: what the log holds cannot be written: %w", err))
	}
	s.wal.pause.Store(true)
	select {
	case <-s.trouble:
	default:
	}
	select {
	case s.trouble <- trouble{err}:
	default:
	}
}

// Handles counts the iterators and snapshots that are open.
func (s *Store) Handles() int64 { return s.handles.Load() }

// Checkpoint writes a copy of the store into dir, which must not exist. Files
// that never change are linked, so that it costs little on one file system.
func (s *Store) Checkpoint(dir string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if !s.readOnly {
		if err := s.flushLog(); err != nil {
			return err
		}
	}
	if err := s.db.Checkpoint(dir); err != nil {
		return fmt.Errorf("pebblestore: checkpoint: %w", corrupt(err))
	}
	return nil
}

// endOfKeys stands for an open upper bound where Pebble wants a key.
var endOfKeys = bytes.Repeat([]byte{0xff}, 1024)

// Compact reclaims the space of deleted and overwritten keys in [lower, upper).
func (s *Store) Compact(lower, upper []byte) error {
	if s.readOnly {
		return errReadOnly
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if err := s.wal.failure(); err != nil {
		return err
	}
	lower, upper, ok := closedRange(lower, upper)
	if !ok {
		return nil
	}
	s.snapshots.drop() // it would hold on to what is to go
	select {
	case <-s.trouble:
	default:
	}
	s.compacts.allow()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer s.log.dieOnPanic()
		done <- s.db.Compact(ctx, lower, upper, true)
	}()
	select {
	case err := <-done:
		return corrupt(err)
	case failed := <-s.trouble:
		// Pebble would first try again what failed, on a full disk without end.
		cancel()
		if err := <-done; err == nil {
			return nil // it came to its end all the same
		}
		return fmt.Errorf("pebblestore: compact: %w", corrupt(failed.err))
	}
}

// EstimateSize is about the bytes that [lower, upper) takes in files. What is
// still in memtables does not count.
func (s *Store) EstimateSize(lower, upper []byte) (uint64, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.leave()
	lower, upper, ok := closedRange(lower, upper)
	if !ok {
		return 0, nil
	}
	size, err := s.db.EstimateDiskUsage(lower, upper)
	return size, corrupt(err)
}

// closedRange gives nil bounds a key; ok is false for an empty range.
func closedRange(lower, upper []byte) (l, u []byte, ok bool) {
	lower, upper = stored(lower), stored(upper)
	if lower == nil {
		lower = []byte{}
	}
	if upper == nil {
		upper = endOfKeys
	}
	return lower, upper, bytes.Compare(lower, upper) < 0
}

// Close puts everything on disk and releases the directory. It fails, and the
// store stays open, while iterators or snapshots are.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed.Load() {
		return storage.ErrClosed
	}
	s.snapshots.drop()
	if n := s.handles.Load(); n > 0 {
		return fmt.Errorf("pebblestore: cannot close: %d iterators or snapshots are open", n)
	}
	s.closed.Store(true)
	s.EndCompactions()
	err := s.flushLast()
	defer s.log.dieOnPanic()
	err = errors.Join(err, s.db.Close())
	// Pebble is not told of the log's failures: see walFS.
	err = errors.Join(err, s.wal.failure())
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// flushLast writes the memtables out before the store is closed. Where there is a log it
// is for who opens next, who would have to do that, and to read the log before; the log
// has it all if it fails.
func (s *Store) flushLast() error {
	if s.readOnly || !s.wrote.Load() {
		return nil
	}
	if s.noLog {
		return s.flushTables()
	}
	if s.wal.failure() != nil || !s.hasRoom() {
		return nil //nolint:nilerr // Close tells the log's failure
	}
	if err := s.flushTables(); err != nil {
		s.log.log.Warn("storage: what the log holds could not be written before closing; it is when the store is opened", "error", err)
	}
	return nil
}

// lastRoom is more than is written before closing; Pebble ends the process when it cannot
// make the file of the next log.
const lastRoom = 256 << 20

// hasRoom tells whether the disk has room for it.
func (s *Store) hasRoom() bool {
	disk, err := s.wal.GetDiskUsage(s.dir)
	return err != nil || disk.AvailBytes > lastRoom // a file system of tests cannot tell
}

// EndCompactions has none begin any more, for who is about to close the store.
func (s *Store) EndCompactions() { s.compacts.end() }

// enter begins a call into db; leave ends it.
func (s *Store) enter() error {
	s.life.RLock()
	if s.closed.Load() {
		s.life.RUnlock()
		return storage.ErrClosed
	}
	return nil
}

func (s *Store) leave() { s.life.RUnlock() }

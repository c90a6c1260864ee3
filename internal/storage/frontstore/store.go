package frontstore

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// Store is a storage.Store on disk. What is read is, in this order: in the active
// table, in the frozen one, in Pebble.
type Store struct {
	options Options
	inner   *pebblestore.Store
	journal *journal

	// life is read-locked by each call that changes something or makes a reader,
	// so that Close waits for them.
	life   sync.RWMutex
	closed atomic.Bool

	// Locks are taken in this order. handing is held while a table moves to Pebble,
	// applying by whoever writes to the journal: records and writes to the table
	// come in one order.
	handing  sync.Mutex
	applying sync.Mutex
	// mu guards the tables and what they hold.
	mu     sync.RWMutex
	active *table
	frozen *table // on its way to Pebble, nil if there is none; replaced under handing too

	durability atomic.Uint32 // a storage.Durability
	filled     atomic.Int64  // bytes of active
	// The last segment with writes of frozen, and the place where it ends; under
	// handing.
	frozenUpTo, frozenEnd uint64

	handErr    atomic.Pointer[error]
	wake, stop chan struct{}
	worker     sync.WaitGroup
}

var (
	_ storage.Store            = (*Store)(nil)
	_ storage.DurabilitySetter = (*Store)(nil)
	_ storage.Progress         = (*Store)(nil)
)

// errReadOnly answers writes to a store that was opened read-only.
var errReadOnly = errors.New("frontstore: the store is open for reading only")

// Get returns the newest value of key, which the caller may keep but not modify.
func (s *Store) Get(key []byte) ([]byte, error) {
	if s.closed.Load() {
		return nil, storage.ErrClosed
	}
	s.mu.RLock()
	value, deleted, ok := s.active.get(key)
	if !ok && s.frozen != nil {
		value, deleted, ok = s.frozen.get(key)
	}
	s.mu.RUnlock()
	if !ok {
		// What came into a table since went there after this call began, and what
		// left one is in Pebble.
		return s.inner.Get(key)
	}
	if deleted {
		return nil, storage.ErrNotFound
	}
	return value, nil
}

// NewBatch returns an empty batch.
func (s *Store) NewBatch() storage.Batch {
	return &batch{store: s, record: make([]byte, recordHeader, 512)}
}

// Apply writes b to the journal and makes it visible. Wait on what it returns
// before acknowledging. After an error nothing of b is visible, and it may be
// applied again.
func (s *Store) Apply(b storage.Batch) (storage.Pending, error) {
	fb, ok := b.(*batch)
	if !ok || fb.store != s {
		return nil, errForeignBatch
	}
	if fb.applied {
		return nil, errApplied
	}
	if s.options.ReadOnly {
		return nil, errReadOnly
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	if fb.n == 0 {
		fb.applied, fb.end = true, s.journal.place()
		return fb, s.journal.failure()
	}
	if err := s.pace(len(fb.record)); err != nil {
		return nil, err
	}
	s.applying.Lock()
	defer s.applying.Unlock()
	end, err := s.journal.append(fb.record)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	fb.kept, err = s.active.apply(fb.record[recordHeader:])
	filled := s.active.bytes
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	fb.applied, fb.end = true, end
	s.filled.Store(filled)
	if filled >= s.options.TableBytes || s.journal.bytes.Load() >= s.options.JournalBytes {
		s.kick()
	}
	return fb, nil
}

// Durability is the level that Wait fulfils.
func (s *Store) Durability() storage.Durability {
	return storage.Durability(s.durability.Load()) //nolint:gosec // promise stored it
}

// SetDurability changes the level that Wait fulfils. What was written under the
// old one is fsynced too, in the background.
func (s *Store) SetDurability(d storage.Durability) {
	s.promise(d)
	if d != storage.No {
		s.journal.syncSoon()
	}
}

func (s *Store) promise(d storage.Durability) {
	s.durability.Store(uint32(d))
	s.journal.lazy.Store(d == storage.EverySec)
}

// Progress is storage.Progress's.
func (s *Store) Progress() (applied, synced uint64, ok bool) {
	return s.journal.place(), s.journal.synced.Load(), true
}

// Flush puts everything applied so far on disk, whatever the durability.
func (s *Store) Flush() error {
	if s.options.ReadOnly {
		return nil
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	return s.journal.sync()
}

// Checkpoint writes a copy of the store into dir, which must not exist. Everything
// moves to Pebble first, so the copy has no journal.
func (s *Store) Checkpoint(dir string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.handing.Lock()
	defer s.handing.Unlock()
	if s.options.ReadOnly && !s.active.empty() {
		return fmt.Errorf("frontstore: checkpoint: %w: the journal must be recovered first", errReadOnly)
	}
	if !s.options.ReadOnly {
		if err := s.handOverAll(); err != nil {
			return err
		}
	}
	return s.inner.Checkpoint(dir)
}

// Compact reclaims the space of deleted and overwritten keys in [lower, upper).
func (s *Store) Compact(lower, upper []byte) error {
	if s.options.ReadOnly {
		return errReadOnly
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.handing.Lock()
	err := s.handOverAll()
	s.handing.Unlock()
	if err != nil {
		return err
	}
	return s.inner.Compact(lower, upper)
}

// EstimateSize is about the bytes that [lower, upper) takes in Pebble's files.
// What has not been handed over does not count.
func (s *Store) EstimateSize(lower, upper []byte) (uint64, error) {
	return s.inner.EstimateSize(lower, upper)
}

// Stats reports on the store: Pebble's figures, the tables of recent writes as
// memtables, and the journal as log.
func (s *Store) Stats() storage.Stats {
	st := s.inner.Stats()
	s.mu.RLock()
	st.MemtableBytes += uint64(s.active.bytes)
	if s.frozen != nil {
		st.MemtableBytes += uint64(s.frozen.bytes)
	}
	s.mu.RUnlock()
	st.WALBytes = uint64(s.journal.bytes.Load())
	st.DiskBytes += st.WALBytes
	st.WALSyncs = s.journal.syncs.Load()
	return st
}

// Handles counts the iterators and snapshots that are open.
func (s *Store) Handles() int64 { return s.inner.Handles() }

// Close moves everything to Pebble and releases the directory. It fails, and the
// store stays open, while iterators or snapshots are. If the move fails, the
// journal has what was acknowledged.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed.Load() {
		return storage.ErrClosed
	}
	if n := s.Handles(); n > 0 {
		return fmt.Errorf("frontstore: cannot close: %d iterators or snapshots are open", n)
	}
	s.closed.Store(true)
	close(s.stop)
	s.worker.Wait()
	s.inner.EndCompactions()
	var err error
	if !s.options.ReadOnly {
		s.handing.Lock()
		err = errors.Join(s.journal.sync(), s.handOverAll())
		s.handing.Unlock()
	}
	return errors.Join(err, s.inner.Close(), s.journal.close())
}

// enter begins a call; it holds life until the caller gives it back.
func (s *Store) enter() error {
	s.life.RLock()
	if s.closed.Load() {
		s.life.RUnlock()
		return storage.ErrClosed
	}
	return nil
}

package relocate

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/storage"
)

// Store is a storage.Store that forwards to another, its home, and can move.
type Store struct {
	home atomic.Pointer[home]
	// gate is held in shared mode by whoever applies a batch, exclusively while a
	// move records and by the steps of a move: what is recorded is in the order in
	// which the home took it.
	gate  sync.RWMutex
	move  *move // nil while nothing moves; guarded by gate
	loads int   // bulk loads that are open; guarded by gate
	// room is told when writers may go on that a move holds up.
	room *sync.Cond
	// durability is what SetDurability last asked for, for the next home too.
	durability atomic.Pointer[storage.Durability]
}

// home is the present store.
type home struct {
	storage.Store
	// before is what the places in journals of earlier homes come to: to whoever asks
	// for progress, this home's journal goes on where the last one ended.
	before uint64
}

var (
	_ storage.Store            = (*Store)(nil)
	_ storage.DurabilitySetter = (*Store)(nil)
	_ storage.BulkLoader       = (*Store)(nil)
	_ storage.MultiReader      = (*Store)(nil)
	_ storage.Progress         = (*Store)(nil)
)

// New makes a store that lives in s.
func New(s storage.Store) *Store {
	r := &Store{}
	r.room = sync.NewCond(&r.gate)
	r.home.Store(&home{Store: s})
	return r
}

// Home is the store that the content is in at present.
func (s *Store) Home() storage.Store { return s.home.Load().Store }

// again says whether a call failed because its store was left and closed under it.
// What is called anew then finds the same content in the new home.
func (s *Store) again(h *home, err error) bool {
	return errors.Is(err, storage.ErrClosed) && s.home.Load() != h
}

// Get is storage.Reader's.
func (s *Store) Get(key []byte) ([]byte, error) {
	h := s.home.Load()
	value, err := h.Get(key)
	for err != nil && err != storage.ErrNotFound && s.again(h, err) {
		h = s.home.Load()
		value, err = h.Get(key)
	}
	return value, err
}

// GetMany is storage.MultiReader's.
func (s *Store) GetMany(keys [][]byte, f func(i int, value []byte) error) error {
	return s.call(func(h storage.Store) error { return storage.GetMany(h, keys, f) })
}

// NewIter is storage.Reader's. The iterator stays with the home it was made in.
func (s *Store) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	for {
		h := s.home.Load()
		it, err := h.NewIter(o)
		if err == nil || !s.again(h, err) {
			return it, err
		}
	}
}

// NewSnapshot is storage.Store's. The snapshot stays with the home it was made in.
func (s *Store) NewSnapshot() storage.Snapshot {
	for {
		h := s.home.Load()
		sn := h.NewSnapshot()
		if s.home.Load() == h {
			return sn
		}
		// A closed store gives snapshots that are closed.
		_ = sn.Close()
	}
}

// call makes a call that may meet a home which is closed.
func (s *Store) call(f func(storage.Store) error) error {
	for {
		h := s.home.Load()
		if err := f(h.Store); !s.again(h, err) {
			return err
		}
	}
}

// Durability is the level that Wait fulfils.
func (s *Store) Durability() storage.Durability { return s.home.Load().Durability() }

// SetDurability changes it, where the home can; a later home gets the level too.
func (s *Store) SetDurability(d storage.Durability) {
	s.gate.Lock()
	defer s.gate.Unlock()
	h := s.home.Load()
	setDurability(h.Store, d)
	if h.Durability() == d {
		s.durability.Store(&d)
	}
}

func setDurability(s storage.Store, d storage.Durability) {
	if setter, ok := s.(storage.DurabilitySetter); ok {
		setter.SetDurability(d)
	}
}

// DeletesInSteps is storage.StepDeleter's, of the present home.
func (s *Store) DeletesInSteps() bool {
	h, ok := s.home.Load().Store.(storage.StepDeleter)
	return ok && h.DeletesInSteps()
}

// Progress is storage.Progress's.
func (s *Store) Progress() (applied, synced uint64, ok bool) {
	h := s.home.Load()
	if p, keeps := h.Store.(storage.Progress); keeps {
		applied, synced, ok = p.Progress()
	}
	return h.before + applied, h.before + synced, ok
}

// Flush is storage.Store's.
func (s *Store) Flush() error { return s.call(storage.Store.Flush) }

// Checkpoint is storage.Store's.
func (s *Store) Checkpoint(dir string) error {
	return s.call(func(h storage.Store) error { return h.Checkpoint(dir) })
}

// Compact is storage.Store's.
func (s *Store) Compact(lower, upper []byte) error {
	return s.call(func(h storage.Store) error { return h.Compact(lower, upper) })
}

// EstimateSize is storage.Store's.
func (s *Store) EstimateSize(lower, upper []byte) (size uint64, err error) {
	err = s.call(func(h storage.Store) error {
		size, err = h.EstimateSize(lower, upper)
		return err
	})
	return size, err
}

// Stats is storage.Store's.
func (s *Store) Stats() storage.Stats { return s.home.Load().Stats() }

// Close closes the home. A move must have ended.
func (s *Store) Close() error { return s.home.Load().Close() }

// Handles counts the iterators and snapshots that are open in a store, as far as
// it counts them: until there are none the store must not be closed.
func Handles(s storage.Store) int64 {
	if counting, ok := s.(interface{ Handles() int64 }); ok {
		return counting.Handles()
	}
	return 0
}

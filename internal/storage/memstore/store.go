package memstore

import (
	"errors"
	"fmt"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// Store is an in-memory storage.Store. Its contents end with the process.
type Store struct {
	mu   sync.RWMutex
	tree *Tree
	// shared says that snapshots and iterators look at tree: the next write goes to
	// a copy.
	shared bool
	closed bool
}

var _ storage.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{tree: new(Tree)} }

// Get returns the value of key, which the caller may keep but not modify.
func (s *Store) Get(key []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, storage.ErrClosed
	}
	return s.tree.Find(key)
}

// NewIter returns an iterator over the state of now.
func (s *Store) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	t, err := s.freeze()
	if err != nil {
		return nil, err
	}
	return t.NewIter(o), nil
}

// NewSnapshot returns a view of the state of now.
func (s *Store) NewSnapshot() storage.Snapshot {
	t, err := s.freeze()
	if err != nil {
		return &snapshot{}
	}
	return &snapshot{tree: t}
}

// NewBatch returns an empty batch.
func (s *Store) NewBatch() storage.Batch { return &Batch{} }

// Apply makes the batch visible. There is nothing to wait for afterwards.
func (s *Store) Apply(b storage.Batch) (storage.Pending, error) {
	mb, ok := b.(*Batch)
	if !ok {
		return nil, fmt.Errorf("memstore: batch of another store: %T", b)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, storage.ErrClosed
	}
	ops, err := mb.Take()
	if err != nil {
		return nil, err
	}
	if len(ops) > 0 && s.shared {
		s.tree, s.shared = s.tree.Copy(), false
	}
	s.tree.Apply(ops)
	return done{}, nil
}

// DeletesInSteps is storage.StepDeleter's: entries of a range go one by one.
func (s *Store) DeletesInSteps() bool { return true }

// Durability is No: memory outlives nothing.
func (s *Store) Durability() storage.Durability { return storage.No }

// Flush has no disk to write to.
func (s *Store) Flush() error { return s.open() }

// Checkpoint is not supported: there is no on-disk form of a memory store.
func (s *Store) Checkpoint(string) error {
	if err := s.open(); err != nil {
		return err
	}
	return fmt.Errorf("memstore: checkpoint: %w", errors.ErrUnsupported)
}

// Compact has nothing to reclaim.
func (s *Store) Compact([]byte, []byte) error { return s.open() }

// EstimateSize is exact: the bytes of the keys and values in [lower, upper).
func (s *Store) EstimateSize(lower, upper []byte) (uint64, error) {
	t, err := s.freeze()
	if err != nil {
		return 0, err
	}
	return t.Size(lower, upper), nil
}

// Stats reports the number of keys and the bytes of keys and values.
func (s *Store) Stats() storage.Stats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return storage.Stats{Kind: "memory", Keys: int64(s.tree.Len()), MemtableBytes: uint64(s.tree.Bytes())}
}

// Close drops the contents. Open snapshots and iterators keep what they see.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return storage.ErrClosed
	}
	s.closed = true
	s.tree, s.shared = new(Tree), false
	return nil
}

func (s *Store) open() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return storage.ErrClosed
	}
	return nil
}

// freeze returns the state of now as a tree that nothing writes to.
func (s *Store) freeze() (*Tree, error) {
	s.mu.RLock()
	t, shared, closed := s.tree, s.shared, s.closed
	s.mu.RUnlock()
	if closed {
		return nil, storage.ErrClosed
	}
	if shared {
		return t, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, storage.ErrClosed
	}
	s.shared = true
	return s.tree, nil
}

// done is the Pending of a batch that has nothing to wait for.
type done struct{}

func (done) Wait() error { return nil }

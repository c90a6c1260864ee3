package memstore

import (
	"errors"
	"fmt"
	"sync"

	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/storage"
)

// Store is an in-memory storage.Store. Its contents end with the process.
type Store struct {
	mu   sync.RWMutex
	tree *tree
	// frozen is a copy of tree that nothing writes to; it serves every snapshot
	// and iterator until the next write.
	frozen *tree
	bytes  int64
	closed bool
}

type tree = btree.Map[string, []byte]

var _ storage.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{tree: new(tree)} }

// Get returns the value of key, which the caller may keep but not modify.
func (s *Store) Get(key []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, storage.ErrClosed
	}
	return get(s.tree, key)
}

// NewIter returns an iterator over the state of now.
func (s *Store) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	t, _, err := s.freeze()
	if err != nil {
		return nil, err
	}
	return newIterator(t, o), nil
}

// NewSnapshot returns a view of the state of now.
func (s *Store) NewSnapshot() storage.Snapshot {
	t, _, err := s.freeze()
	if err != nil {
		return &snapshot{}
	}
	return &snapshot{tree: t}
}

// NewBatch returns an empty batch.
func (s *Store) NewBatch() storage.Batch { return &batch{} }

// Apply makes the batch visible. There is nothing to wait for afterwards.
func (s *Store) Apply(b storage.Batch) (storage.Pending, error) {
	mb, ok := b.(*batch)
	if !ok {
		return nil, fmt.Errorf("memstore: batch of another store: %T", b)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, storage.ErrClosed
	}
	if mb.applied {
		return nil, errApplied
	}
	mb.applied = true
	if len(mb.ops) > 0 {
		s.frozen = nil
	}
	for i := range mb.ops {
		s.write(&mb.ops[i])
	}
	return done{}, nil
}

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
	t, total, err := s.freeze()
	if err != nil {
		return 0, err
	}
	if lower == nil && upper == nil {
		return uint64(total), nil
	}
	var size uint64
	t.Ascend(string(lower), func(key string, value []byte) bool {
		if upper != nil && key >= string(upper) {
			return false
		}
		size += uint64(len(key) + len(value))
		return true
	})
	return size, nil
}

// Stats reports the number of keys and the bytes of keys and values.
func (s *Store) Stats() storage.Stats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return storage.Stats{Kind: "memory", Keys: int64(s.tree.Len()), MemtableBytes: uint64(s.bytes)}
}

// Close drops the contents. Open snapshots and iterators keep what they see.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return storage.ErrClosed
	}
	s.closed = true
	s.tree, s.frozen, s.bytes = new(tree), nil, 0
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

// freeze returns the state of now as a tree that nothing writes to, and the
// bytes in it.
func (s *Store) freeze() (*tree, int64, error) {
	s.mu.RLock()
	t, n, closed := s.frozen, s.bytes, s.closed
	s.mu.RUnlock()
	if closed {
		return nil, 0, storage.ErrClosed
	}
	if t != nil {
		return t, n, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, 0, storage.ErrClosed
	}
	if s.frozen == nil {
		s.frozen = s.tree.Copy()
	}
	return s.frozen, s.bytes, nil
}

// write applies one write. The caller holds mu.
func (s *Store) write(o *op) {
	switch o.kind {
	case opSet:
		old, replaced := s.tree.Set(o.key, o.value)
		if replaced {
			s.bytes -= int64(len(old))
		} else {
			s.bytes += int64(len(o.key))
		}
		s.bytes += int64(len(o.value))
	case opDelete:
		s.remove(o.key)
	case opDeleteRange:
		s.removeRange(o.key, string(o.value))
	}
}

func (s *Store) remove(key string) {
	if old, found := s.tree.Delete(key); found {
		s.bytes -= int64(len(key) + len(old))
	}
}

func (s *Store) removeRange(lower, upper string) {
	first, _, ok := s.tree.Min()
	if !ok || lower >= upper {
		return
	}
	if last, _, _ := s.tree.Max(); lower <= first && last < upper {
		s.tree.Clear()
		s.bytes = 0
		return
	}
	var gone []string
	s.tree.Ascend(lower, func(key string, _ []byte) bool {
		if key >= upper {
			return false
		}
		gone = append(gone, key)
		return true
	})
	for _, key := range gone {
		s.remove(key)
	}
}

// done is the Pending of a batch that has nothing to wait for.
type done struct{}

func (done) Wait() error { return nil }

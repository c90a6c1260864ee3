package actor

import (
	"errors"
	"unsafe"

	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// snapshot is the views of all partitions at one moment.
type snapshot struct {
	store *Store
	root  *btree.Map[uint64, *view]
}

var _ storage.Snapshot = (*snapshot)(nil)

// freeze returns the views of now; nobody writes to them.
func (s *Store) freeze() (*btree.Map[uint64, *view], error) {
	s.mu.RLock()
	root, closed := s.frozen, s.closed
	s.mu.RUnlock()
	if closed {
		return nil, storage.ErrClosed
	}
	if root != nil {
		return root, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, storage.ErrClosed
	}
	if s.frozen == nil {
		s.frozen = s.root.Copy()
		s.epoch++
	}
	return s.frozen, nil
}

// NewSnapshot is storage.Store's.
func (s *Store) NewSnapshot() storage.Snapshot {
	root, err := s.freeze()
	if err != nil {
		return &snapshot{}
	}
	s.snapshots.Add(1)
	return &snapshot{store: s, root: root}
}

func (s *snapshot) view(number uint64) (*memstore.Tree, error) {
	v, ok := s.root.Get(number)
	if !ok {
		return nil, storage.ErrNotFound
	}
	v.owner.touch()
	return v.warm()
}

// Get is storage.Reader's.
func (s *snapshot) Get(key []byte) ([]byte, error) {
	if s.root == nil {
		return nil, storage.ErrClosed
	}
	t, err := s.view(s.store.Route.Key(key))
	if err != nil {
		return nil, err
	}
	return t.Get(key)
}

// NewIter is storage.Reader's.
func (s *snapshot) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if s.root == nil {
		return nil, storage.ErrClosed
	}
	number, one := s.store.Route.Range(o.Lower, o.Upper)
	if !one {
		return newMerged(s.root, o)
	}
	t, err := s.view(number)
	if errors.Is(err, storage.ErrNotFound) {
		t, err = new(memstore.Tree), nil
	}
	if err != nil {
		return nil, err
	}
	return t.NewIter(o), nil
}

// Close is io.Closer's.
func (s *snapshot) Close() error {
	if s.root == nil {
		return storage.ErrClosed
	}
	s.root = nil
	s.store.snapshots.Add(-1)
	return nil
}

// asBytes views s as bytes, which must not be modified.
func asBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

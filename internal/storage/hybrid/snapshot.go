package hybrid

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// snapshot is one of each half.
type snapshot struct {
	store  *Store
	home   storage.Snapshot
	memory storage.Snapshot // nil if there was nothing in memory
}

var _ storage.Snapshot = (*snapshot)(nil)

// NewSnapshot is storage.Store's.
func (s *Store) NewSnapshot() storage.Snapshot {
	if snap := s.ofHome(); snap != nil {
		return snap
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &snapshot{store: s, home: s.Home.NewSnapshot(), memory: (*s.memory.Load()).NewSnapshot()}
}

// ofHome is the snapshot while there is nothing in memory, nil otherwise.
func (s *Store) ofHome() *snapshot {
	if s.memory.Load() != nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.memory.Load() != nil {
		return nil
	}
	return &snapshot{store: s, home: s.Home.NewSnapshot()}
}

func (s *snapshot) half() storage.Reader {
	if s.memory == nil {
		return nil
	}
	return s.memory
}

// Get is storage.Reader's.
func (s *snapshot) Get(key []byte) ([]byte, error) {
	if s.home == nil {
		return nil, storage.ErrClosed
	}
	return s.store.get(key, s.home, s.half())
}

// NewIter is storage.Reader's.
func (s *snapshot) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if s.home == nil {
		return nil, storage.ErrClosed
	}
	return s.store.iterate(s.store.pieces(o), s.home, s.half())
}

// Close is io.Closer's.
func (s *snapshot) Close() error {
	if s.home == nil {
		return storage.ErrClosed
	}
	err := s.home.Close()
	if s.memory != nil {
		err = errors.Join(err, s.memory.Close())
	}
	s.home, s.memory = nil, nil
	return err
}

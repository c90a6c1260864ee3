package frontstore

import (
	"context"

	"github.com/orbit-server/orbit/internal/storage"
)

var (
	_ storage.Treed        = (*Store)(nil)
	_ storage.FileVerifier = (*Store)(nil)
	_ storage.Locator      = (*Store)(nil)
)

// Tree is storage.Treed's: Pebble's tree, with the tables and the journal before it.
func (s *Store) Tree() (storage.Tree, error) {
	t, err := s.inner.Tree()
	if err != nil {
		return t, err
	}
	s.mu.RLock()
	t.TableBytes += uint64(s.active.bytes)
	if s.frozen != nil {
		t.TableBytes += uint64(s.frozen.bytes)
	}
	s.mu.RUnlock()
	t.LogBytes = uint64(s.journal.bytes.Load())
	s.journal.mu.Lock()
	t.LogFiles = int64(len(s.journal.segments))
	s.journal.mu.Unlock()
	return t, nil
}

// Locate is storage.Locator's.
func (s *Store) Locate(key []byte) (storage.Place, error) {
	s.mu.RLock()
	_, _, inMemory := s.active.get(key)
	if !inMemory && s.frozen != nil {
		_, _, inMemory = s.frozen.get(key)
	}
	s.mu.RUnlock()
	p, err := s.inner.Locate(key)
	p.InMemory = inMemory
	return p, err
}

// VerifyFiles is storage.FileVerifier's. The journal was read when the store was opened.
func (s *Store) VerifyFiles(ctx context.Context, damaged func(error)) error {
	return s.inner.VerifyFiles(ctx, damaged)
}

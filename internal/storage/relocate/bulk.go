package relocate

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// NewBulk is storage.BulkLoader's. It fails with errors.ErrUnsupported where the
// home has no way for loads, and while the store moves.
func (s *Store) NewBulk() (storage.Bulk, error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	loader, ok := s.home.Load().Store.(storage.BulkLoader)
	if !ok || s.move != nil {
		return nil, errors.ErrUnsupported
	}
	b, err := loader.NewBulk()
	if err != nil {
		return nil, err
	}
	s.loads++
	return &load{Bulk: b, store: s}, nil
}

// load is a bulk load during which the store does not move.
type load struct {
	storage.Bulk
	store  *Store
	closed bool
}

func (l *load) Close() error {
	if !l.closed {
		l.closed = true
		defer func() {
			l.store.gate.Lock()
			l.store.loads--
			l.store.gate.Unlock()
		}()
	}
	return l.Bulk.Close()
}

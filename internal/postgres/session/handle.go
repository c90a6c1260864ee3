package session

import (
	"sync"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

// maxHandles bounds the handles kept; the cache starts over when it is full.
const maxHandles = 4096

// handleCache keeps the handles of relations with expression or partial indexes.
// A relation of the catalog is never modified, so its address is its identity.
type handleCache struct {
	mu sync.Mutex
	m  map[*catalog.Relation]*table.Handle
}

// handle gives the table handle of a relation with the evaluator of its indexes.
func (s *Session) handle(rel *catalog.Relation) (*table.Handle, error) {
	c := &s.m.handles
	c.mu.Lock()
	h := c.m[rel]
	c.mu.Unlock()
	if h != nil {
		return h, nil
	}
	h, err := s.prepare(s.tx.Catalog(), rel)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxHandles {
		c.m = make(map[*catalog.Relation]*table.Handle)
	}
	c.m[rel] = h
	return h, nil
}

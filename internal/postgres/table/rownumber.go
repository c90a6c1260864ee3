package table

import (
	"fmt"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// rowNumbers gives the hidden row numbers of tables without a primary key. They
// go on from the greatest in the store; numbers of rolled-back rows are not used
// again while the process lives.
type rowNumbers struct {
	mu   sync.Mutex
	next map[uint64]uint64 // by storage id
}

// take gives a storage id's next row number.
func (r *rowNumbers) take(store storage.Reader, id uint64) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.next[id]
	if !ok {
		last, err := lastRowNumber(store, id)
		if err != nil {
			return 0, err
		}
		if r.next == nil {
			r.next = make(map[uint64]uint64)
		}
		n = last + 1
	}
	r.next[id] = n + 1
	return n, nil
}

func (r *rowNumbers) forget(id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.next, id)
}

func lastRowNumber(store storage.Reader, id uint64) (n uint64, err error) {
	prefix := rowsPrefix(id)
	it, err := store.NewIter(storage.IterOptions{Lower: prefix, Upper: storage.PrefixEnd(prefix), KeysOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	if !it.Last() {
		return 0, it.Error()
	}
	n, rest, ok := decodeOrdered(it.Key()[len(prefix):], 0)
	if !ok || len(rest) > 0 {
		return 0, fmt.Errorf("table: row number %x: %w", it.Key(), storage.ErrCorrupt)
	}
	return n, nil
}

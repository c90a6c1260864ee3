package table

import (
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// collector removes the keys of storage ids that the catalog no longer names. The
// queue is in the store, written by the commit that dropped them; so nothing is
// forgotten, and nothing goes before. Open snapshots keep what they see.
type collector struct {
	wake chan struct{}
	mu   sync.Mutex
	// loading are ids that a running transaction fills: marked, but not garbage.
	loading map[uint64]int
}

func (c *collector) init() {
	c.wake = make(chan struct{}, 1)
	c.loading = make(map[uint64]int)
}

// signal tells the background work that there may be something.
func (c *collector) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *collector) protect(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loading[id]++
}

func (c *collector) unprotect(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loading[id]--; c.loading[id] <= 0 {
		delete(c.loading, id)
	}
}

func (c *collector) protected(id uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loading[id] > 0
}

// collect removes what is queued.
func (e *Engine) collect() error {
	ids, err := e.queued()
	if err != nil || len(ids) == 0 {
		return err
	}
	b := e.store.NewBatch()
	for _, id := range ids {
		prefix := rowsPrefix(id)
		if err := b.DeleteRange(prefix, storage.PrefixEnd(prefix)); err != nil {
			return err
		}
		for _, p := range []byte{prefixGarbage, prefixSequence, prefixStats} {
			if err := b.Delete(idKey(p, id)); err != nil {
				return err
			}
		}
		e.stats.forget(id)
		e.seqs.forget(id)
		e.rows.forget(id)
	}
	return e.applyAsync(b)
}

// queued lists the storage ids to remove.
func (e *Engine) queued() (ids []uint64, err error) {
	it, err := e.store.NewIter(storage.IterOptions{Lower: []byte{prefixGarbage}, Upper: []byte{prefixGarbage + 1}, KeysOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		id, err := decodeIDKey(it.Key())
		if err != nil {
			return nil, err
		}
		if !e.garbage.protected(id) {
			ids = append(ids, id)
		}
	}
	return ids, it.Error()
}

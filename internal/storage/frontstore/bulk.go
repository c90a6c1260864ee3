package frontstore

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// bulk is a storage.Bulk. What it takes becomes tables of Pebble's, past the journal and
// the table of recent writes: that has none of its keys, and so hides none.
type bulk struct {
	store  *Store
	writes unsorted
	err    error // of an Apply; nothing can be applied after it
}

var _ storage.BulkLoader = (*Store)(nil)

// NewBulk begins a load.
func (s *Store) NewBulk() (storage.Bulk, error) {
	if s.options.ReadOnly {
		return nil, errReadOnly
	}
	return &bulk{store: s}, nil
}

func (b *bulk) Set(key, value []byte) error { return b.writes.add(opSet, key, value) }

func (b *bulk) Delete(key []byte) error { return b.writes.add(opDelete, key, nil) }

// DeleteRange is none of a load's usual writes: it waits for all before it.
func (b *bulk) DeleteRange(lower, upper []byte) error {
	if lower == nil || upper == nil {
		return errOpenRange
	}
	if err := b.Apply(); err != nil {
		return err
	}
	batch := b.store.inner.NewBatch()
	if err := batch.DeleteRange(lower, upper); err != nil {
		return err
	}
	return b.store.moveBatch(batch)
}

func (b *bulk) Size() int { return b.writes.size }

// Apply uses all processors while it writes, and the load waits: what fills next to it
// would take as much memory again.
func (b *bulk) Apply() error {
	if b.err != nil || b.writes.size == 0 {
		return b.err
	}
	if b.err = b.store.enter(); b.err != nil {
		return b.err
	}
	defer b.store.life.RUnlock()
	if b.err = b.store.moveUnsorted(&b.writes); b.err == nil {
		b.writes.reset()
	}
	return b.err
}

// Close is storage.Bulk's.
func (b *bulk) Close() error {
	b.writes.sorting.Wait()
	b.writes = unsorted{}
	return nil
}

func (s *Store) moveUnsorted(writes *unsorted) error {
	// As in handOver: Pebble must not have what means nothing without writes that the
	// journal may lose.
	if err := s.journal.sync(); err != nil {
		return err
	}
	writes.sort()
	l := &load{store: s}
	err := l.write(writes.spans(spanBytes))
	if err == nil {
		err = l.move()
	}
	for _, t := range l.tables {
		if t != nil {
			err = errors.Join(err, t.Drop())
		}
	}
	return err
}

// spanBytes is the size of the ranges of keys that are written side by side.
const spanBytes = 16 << 20

// load are writes on their way into Pebble's tables.
type load struct {
	store  *Store
	tables []*pebblestore.Tables
	large  []keyValue // what cannot be in tables
}

type keyValue struct{ key, value []byte }

// write makes tables of the spans, by as many goroutines as there are processors.
func (l *load) write(spans []span) error {
	l.tables = make([]*pebblestore.Tables, len(spans))
	large, errs := make([][]keyValue, len(spans)), make([]error, len(spans))
	var next atomic.Int64
	var writers sync.WaitGroup
	for range min(len(spans), runtime.GOMAXPROCS(0)) {
		writers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(spans)); i = next.Add(1) - 1 {
				t := l.store.inner.NewTables()
				l.tables[i] = t
				errs[i] = spans[i].each(func(key, value []byte) error {
					if pebblestore.Ingestible(value) {
						return t.Write(key, value)
					}
					large[i] = append(large[i], keyValue{key, value})
					return nil
				})
			}
		})
	}
	writers.Wait()
	l.large = slices.Concat(large...)
	return errors.Join(errs...)
}

// move makes what was written visible. In what order does not matter: each key is
// written once.
func (l *load) move() error {
	if err := l.store.inner.Ingest(l.tables); err != nil {
		return err
	}
	m, ahead := l.store.newMover(), 0
	for _, w := range l.large {
		if err := m.write(w.key, w.value); err != nil {
			return err
		}
		// Pebble keeps batches in memory until they are tables.
		if ahead += len(w.value); ahead >= aheadBytes {
			if err := l.store.inner.Flush(); err != nil {
				return err
			}
			ahead = 0
		}
	}
	if err := m.end(); err != nil {
		return err
	}
	return l.store.inner.Flush()
}

// aheadBytes is how much of what goes in batches may wait for becoming tables.
const aheadBytes = 32 << 20

package table

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/storage"
)

// statistics are the row counts that the planner asks for: kept by commits,
// written to the store now and then. After a crash they lag by what was not yet
// written, which is good enough for estimates.
type statistics struct {
	mu   sync.RWMutex
	rows map[uint64]*rowCount // by table storage id
}

type rowCount struct {
	n     atomic.Int64
	saved int64 // guarded by mu
}

// rowDelta is by how much a transaction changes a table's row count.
type rowDelta struct {
	storage uint64
	rows    int64
}

// statisticsInterval is how often row counts are saved, if they have changed.
const statisticsInterval = 30 * time.Second

func (s *statistics) init() { s.rows = make(map[uint64]*rowCount) }

func (s *statistics) get(id uint64) *rowCount {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rows[id]
}

func (s *statistics) add(deltas []rowDelta) {
	for _, d := range deltas {
		if d.rows == 0 {
			continue
		}
		c := s.get(d.storage)
		if c == nil {
			s.mu.Lock()
			if c = s.rows[d.storage]; c == nil {
				c = new(rowCount)
				s.rows[d.storage] = c
			}
			s.mu.Unlock()
		}
		c.n.Add(d.rows)
	}
}

func (s *statistics) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, id)
}

// countRows notes rows that the transaction adds or takes.
func (tx *Tx) countRows(id uint64, n int64) {
	for i := range tx.deltas {
		if tx.deltas[i].storage == id {
			tx.deltas[i].rows += n
			return
		}
	}
	tx.deltas = append(tx.deltas, rowDelta{id, n})
}

func (e *Engine) loadStatistics() (err error) {
	it, err := e.store.NewIter(storage.IterOptions{Lower: []byte{prefixStats}, Upper: []byte{prefixStats + 1}})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		id, err := decodeIDKey(it.Key())
		if err != nil {
			return err
		}
		v, err := it.Value()
		if err != nil {
			return err
		}
		n, size := binary.Varint(v)
		if size <= 0 {
			return fmt.Errorf("table: row count of %d: %w", id, storage.ErrCorrupt)
		}
		if id&pinnedBit != 0 && e.o.HasRows != nil && !e.o.HasRows(id) {
			n = 0
		}
		c := &rowCount{saved: n}
		c.n.Store(n)
		e.stats.rows[id] = c
	}
	return it.Error()
}

// saveStatistics writes the row counts that changed.
func (e *Engine) saveStatistics() error {
	b := e.store.NewBatch()
	e.stats.mu.Lock()
	for id, c := range e.stats.rows {
		n := c.n.Load()
		if n == c.saved {
			continue
		}
		if err := b.Set(idKey(prefixStats, id), binary.AppendVarint(nil, n)); err != nil {
			e.stats.mu.Unlock()
			return err
		}
		c.saved = n
	}
	e.stats.mu.Unlock()
	if b.Len() == 0 {
		return b.Close()
	}
	return e.applyAsync(b)
}

// RowEstimate is about how many rows a table has, by the commits so far and the
// transaction's own changes.
func (tx *Tx) RowEstimate(rel *catalog.Relation) float64 {
	var n int64
	if c := tx.e.stats.get(rel.Storage); c != nil {
		n = c.n.Load()
	}
	for _, d := range tx.deltas {
		if d.storage == rel.Storage {
			n += d.rows
		}
	}
	return float64(max(n, 0))
}

// DistinctEstimate is about how many distinct values the first prefix key columns
// of an index have. Without collected statistics it is a guess: a unique index is
// distinct in full and by its share of columns in part; of another, PostgreSQL's
// default of 200 values, or a tenth of the rows if that is more.
func (tx *Tx) DistinctEstimate(rel *catalog.Relation, index *catalog.Index, prefix int) float64 {
	rows := tx.RowEstimate(rel)
	k := len(index.Keys)
	if prefix <= 0 || k == 0 || rows <= 1 {
		return min(rows, 1)
	}
	full := rows
	if !index.Unique {
		full = min(rows, max(200, rows/10))
	}
	return math.Pow(full, float64(min(prefix, k))/float64(k))
}

// Size is about how many bytes a relation takes, without or with its indexes.
func (tx *Tx) Size(rel *catalog.Relation, indexes bool) (int64, error) {
	ids := []uint64{rel.Storage}
	if indexes {
		for _, i := range rel.Indexes {
			if !slices.Contains(ids, i.Storage) {
				ids = append(ids, i.Storage)
			}
		}
	}
	var sum int64
	for _, id := range ids {
		n, err := tx.StorageSize(id)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// StorageSize is about how many bytes the keys of a storage id take.
func (tx *Tx) StorageSize(id uint64) (int64, error) {
	prefix := rowsPrefix(id)
	n, err := tx.e.store.EstimateSize(prefix, storage.PrefixEnd(prefix))
	return int64(n), err
}

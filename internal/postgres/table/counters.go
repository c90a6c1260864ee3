package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// counters give numbers that are never given twice: OIDs, storage ids, xids. Each
// reserves a block in the store and hands it out from memory; what a crash leaves
// of a block is lost. The reservation need not be waited for: whatever commit
// uses a number comes after it in the log, so that both survive or neither.
type counters struct {
	oid, storage, xid counter
}

// counter is one of them.
type counter struct {
	mu    sync.Mutex
	name  string
	next  uint64
	limit uint64 // first number that is not reserved
	block uint64
}

// firstXID is FirstNormalTransactionId.
const firstXID = 3

func (e *Engine) loadCounters() error {
	for _, c := range []struct {
		c     *counter
		name  string
		first uint64
		block uint64
	}{
		{&e.counters.oid, metaOID, uint64(catalog.FirstUserOID), 64},
		{&e.counters.storage, metaStorage, 1, 64},
		{&e.counters.xid, metaXID, firstXID, 65536},
	} {
		v, err := e.store.Get(metaKey(c.name))
		switch {
		case errors.Is(err, storage.ErrNotFound):
			c.c.next = c.first
		case err != nil:
			return err
		case len(v) != 8:
			return fmt.Errorf("table: counter %s: %w", c.name, storage.ErrCorrupt)
		default:
			c.c.next = binary.BigEndian.Uint64(v)
		}
		c.c.name, c.c.block, c.c.limit = c.name, c.block, c.c.next
	}
	return nil
}

// take gives the next number.
func (e *Engine) take(c *counter) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == c.limit {
		b := e.store.NewBatch()
		if err := b.Set(metaKey(c.name), binary.BigEndian.AppendUint64(nil, c.next+c.block)); err != nil {
			return 0, err
		}
		if err := e.applyAsync(b); err != nil {
			return 0, err
		}
		c.limit = c.next + c.block
	}
	v := c.next
	c.next++
	return v, nil
}

// NewOID gives an OID that no object has had. One that is not used is lost.
func (tx *Tx) NewOID() (types.OID, error) {
	v, err := tx.e.take(&tx.e.counters.oid)
	if err == nil && v > 1<<32-1 {
		return 0, errors.New("table: OIDs are used up")
	}
	return types.OID(v), err
}

// NewStorageID names new keys for a relation, index or sequence. Those of a pinned
// table and its indexes lie in the range of keys that stays in memory.
func (tx *Tx) NewStorageID(pinned bool) (uint64, error) {
	id, err := tx.e.take(&tx.e.counters.storage)
	if pinned {
		id |= pinnedBit
	}
	if err == nil {
		tx.noteNewStorage(id)
	}
	return id, err
}

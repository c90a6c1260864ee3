package table

import (
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// bulkLoad is how a transaction fills storage that it made itself: a new table,
// a truncated one, a new index. Nobody else knows the storage id before the
// commit, so the rows need not wait in memory for it: they go to the store in
// batches as they come. A mark under prefixGarbage goes with the first of them and
// leaves with the commit, so that neither a rollback nor a crash lets them stay.
//
// It is for READ COMMITTED, whose statements' snapshots see these rows, and for
// as long as no savepoint is open that is younger than the storage: rows in the
// store cannot be rolled back by parts.
type bulkLoad struct {
	fresh []freshStorage
	// overlay holds the rows that are on their way, below the transaction's own.
	overlay *storage.Overlay
	batch   storage.Batch
	pending storage.Pending
}

// freshStorage is a storage id that the transaction took.
type freshStorage struct {
	id    uint64
	depth int  // savepoints open when it was taken
	used  bool // rows went to the store, and a mark
	// top is the greatest unique key written.
	top []byte
}

// bulkBytes is how much is collected before it goes to the store.
const bulkBytes = 4 << 20

func (b *bulkLoad) used() bool { return b.overlay != nil }

func (tx *Tx) noteNewStorage(id uint64) {
	tx.bulk.fresh = append(tx.bulk.fresh, freshStorage{id: id, depth: len(tx.savepoints)})
}

// freshStorage is what the transaction notes of a storage id that it took itself,
// nil of another.
func (tx *Tx) freshStorage(id uint64) *freshStorage {
	for i := range tx.bulk.fresh {
		if tx.bulk.fresh[i].id == id {
			return &tx.bulk.fresh[i]
		}
	}
	return nil
}

// writer is where new rows and entries of a storage id go.
func (tx *Tx) writer(id uint64) (storage.Writer, error) {
	f := tx.freshStorage(id)
	if f == nil || tx.isolation != ReadCommitted || len(tx.savepoints) > f.depth {
		return &tx.own, nil
	}
	if tx.bulk.overlay == nil {
		tx.bulk.overlay = storage.NewOverlay(tx.e.store)
		tx.own.SetBase(tx.bulk.overlay)
	}
	if !f.used {
		f.used = true
		tx.e.garbage.protect(id)
		if err := tx.bulk.overlay.Set(idKey(prefixGarbage, id), nil); err != nil {
			return nil, err
		}
	}
	if tx.bulk.overlay.Size() > bulkBytes {
		if err := tx.flushBulk(); err != nil {
			return nil, err
		}
	}
	return tx.bulk.overlay, nil
}

// flushBulk hands the collected rows to the store. The statement's snapshot is
// taken before, so that it keeps not seeing what the statement wrote.
func (tx *Tx) flushBulk() error {
	o := tx.bulk.overlay
	if o == nil || o.Len() == 0 {
		return nil
	}
	tx.snapshot()
	if err := tx.finishBulk(); err != nil {
		return err
	}
	b := tx.e.store.NewBatch()
	if err := o.WriteTo(b); err != nil {
		return err
	}
	p, err := tx.e.apply(b)
	if err != nil {
		return err
	}
	tx.bulk.batch, tx.bulk.pending = b, p
	o.Reset()
	return nil
}

// finishBulk waits for the batch before: one at a time is on its way to the disk.
func (tx *Tx) finishBulk() error {
	p, b := tx.bulk.pending, tx.bulk.batch
	if p == nil {
		return nil
	}
	tx.bulk.pending, tx.bulk.batch = nil, nil
	if err := finish(p, b); err != nil {
		tx.e.fail(err)
		return ioError(err)
	}
	return nil
}

// keepFresh lets the commit keep what was loaded, except what it has dropped
// again, and queues what else it leaves behind.
func (tx *Tx) keepFresh() error {
	for _, f := range tx.bulk.fresh {
		if f.used {
			if err := tx.own.Delete(idKey(prefixGarbage, f.id)); err != nil {
				return err
			}
		}
	}
	for _, id := range tx.ddl.garbage {
		if err := tx.own.Set(idKey(prefixGarbage, id), nil); err != nil {
			return err
		}
	}
	return nil
}

// releaseFresh lets the collector have what was loaded and is still marked:
// all of it after a rollback, what was dropped again after a commit.
func (tx *Tx) releaseFresh() {
	if tx.bulk.overlay != nil {
		tx.bulk.overlay.Reset()
		tx.own.SetBase(tx.e.store)
	}
	if err := tx.finishBulk(); err != nil {
		tx.e.fail(err)
	}
	wake := len(tx.ddl.garbage) > 0
	for _, f := range tx.bulk.fresh {
		if f.used {
			tx.e.garbage.unprotect(f.id)
			wake = true
		}
	}
	tx.bulk = bulkLoad{}
	if wake {
		tx.e.garbage.signal()
	}
}

// abandonFresh is releaseFresh for the storage taken since a savepoint. What was
// loaded goes when the transaction ends.
func (tx *Tx) abandonFresh(depth int) {
	for i := range tx.bulk.fresh {
		// A storage id made since is out of the catalog; dropping it at commit
		// is the same as having dropped its table.
		if f := &tx.bulk.fresh[i]; f.depth >= depth && f.used {
			tx.ddl.garbage = append(slices.Clip(tx.ddl.garbage), f.id)
		}
	}
}

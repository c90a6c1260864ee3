package pebblestore

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// maxBatchBytes bounds a batch; Pebble panics at four times as much.
const maxBatchBytes = 1 << 30

// Errors of batches that are misused or too large.
var (
	errForeignBatch = errors.New("pebblestore: batch of another store")
	errApplied      = errors.New("pebblestore: the batch was applied before")
	errOpenRange    = errors.New("pebblestore: a range delete needs both bounds")
	errBatchSize    = errors.New("pebblestore: the batch exceeds 1 GiB")
)

// batch collects writes in Pebble's own form. Applied, it is its own Pending.
type batch struct {
	store   *Store
	b       *pebble.Batch
	n       int
	applied bool
	synced  bool // Wait has a commit to wait for
	change  change
}

var (
	_ storage.Batch   = (*batch)(nil)
	_ storage.Pending = (*batch)(nil)
)

// Reserve is storage.Reserver's.
func (b *batch) Reserve(bytes int) {
	if b.n > 0 || b.applied {
		return
	}
	roomy := b.store.db.NewBatchWithSize(min(bytes, maxBatchBytes))
	if err := b.b.Close(); err == nil {
		b.b = roomy
	}
}

func (b *batch) Set(key, value []byte) error {
	if err := b.room(key, value); err != nil {
		return err
	}
	b.n++
	return b.b.Set(whole(key), value, nil)
}

func (b *batch) Delete(key []byte) error {
	if err := b.room(key, nil); err != nil {
		return err
	}
	b.n++
	return b.b.Delete(whole(key), nil)
}

func (b *batch) DeleteRange(lower, upper []byte) error {
	if lower == nil || upper == nil {
		return errOpenRange
	}
	if err := b.room(lower, upper); err != nil {
		return err
	}
	if string(lower) >= string(upper) {
		return nil
	}
	b.n++
	return b.b.DeleteRange(stored(lower), stored(upper), nil)
}

func (b *batch) room(key, value []byte) error {
	if b.applied {
		return errApplied
	}
	if b.b.Len()+len(key)+len(value) > maxBatchBytes {
		return errBatchSize
	}
	return nil
}

func (b *batch) WriteTo(w storage.Writer) error {
	for r := b.b.Reader(); ; {
		kind, key, value, ok, err := r.Next()
		if err != nil || !ok {
			return corrupt(err)
		}
		switch kind {
		case pebble.InternalKeyKindSet:
			err = w.Set(given(key), value)
		case pebble.InternalKeyKindDelete:
			err = w.Delete(given(key))
		case pebble.InternalKeyKindRangeDelete:
			err = w.DeleteRange(given(key), given(value))
		}
		if err != nil {
			return err
		}
	}
}

func (b *batch) Len() int  { return b.n }
func (b *batch) Size() int { return b.b.Len() }

func (b *batch) Reset() {
	b.settled()
	b.b.Reset()
	b.n, b.applied, b.synced = 0, false, false
	b.change.reset()
}

func (b *batch) Close() error {
	if b.b == nil {
		return storage.ErrClosed
	}
	b.settled()
	err := b.b.Close()
	b.b = nil
	b.applied = true
	return err
}

// settled returns when Pebble's log no longer refers to the batch. Normally Wait
// has seen to it; a caller that gave up before must not get a batch that the log
// still writes to.
func (b *batch) settled() {
	if b.synced {
		// Nobody waits for this commit any more; later ones report the failure.
		_ = b.b.SyncWait()
		b.synced = false
	}
}

// Wait implements storage.Pending.
func (b *batch) Wait() error {
	if b.synced {
		if err := b.b.SyncWait(); err != nil {
			return err
		}
	} else if b.applied && b.store.Durability() != storage.No {
		if err := b.store.Flush(); err != nil { // it was applied before the level rose
			return err
		}
	}
	// Asked for last: a failed write or sync of the log is noted before Pebble
	// takes it for done.
	return b.store.wal.failure()
}

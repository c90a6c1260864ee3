package frontstore

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// maxBatchBytes bounds a batch.
const maxBatchBytes = 1 << 30

// Errors of batches that are misused, too large or damaged.
var (
	errForeignBatch = errors.New("frontstore: batch of another store")
	errApplied      = errors.New("frontstore: the batch was applied before")
	errOpenRange    = errors.New("frontstore: a range delete needs both bounds")
	errBatchSize    = errors.New("frontstore: the batch exceeds 1 GiB")
	errDecode       = errors.New("frontstore: a record of the journal does not decode")
)

// The kinds of writes in a record. Each is followed by the key, and opSet and
// opDeleteRange by the value or upper bound, with their lengths before them. The
// numbers are stored.
const (
	opSet         = 1
	opDelete      = 2
	opDeleteRange = 3
)

// batch collects writes in the form of a journal record, with room for the
// record's header before them. Applied, it is its own Pending.
type batch struct {
	store   *Store
	record  []byte
	n       int
	applied bool
	kept    bool   // a table has a value that lies in record
	end     uint64 // where its record ends in the journal
}

var (
	_ storage.Batch    = (*batch)(nil)
	_ storage.Pending  = (*batch)(nil)
	_ storage.Reserver = (*batch)(nil)
)

// Reserve is storage.Reserver's.
func (b *batch) Reserve(bytes int) {
	if b.n == 0 && b.store != nil {
		b.record = slices.Grow(b.record, min(bytes, maxBatchBytes))
	}
}

func (b *batch) Set(key, value []byte) error { return b.add(opSet, key, value) }

func (b *batch) Delete(key []byte) error { return b.add(opDelete, key, nil) }

func (b *batch) DeleteRange(lower, upper []byte) error {
	if lower == nil || upper == nil {
		return errOpenRange
	}
	if string(lower) >= string(upper) {
		return nil
	}
	return b.add(opDeleteRange, lower, upper)
}

func (b *batch) add(op byte, key, value []byte) error {
	switch {
	case b.store == nil:
		return storage.ErrClosed
	case b.applied:
		return errApplied
	case len(b.record)+len(key)+len(value) > maxBatchBytes:
		return errBatchSize
	}
	b.record = appendWrite(b.record, op, key, value)
	b.n++
	return nil
}

// appendWrite appends a write as eachWrite reads it.
func appendWrite(r []byte, op byte, key, value []byte) []byte {
	r = append(r, op)
	r = binary.AppendUvarint(r, uint64(len(key)))
	r = append(r, key...)
	if op != opDelete {
		r = binary.AppendUvarint(r, uint64(len(value)))
		r = append(r, value...)
	}
	return r
}

func (b *batch) WriteTo(w storage.Writer) error {
	var failed error
	err := eachWrite(b.record[recordHeader:], func(op byte, key, value []byte) {
		if failed != nil {
			return
		}
		switch op {
		case opSet:
			failed = w.Set(key, value)
		case opDelete:
			failed = w.Delete(key)
		default:
			failed = w.DeleteRange(key, value)
		}
	})
	return errors.Join(failed, err)
}

func (b *batch) Len() int  { return b.n }
func (b *batch) Size() int { return len(b.record) - recordHeader }

func (b *batch) Reset() {
	if b.kept {
		b.record = make([]byte, 0, 512)
	}
	b.record = b.record[:recordHeader]
	b.n, b.applied, b.kept, b.end = 0, false, false, 0
}

func (b *batch) Close() error {
	if b.store == nil {
		return storage.ErrClosed
	}
	*b = batch{}
	return nil
}

// Wait implements storage.Pending.
func (b *batch) Wait() error {
	if b.store.Durability() == storage.Always {
		return b.store.journal.syncTo(b.end)
	}
	return b.store.journal.failure()
}

// eachWrite calls f for the writes in the body of a record, until it fails. The
// slices are the body's; value is nil for opDelete only.
func eachWrite(body []byte, f func(op byte, key, value []byte)) error {
	for len(body) > 0 {
		op := body[0]
		key, rest, ok := cutBytes(body[1:])
		var value []byte
		if ok && op != opDelete {
			value, rest, ok = cutBytes(rest)
		}
		if !ok || op < opSet || op > opDeleteRange {
			return errDecode
		}
		f(op, key, value)
		body = rest
	}
	return nil
}

// cutBytes takes bytes with their length before them off b. They are not nil.
func cutBytes(b []byte) (cut, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	end := size + int(n)
	return b[size:end:end], b[end:], true
}

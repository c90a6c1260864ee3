package memstore

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

var (
	errApplied   = errors.New("memstore: the batch was applied before")
	errOpenRange = errors.New("memstore: a range delete needs both bounds")
)

// OpKind says what a write does.
type OpKind uint8

// The kinds of writes.
const (
	OpSet OpKind = iota
	OpDelete
	OpDeleteRange
)

// Op is one write. A range delete keeps its upper bound in Value. The key is the
// batch's: whoever keeps it makes a copy.
type Op struct {
	Kind  OpKind
	Key   string
	Value []byte
}

// opOverhead is what a write counts beyond its key and value in Size.
const opOverhead = 16

// Batch is a list of writes. Whoever applies them takes over the values, so Reset
// reuses the list and the memory of the keys only: most are there already in the
// tree that they go to. The zero Batch is empty.
type Batch struct {
	ops     []Op
	keys    []byte
	size    int
	applied bool
}

var (
	_ storage.Batch  = (*Batch)(nil)
	_ storage.Keeper = (*Batch)(nil)
)

// Set is storage.Writer's.
func (b *Batch) Set(key, value []byte) error {
	v := make([]byte, len(value))
	copy(v, value)
	return b.Keep(key, v)
}

// Keep is storage.Keeper's.
func (b *Batch) Keep(key, value []byte) error {
	b.add(Op{OpSet, b.keep(key), value})
	return nil
}

// Delete is storage.Writer's.
func (b *Batch) Delete(key []byte) error {
	b.add(Op{OpDelete, b.keep(key), nil})
	return nil
}

// DeleteRange is storage.Writer's.
func (b *Batch) DeleteRange(lower, upper []byte) error {
	if lower == nil || upper == nil {
		return errOpenRange
	}
	b.add(Op{OpDeleteRange, b.keep(lower), append([]byte{}, upper...)})
	return nil
}

// keep copies a key to the batch's memory for them.
func (b *Batch) keep(key []byte) string {
	from := len(b.keys)
	b.keys = append(b.keys, key...)
	return asString(b.keys[from:])
}

// keptKeys is how many bytes of keys stay reserved.
const keptKeys = 64 << 10

func (b *Batch) add(o Op) {
	b.ops = append(b.ops, o)
	b.size += len(o.Key) + len(o.Value) + opOverhead
}

// Take returns the writes for a store to apply; the second time it is an error.
func (b *Batch) Take() ([]Op, error) {
	if b.applied {
		return nil, errApplied
	}
	b.applied = true
	return b.ops, nil
}

// WriteTo is storage.Batch's.
func (b *Batch) WriteTo(w storage.Writer) error {
	for i := range b.ops {
		if err := b.ops[i].WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}

// WriteTo makes the write to w.
func (o *Op) WriteTo(w storage.Writer) error {
	switch o.Kind {
	case OpSet:
		return w.Set([]byte(o.Key), o.Value)
	case OpDelete:
		return w.Delete([]byte(o.Key))
	default:
		return w.DeleteRange([]byte(o.Key), o.Value)
	}
}

// Len is the number of writes.
func (b *Batch) Len() int { return len(b.ops) }

// Size is the approximate number of bytes they take.
func (b *Batch) Size() int { return b.size }

// Reset empties the batch for reuse.
func (b *Batch) Reset() {
	clear(b.ops)
	b.ops, b.size, b.applied = b.ops[:0], 0, false
	if b.keys = b.keys[:0]; cap(b.keys) > keptKeys {
		b.keys = nil
	}
}

// Close releases the batch.
func (b *Batch) Close() error {
	*b = Batch{}
	return nil
}

package memstore

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

var (
	errApplied   = errors.New("memstore: the batch was applied before")
	errOpenRange = errors.New("memstore: a range delete needs both bounds")
)

type opKind uint8

const (
	opSet opKind = iota
	opDelete
	opDeleteRange
)

// op is one write. A range delete keeps its upper bound in value.
type op struct {
	kind  opKind
	key   string
	value []byte
}

// batch is a list of writes. The store takes over the slices at Apply, so Reset
// reuses the list only.
type batch struct {
	ops     []op
	size    int
	applied bool
}

var _ storage.Batch = (*batch)(nil)

func (b *batch) Set(key, value []byte) error {
	v := make([]byte, len(value))
	copy(v, value)
	b.add(op{opSet, string(key), v})
	return nil
}

func (b *batch) Delete(key []byte) error {
	b.add(op{opDelete, string(key), nil})
	return nil
}

func (b *batch) DeleteRange(lower, upper []byte) error {
	if lower == nil || upper == nil {
		return errOpenRange
	}
	b.add(op{opDeleteRange, string(lower), append([]byte(nil), upper...)})
	return nil
}

func (b *batch) add(o op) {
	b.ops = append(b.ops, o)
	b.size += len(o.key) + len(o.value) + 16
}

func (b *batch) Len() int  { return len(b.ops) }
func (b *batch) Size() int { return b.size }

func (b *batch) Reset() {
	clear(b.ops)
	b.ops, b.size, b.applied = b.ops[:0], 0, false
}

func (b *batch) Close() error {
	*b = batch{}
	return nil
}

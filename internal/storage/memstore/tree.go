package memstore

import (
	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/storage"
)

// Tree is an ordered map from keys to values whose copies cost nothing: a copy
// and its origin share what neither has changed since. It may be read from many
// goroutines, but not while one writes. The zero Tree is empty.
type Tree struct {
	entries btree.Map[string, []byte]
	bytes   int64
}

// Copy returns a tree with the same entries. Both may be written to from then on;
// the origin may meanwhile be read, but not copied or written to.
func (t *Tree) Copy() *Tree {
	return &Tree{entries: *t.entries.Copy(), bytes: t.bytes}
}

// Get returns the value of key, which the caller may keep but not modify.
func (t *Tree) Get(key []byte) ([]byte, error) {
	if value, ok := t.entries.Get(asString(key)); ok {
		return value, nil
	}
	return nil, storage.ErrNotFound
}

// NewIter walks the tree, which must not be written to until the iterator is
// closed.
func (t *Tree) NewIter(o storage.IterOptions) storage.Iterator {
	return &iterator{iter: t.entries.Iter(), lower: asString(o.Lower), upper: asString(o.Upper), topped: o.Upper != nil}
}

// Len is the number of keys.
func (t *Tree) Len() int { return t.entries.Len() }

// Bytes is the size of all keys and values.
func (t *Tree) Bytes() int64 { return t.bytes }

// Size is the size of the keys in [lower, upper) and their values; nil bounds are
// open.
func (t *Tree) Size(lower, upper []byte) uint64 {
	if lower == nil && upper == nil {
		return uint64(t.bytes)
	}
	var size uint64
	t.entries.Ascend(string(lower), func(key string, value []byte) bool {
		if upper != nil && key >= string(upper) {
			return false
		}
		size += uint64(len(key) + len(value))
		return true
	})
	return size
}

// Apply makes the batch's writes, in order. The tree takes over their slices.
func (t *Tree) Apply(ops []Op) {
	for i := range ops {
		t.write(&ops[i])
	}
}

func (t *Tree) write(o *Op) {
	switch o.Kind {
	case OpSet:
		old, replaced := t.entries.Set(o.Key, o.Value)
		if replaced {
			t.bytes -= int64(len(old))
		} else {
			t.bytes += int64(len(o.Key))
		}
		t.bytes += int64(len(o.Value))
	case OpDelete:
		t.remove(o.Key)
	case OpDeleteRange:
		t.removeRange(o.Key, string(o.Value))
	}
}

func (t *Tree) remove(key string) {
	if old, found := t.entries.Delete(key); found {
		t.bytes -= int64(len(key) + len(old))
	}
}

func (t *Tree) removeRange(lower, upper string) {
	first, _, ok := t.entries.Min()
	if !ok || lower >= upper {
		return
	}
	if last, _, _ := t.entries.Max(); lower <= first && last < upper {
		t.entries.Clear()
		t.bytes = 0
		return
	}
	var gone []string
	t.entries.Ascend(lower, func(key string, _ []byte) bool {
		if key >= upper {
			return false
		}
		gone = append(gone, key)
		return true
	})
	for _, key := range gone {
		t.remove(key)
	}
}

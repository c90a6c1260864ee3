package memstore

import (
	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/storage"
)

// Tree is an ordered map from keys to values whose copies cost nothing: a copy
// and its origin share what neither has changed since. It may be read from many
// goroutines, but not while one writes. The zero Tree is empty.
//
// Order costs a walk over several nodes, and point reads and writes do not ask for
// it. So the tree that is written to has a hash table of its entries too, and a
// write that replaces the value of an entry that no other tree shares stays out of
// the nodes.
type Tree struct {
	entries btree.Map[string, *entry]
	// index finds what is in entries; only the newest of a line of copies has it.
	index map[string]*entry
	// version is one more than that of the tree this one is a copy of.
	version uint64
	bytes   int64
}

// Copy returns a tree with the same entries, to be written to. The origin may be
// read from then on, also meanwhile, but neither copied nor written to.
func (t *Tree) Copy() *Tree {
	c := &Tree{entries: *t.entries.Copy(), index: t.index, version: t.version + 1, bytes: t.bytes}
	t.index = nil
	return c
}

// Get returns the value of key, which the caller may keep but not modify. A copy may
// be made meanwhile.
func (t *Tree) Get(key []byte) ([]byte, error) {
	if e, ok := t.entries.Get(asString(key)); ok {
		return e.value, nil
	}
	return nil, storage.ErrNotFound
}

// Find is Get for whoever keeps others from copying the tree meanwhile; it is quicker
// on the newest copy.
func (t *Tree) Find(key []byte) ([]byte, error) {
	if t.index == nil {
		return t.Get(key)
	}
	if e, ok := t.index[asString(key)]; ok {
		return e.value, nil
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
	t.entries.Ascend(string(lower), func(key string, e *entry) bool {
		if upper != nil && key >= string(upper) {
			return false
		}
		size += uint64(len(key) + len(e.value))
		return true
	})
	return size
}

// Apply makes the batch's writes, in order. The tree takes over their values.
func (t *Tree) Apply(ops []Op) {
	for i := range ops {
		t.write(&ops[i])
	}
}

func (t *Tree) write(o *Op) {
	switch o.Kind {
	case OpSet:
		t.set(o.Key, o.Value)
	case OpDelete:
		t.remove(o.Key)
	case OpDeleteRange:
		t.removeRange(o.Key, string(o.Value))
	}
}

// Set puts key to value, which the tree takes over.
func (t *Tree) Set(key, value []byte) { t.set(asString(key), value) }

func (t *Tree) set(key string, value []byte) {
	old := t.index[key]
	if old != nil && old.version == t.version {
		t.bytes += int64(len(value) - len(old.value))
		old.value = value
		return
	}
	e, key := newEntry(key, t.version)
	e.value = value
	if old == nil {
		t.bytes += int64(len(key) + len(value))
	} else {
		t.bytes += int64(len(value) - len(old.value))
	}
	t.entries.Set(key, e)
	if t.index == nil {
		t.index = make(map[string]*entry)
	}
	t.index[key] = e
}

func (t *Tree) remove(key string) {
	old := t.index[key]
	if old == nil {
		return
	}
	t.entries.Delete(key)
	delete(t.index, key)
	t.bytes -= int64(len(key) + len(old.value))
}

func (t *Tree) removeRange(lower, upper string) {
	first, _, ok := t.entries.Min()
	if !ok || lower >= upper {
		return
	}
	if last, _, _ := t.entries.Max(); lower <= first && last < upper {
		t.entries.Clear()
		t.index, t.bytes = nil, 0
		return
	}
	var gone []string
	t.entries.Ascend(lower, func(key string, _ *entry) bool {
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

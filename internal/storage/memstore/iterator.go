package memstore

import (
	"unsafe"

	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/storage"
)

// snapshot is a frozen tree; without one it is closed.
type snapshot struct{ tree *Tree }

var _ storage.Snapshot = (*snapshot)(nil)

func (s *snapshot) Get(key []byte) ([]byte, error) {
	if s.tree == nil {
		return nil, storage.ErrClosed
	}
	return s.tree.Get(key)
}

func (s *snapshot) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if s.tree == nil {
		return nil, storage.ErrClosed
	}
	return s.tree.NewIter(o), nil
}

func (s *snapshot) Close() error {
	if s.tree == nil {
		return storage.ErrClosed
	}
	s.tree = nil
	return nil
}

// iterator walks a frozen tree within its bounds.
type iterator struct {
	iter   btree.MapIter[string, *entry]
	lower  string
	upper  string
	topped bool // upper counts
	valid  bool
	closed bool
}

var _ storage.Iterator = (*iterator)(nil)

func (it *iterator) First() bool { return it.seekGE(it.lower) }

func (it *iterator) SeekGE(key []byte) bool { return it.seekGE(max(asString(key), it.lower)) }

func (it *iterator) Last() bool {
	if it.topped {
		return it.seekLT(it.upper)
	}
	return it.land(!it.closed && it.iter.Last())
}

func (it *iterator) SeekLT(key []byte) bool {
	k := asString(key)
	if it.topped {
		k = min(k, it.upper)
	}
	return it.seekLT(k)
}

func (it *iterator) Next() bool { return it.valid && it.land(it.iter.Next()) }

func (it *iterator) Prev() bool { return it.valid && it.land(it.iter.Prev()) }

func (it *iterator) Valid() bool { return it.valid }

func (it *iterator) Key() []byte {
	k := it.iter.Key()
	return unsafe.Slice(unsafe.StringData(k), len(k))
}

func (it *iterator) Value() ([]byte, error) { return it.iter.Value().value, nil }

func (it *iterator) Error() error {
	if it.closed {
		return storage.ErrClosed
	}
	return nil
}

func (it *iterator) Close() error {
	if it.closed {
		return storage.ErrClosed
	}
	*it = iterator{closed: true}
	return nil
}

func (it *iterator) seekGE(key string) bool {
	return it.land(!it.closed && it.iter.Seek(key))
}

func (it *iterator) seekLT(key string) bool {
	if it.closed {
		return false
	}
	if it.iter.Seek(key) {
		return it.land(it.iter.Prev())
	}
	return it.land(it.iter.Last())
}

// land says whether the tree's iterator stands on a key within the bounds.
func (it *iterator) land(ok bool) bool {
	if ok {
		k := it.iter.Key()
		ok = k >= it.lower && (!it.topped || k < it.upper)
	}
	it.valid = ok
	return ok
}

// asString views b as a string; b must not change while the string lives.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

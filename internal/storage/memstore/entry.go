package memstore

import (
	"strings"
	"unsafe"
)

// entry is the value of a key. An entry of an earlier version than its tree's is shared
// with copies of the tree and must not change.
type entry struct {
	value   []byte
	version uint64
}

// Whoever finds a key by its hash has its bytes compared and then asks for its entry:
// two places in memory that are in no cache, unless they are one. So short keys lie
// behind their entry, in one allocation of a size that the runtime has.
type (
	entry16 struct {
		entry
		key [16]byte
	}
	entry32 struct {
		entry
		key [32]byte
	}
	entry64 struct {
		entry
		key [64]byte
	}
)

// newEntry returns an entry without a value and a copy of its key, which lives as long
// as either is looked at.
func newEntry(key string, version uint64) (*entry, string) {
	n := len(key)
	switch {
	case n <= 16:
		e := &entry16{entry: entry{version: version}}
		copy(e.key[:], key)
		return &e.entry, unsafe.String(&e.key[0], n)
	case n <= 32:
		e := &entry32{entry: entry{version: version}}
		copy(e.key[:], key)
		return &e.entry, unsafe.String(&e.key[0], n)
	case n <= 64:
		e := &entry64{entry: entry{version: version}}
		copy(e.key[:], key)
		return &e.entry, unsafe.String(&e.key[0], n)
	}
	return &entry{version: version}, strings.Clone(key)
}

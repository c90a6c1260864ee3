package frontstore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// unsorted collects many writes in the form of a record's body and sorts them later.
//
// Comparing whole keys would cost most of the time, for each comparison reads two of
// them from anywhere in memory. So writes are sorted by eight bytes behind what all
// keys of their kind have in common, kinds being told by the first byte, and keys are
// looked at only where those bytes are the same.
type unsorted struct {
	body  []byte
	kinds [256]kind
}

// kind are the writes of keys with one first byte.
type kind struct {
	writes []place
	common []byte // what all keys begin with
}

// place is where a write stands in the body.
type place struct {
	order uint64 // the bytes after the common ones; 0 until writes are sorted
	at    uint32
}

// maxUnsorted is the length of a body up to which places can be told.
const maxUnsorted = 1<<32 - 1

func (u *unsorted) add(op byte, key, value []byte) error {
	at := len(u.body)
	size := 1 + len(key) + len(value) + 2*binary.MaxVarintLen64
	if at+size > maxUnsorted {
		return errBatchSize
	}
	if at+size > cap(u.body) { // append would take smaller steps, and copy more
		u.body = slices.Grow(u.body, max(size, cap(u.body), minBody))
	}
	u.body = appendWrite(u.body, op, key, value)
	k := &u.kinds[firstByte(key)]
	if len(k.writes) == 0 {
		k.common = append(k.common[:0], key...)
	}
	k.common = k.common[:commonPrefix(k.common, key)]
	k.writes = append(k.writes, place{at: uint32(at)})
	return nil
}

const (
	minBody = 64 << 10
	// keptBody is the largest body that is kept for reuse.
	keptBody = 64 << 20
)

func (u *unsorted) reset() {
	if u.body = u.body[:0]; cap(u.body) > keptBody {
		u.body = nil
	}
	for i := range u.kinds {
		u.kinds[i].writes = u.kinds[i].writes[:0]
	}
}

// each calls f for the newest write of each key, in order of the keys.
func (u *unsorted) each(f func(key, value []byte) error) error {
	for i := range u.kinds {
		k := &u.kinds[i]
		for j := range k.writes {
			w := &k.writes[j]
			w.order = orderBytes(u.key(w.at)[len(k.common):])
		}
		slices.SortFunc(k.writes, func(a, b place) int {
			if a.order != b.order {
				return cmp.Compare(a.order, b.order)
			}
			if c := bytes.Compare(u.key(a.at), u.key(b.at)); c != 0 {
				return c
			}
			return cmp.Compare(a.at, b.at)
		})
		for j := range k.writes {
			at := k.writes[j].at
			key := u.key(at)
			if j+1 < len(k.writes) && bytes.Equal(key, u.key(k.writes[j+1].at)) {
				continue
			}
			if err := f(key, u.value(at)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *unsorted) key(at uint32) []byte {
	key, _, _ := cutBytes(u.body[at+1:])
	return key
}

// value is nil for a deletion.
func (u *unsorted) value(at uint32) []byte {
	if u.body[at] == opDelete {
		return nil
	}
	_, rest, _ := cutBytes(u.body[at+1:])
	value, _, _ := cutBytes(rest)
	return value
}

// orderBytes are the first eight bytes as a number of the same order, but for equal
// ones.
func orderBytes(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var first [8]byte
	copy(first[:], b)
	return binary.BigEndian.Uint64(first[:])
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

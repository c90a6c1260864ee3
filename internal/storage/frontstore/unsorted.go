package frontstore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/orbit-server/orbit/internal/process"
)

// unsorted collects many writes and gives them in the order of their keys later. They
// lie in runs, each of which is sorted while the next one fills, and which are merged
// in the end.
type unsorted struct {
	runs    []*run // the oldest first; the last one is being filled
	free    []*run
	size    int
	sorting sync.WaitGroup
}

// runBytes is the size of a run, unless a single write is larger. It costs nothing to
// merge few, and sorting one is quick beside filling the next.
const runBytes = 8 << 20

// run is a part of the writes in the form of a record's body.
//
// Comparing whole keys would cost most of the time, for each comparison reads two of
// them from anywhere in memory. So writes are sorted by eight bytes behind what all
// keys of their kind have in common, kinds being told by the first byte, and keys are
// looked at only where those bytes are the same.
type run struct {
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

// maxWrite is the length of a write up to which places can be told.
const maxWrite = 1<<32 - 1

func (u *unsorted) add(op byte, key, value []byte) error {
	size := 1 + len(key) + len(value) + 2*binary.MaxVarintLen64
	if size > maxWrite {
		return errBatchSize
	}
	var r *run
	if n := len(u.runs); n > 0 {
		r = u.runs[n-1]
	}
	if r == nil || len(r.body)+size > cap(r.body) {
		if r != nil {
			u.sorting.Go(r.sort)
		}
		r = u.begin(size)
	}
	before := len(r.body)
	r.add(op, key, value)
	u.size += len(r.body) - before
	return nil
}

// begin makes the next run, with room for a write.
func (u *unsorted) begin(size int) *run {
	var r *run
	if n := len(u.free); n > 0 {
		r, u.free = u.free[n-1], u.free[:n-1]
	} else {
		r = new(run)
	}
	if cap(r.body) < size {
		r.body = process.LargeBuffer(max(size, runBytes))
	}
	if n := len(u.runs); n > 0 {
		r.reserve(u.runs[n-1])
	}
	u.runs = append(u.runs, r)
	return r
}

// reserve makes room for about as many writes of each kind as the run before has.
func (r *run) reserve(before *run) {
	for i := range r.kinds {
		if n := len(before.kinds[i].writes); n > cap(r.kinds[i].writes) {
			r.kinds[i].writes = make([]place, 0, n+n/8)
		}
	}
}

// sort returns when all is sorted. Nothing may be added after it.
func (u *unsorted) sort() {
	if n := len(u.runs); n > 0 {
		u.runs[n-1].sort()
	}
	u.sorting.Wait()
}

// reset makes place for other writes.
func (u *unsorted) reset() {
	for _, r := range u.runs {
		if cap(r.body) > runBytes {
			continue // it held one large write
		}
		r.body = r.body[:0]
		for i := range r.kinds {
			r.kinds[i].writes = r.kinds[i].writes[:0]
		}
		u.free = append(u.free, r)
	}
	u.runs, u.size = u.runs[:0], 0
}

func (r *run) add(op byte, key, value []byte) {
	at := len(r.body)
	r.body = appendWrite(r.body, op, key, value)
	k := &r.kinds[firstByte(key)]
	if len(k.writes) == 0 {
		k.common = append(k.common[:0], key...)
	}
	k.common = k.common[:commonPrefix(k.common, key)]
	k.writes = append(k.writes, place{at: uint32(at)})
}

// sort puts the writes in the order of their keys, and those of one key in the order
// in which they came.
func (r *run) sort() {
	for i := range r.kinds {
		k := &r.kinds[i]
		for j := range k.writes {
			w := &k.writes[j]
			w.order = orderBytes(r.key(w.at)[len(k.common):])
		}
		slices.SortFunc(k.writes, func(a, b place) int {
			if a.order != b.order {
				return cmp.Compare(a.order, b.order)
			}
			if c := bytes.Compare(r.key(a.at), r.key(b.at)); c != 0 {
				return c
			}
			return cmp.Compare(a.at, b.at)
		})
	}
}

// find is the number of the first write of a kind whose key is not before key.
func (r *run) find(k *kind, key []byte) int {
	n, _ := slices.BinarySearchFunc(k.writes, key, func(w place, key []byte) int { return bytes.Compare(r.key(w.at), key) })
	return n
}

func (r *run) key(at uint32) []byte {
	key, _, _ := cutBytes(r.body[at+1:])
	return key
}

// write is the key and the value at a place. The value is nil for a deletion.
func (r *run) write(at uint32) (key, value []byte) {
	key, rest, _ := cutBytes(r.body[at+1:])
	if r.body[at] == opDelete {
		return key, nil
	}
	value, _, _ = cutBytes(rest)
	return key, value
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

package exec

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// mix spreads the bits of x (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	hashSeed = 0x9e3779b97f4a7c15
	nullHash = 0x51ed270b27b4f3cf
)

func hashFloat(f float64) uint64 {
	switch {
	case f == 0:
		f = 0 // -0 equals 0
	case f != f:
		f = math.NaN()
	}
	return mix(math.Float64bits(f) ^ hashSeed)
}

// hashAt hashes one entry of a column of type t, NULL too.
func hashAt(t types.OID, v *vec.Vec, i int) uint64 {
	switch {
	case v.IsNull(i):
		return nullHash
	case v.Class == vec.ClassInt:
		return mix(uint64(v.Ints[i]) ^ hashSeed)
	case v.Class == vec.ClassFloat:
		return hashFloat(v.Floats[i])
	}
	return mix(types.Hash(t, v.Datums[i]))
}

// hashRows appends to dst the hash over cols of each row of sel (all n when nil).
func hashRows(ts []types.OID, cols []*vec.Vec, n int, sel []int32, dst []uint64) []uint64 {
	base, count := len(dst), countOf(sel, n)
	for range count {
		dst = append(dst, hashSeed)
	}
	out := dst[base:]
	for c, v := range cols {
		if v.Class == vec.ClassInt && v.Nulls == nil && sel == nil {
			for i, x := range v.Ints[:n] {
				out[i] = mix(out[i]*31 ^ mix(uint64(x)^hashSeed))
			}
			continue
		}
		for k := range out {
			i := k
			if sel != nil {
				i = int(sel[k])
			}
			out[k] = mix(out[k]*31 ^ hashAt(ts[c], v, i))
		}
	}
	return dst
}

// equalAt compares entry i of a with entry j of b, NULL equal to NULL.
func equalAt(t types.OID, a *vec.Vec, i int, b *vec.Vec, j int) bool {
	an, bn := a.IsNull(i), b.IsNull(j)
	switch {
	case an || bn:
		return an == bn
	case a.Class == vec.ClassInt && b.Class == vec.ClassInt:
		return a.Ints[i] == b.Ints[j]
	case a.Class == vec.ClassFloat && b.Class == vec.ClassFloat:
		return orderFloats(a.Floats[i], b.Floats[j]) == 1
	}
	return types.Equal(t, a.Get(i), b.Get(j))
}

// hashIndex chains the entries of a store by the hash of their key columns.
type hashIndex struct {
	types []types.OID
	// keys holds the key columns of each entry; col is where they begin there.
	keys   *rowStore
	col    int
	hashes []uint64
	next   []int32
	heads  []int32
}

// entryBytes is what an entry costs in the index itself.
const entryBytes = 8 + 4 + 8

// link adds entry e, which is the next one, under hash h; e may be left out of
// all chains (a NULL key that nothing matches).
func (x *hashIndex) link(h uint64, chained bool) {
	e := len(x.hashes)
	x.hashes = append(x.hashes, h)
	x.next = append(x.next, -1)
	if e >= len(x.heads) {
		x.rebuild(max(16, 2*len(x.heads)))
	}
	if !chained {
		x.next[e] = unchained
		return
	}
	b := h & uint64(len(x.heads)-1)
	x.next[e], x.heads[b] = x.heads[b], int32(e)
}

// unchained marks, in next, an entry that is in no chain.
const unchained = -2

func (x *hashIndex) rebuild(buckets int) {
	x.heads = make([]int32, buckets)
	for i := range x.heads {
		x.heads[i] = -1
	}
	for e := range x.next[:len(x.next)-1] {
		if x.next[e] == unchained {
			continue
		}
		b := x.hashes[e] & uint64(buckets-1)
		x.next[e], x.heads[b] = x.heads[b], int32(e)
	}
}

// first is the first entry that may have hash h, -1 if there is none.
func (x *hashIndex) first(h uint64) int32 {
	if len(x.heads) == 0 {
		return -1
	}
	return x.heads[h&uint64(len(x.heads)-1)]
}

// match reports whether entry e has hash h and the key at row i of cols.
func (x *hashIndex) match(e int32, h uint64, cols []*vec.Vec, i int) bool {
	if x.hashes[e] != h {
		return false
	}
	c, at := x.keys.at(int(e))
	for k, v := range cols {
		if !equalAt(x.types[k], c.Cols[x.col+k], at, v, i) {
			return false
		}
	}
	return true
}

// find gives the entry with this key, -1 if there is none.
func (x *hashIndex) find(h uint64, cols []*vec.Vec, i int) int32 {
	for e := x.first(h); e >= 0; e = x.next[e] {
		if x.match(e, h, cols, i) {
			return e
		}
	}
	return -1
}

func (x *hashIndex) reset() {
	x.hashes, x.next = x.hashes[:0], x.next[:0]
	for i := range x.heads {
		x.heads[i] = -1
	}
	if len(x.heads) > 1<<16 { // do not keep a large table for small inputs to come
		x.hashes, x.next, x.heads = nil, nil, nil
	}
}

package rdb

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

// gathered are the parts of a collection that may become a compact one.
type gathered struct {
	bytes  []byte
	ends   []int
	ints   []int64
	scores []float64
}

func (g *gathered) clearGathered() {
	g.bytes, g.ends, g.ints, g.scores = g.bytes[:0], g.ends[:0], g.ints[:0], g.scores[:0]
}

func (g *gathered) item(i int) []byte {
	from := 0
	if i > 0 {
		from = g.ends[i-1]
	}
	return g.bytes[from:g.ends[i]]
}

// entries is the greatest size of a compact collection of this kind.
func (l Limits) entries(k Kind) int64 {
	switch k {
	case Hash:
		return l.HashEntries
	case ZSet:
		return l.ZSetEntries
	case Set:
		return l.SetInts
	case List:
		return l.ListBytes // an element takes two bytes or more
	default:
		return -1
	}
}

// gatherMax bounds what is gathered, whatever the limits are.
const gatherMax = 1 << 20

// add gathers an item; false says that the value cannot be a compact one.
func (e *Encoder) add(b []byte, l Limits) bool {
	fits := len(e.bytes)+len(b) <= gatherMax
	switch e.kind {
	case Hash:
		fits = fits && int64(len(b)) <= l.HashValue
	case ZSet:
		fits = fits && int64(len(b)) <= l.ZSetValue
	case List:
		fits = fits && int64(len(e.bytes)+len(b)+4*len(e.ends)) <= l.ListBytes
	case Set:
		n, ok := canonicalInt(b)
		fits = fits && ok
		e.ints = append(e.ints, n)
	}
	if fits {
		e.bytes = append(e.bytes, b...)
		e.ends = append(e.ends, len(e.bytes))
	}
	return fits
}

// spill writes what was gathered in the plain form after all. The item that did
// not fit is counted already.
func (e *Encoder) spill() {
	e.gather = false
	n := int64(len(e.ends)) + 1 + e.left
	if e.kind == Hash {
		n /= 2
	}
	e.startPlain(n)
	for i := range e.ends {
		e.string(e.item(i))
		if e.kind == ZSet {
			e.score(e.scores[i])
		}
	}
}

func (e *Encoder) writeCompact() {
	switch e.kind {
	case Hash:
		e.start(typeHashListpack)
		e.string(e.listpack())
	case List:
		e.start(typeListQuick2)
		e.length(1)
		e.length(quickPacked)
		e.string(e.listpack())
	case ZSet:
		e.start(typeZSetListpack)
		e.string(e.sortedListpack())
	case Set:
		e.start(typeSetIntset)
		e.string(e.intset())
	}
}

func (e *Encoder) listpack() []byte {
	e.pack.reset()
	for i := range e.ends {
		e.pack.add(e.item(i))
	}
	return e.pack.bytes()
}

// sortedListpack has members and scores in the order of the sorted set, which
// redis-server relies on.
func (e *Encoder) sortedListpack() []byte {
	order := make([]int, len(e.ends))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case e.scores[a] < e.scores[b]:
			return -1
		case e.scores[a] > e.scores[b]:
			return 1
		}
		return bytes.Compare(e.item(a), e.item(b))
	})
	e.pack.reset()
	var text [32]byte
	for _, i := range order {
		e.pack.add(e.item(i))
		e.pack.add(appendFloat(text[:0], e.scores[i]))
	}
	return e.pack.bytes()
}

// intset is a sorted array of integers, all as wide as the widest needs.
func (e *Encoder) intset() []byte {
	slices.Sort(e.ints)
	width := 2
	if n := len(e.ints); n > 0 {
		for _, v := range []int64{e.ints[0], e.ints[n-1]} {
			switch {
			case v < math.MinInt32 || v > math.MaxInt32:
				width = 8
			case v < math.MinInt16 || v > math.MaxInt16:
				width = max(width, 4)
			}
		}
	}
	b := binary.LittleEndian.AppendUint32(e.pack.b[:0], uint32(width))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.ints)))
	for _, v := range e.ints {
		b = append(b, byte(v), byte(v>>8))
		for i := 2; i < width; i++ {
			b = append(b, byte(v>>(8*i)))
		}
	}
	e.pack.b = b
	return b
}

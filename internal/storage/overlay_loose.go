package storage

import (
	"hash/maphash"
)

// looseWrites are pending writes that a hash table finds: in the order of their
// coming, each key once. It is in use while there are any.
type looseWrites struct {
	entries []overlayEntry
	// slots hold the upper half of the key's hash and, below it, one more than the
	// place in entries; 0 is free. Their number is a power of two, and at most half
	// of them are taken.
	slots []uint64
}

const (
	fewestSlots = 256
	// keptSlots is the most that reset keeps.
	keptSlots = 1 << 12

	slotHash  = 0xffffffff << 32
	slotPlace = 0xffffffff
)

// hashSeed is the process's own, so that nobody outside can choose keys that collide.
var hashSeed = maphash.MakeSeed()

func (l *looseWrites) inUse() bool { return len(l.entries) > 0 }

func (l *looseWrites) get(key string) (value []byte, ok bool) {
	if at := l.slots[l.find(maphash.String(hashSeed, key), key)]; at != 0 {
		return l.entries[at&slotPlace-1].value, true
	}
	return nil, false
}

// entry finds the write of a key, or adds one that has a copy of key and no value.
// The entry is good until the next one is added.
func (l *looseWrites) entry(key string, keys *keyRoom) (e *overlayEntry, added bool) {
	h := maphash.String(hashSeed, key)
	i := l.find(h, key)
	if at := l.slots[i]; at != 0 {
		return &l.entries[at&slotPlace-1], false
	}
	return l.fill(i, h, overlayEntry{key: keys.keep(key)}), true
}

// add adds a write of a key that has none.
func (l *looseWrites) add(e overlayEntry) {
	if l.slots == nil {
		l.slots = make([]uint64, fewestSlots)
	}
	h := maphash.String(hashSeed, e.key)
	l.fill(l.find(h, e.key), h, e)
}

func (l *looseWrites) fill(slot int, hash uint64, e overlayEntry) *overlayEntry {
	l.entries = append(l.entries, e)
	n := len(l.entries)
	l.slots[slot] = hash&slotHash | uint64(n)
	if n*2 > len(l.slots) {
		l.spread()
	}
	return &l.entries[n-1]
}

// find is the slot of a key, or the free one that it would take.
func (l *looseWrites) find(hash uint64, key string) int {
	mask := len(l.slots) - 1
	for i := int(hash>>32) & mask; ; i = (i + 1) & mask {
		s := l.slots[i]
		if s == 0 || s&slotHash == hash&slotHash && l.entries[s&slotPlace-1].key == key {
			return i
		}
	}
}

// spread makes four times as many slots.
func (l *looseWrites) spread() {
	old := l.slots
	l.slots = make([]uint64, 4*len(old))
	mask := len(l.slots) - 1
	for _, s := range old {
		if s == 0 {
			continue
		}
		i := int(s>>32) & mask
		for l.slots[i] != 0 {
			i = (i + 1) & mask
		}
		l.slots[i] = s
	}
}

func (l *looseWrites) reset() {
	if !l.inUse() {
		return
	}
	if len(l.slots) > keptSlots {
		*l = looseWrites{}
		return
	}
	clear(l.slots)
	clear(l.entries)
	l.entries = l.entries[:0]
}

// keyRoom is memory for copies of keys, which is used again after reset. It lies in
// pieces: a key that is replaced many times keeps no more than a few of them.
type keyRoom struct {
	piece []byte
	lent  bool
}

const (
	firstPiece   = 256
	largestPiece = 64 << 10
)

// keep returns a copy of key that is good until reset.
func (r *keyRoom) keep(key string) string {
	if len(key) > cap(r.piece)-len(r.piece) {
		r.piece = make([]byte, 0, max(len(key), min(2*cap(r.piece), largestPiece), firstPiece))
	}
	from := len(r.piece)
	r.piece = append(r.piece, key...)
	return asString(r.piece[from:])
}

// lend says that others may look at keys beyond the next reset.
func (r *keyRoom) lend() { r.lent = true }

func (r *keyRoom) reset() {
	if r.lent || cap(r.piece) > largestPiece {
		*r = keyRoom{}
		return
	}
	r.piece = r.piece[:0]
}

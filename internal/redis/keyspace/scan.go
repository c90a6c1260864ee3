package keyspace

import (
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// Scan calls fn for the live keys of a database that begin with prefix, from
// cursor on, and returns the next cursor, 0 at the end. It looks at about count
// keys with the prefix; others cost nothing. A key that exists through the
// whole scan is given exactly once, unless the cursor has become imprecise
// (see cursors), when it may be given again. key is valid during the call only.
func (r *Run) Scan(db int, cursor uint64, prefix []byte, count int, fn func(key []byte, m Meta) error) (next uint64, err error) {
	id, err := r.dbid(db)
	if err != nil {
		return 0, err
	}
	lower, upper := keyRange(id, prefix)
	if cursor != 0 {
		start := appendMetaKey(nil, id, r.ks.cursors.position(cursor))
		if string(start) > string(lower) {
			lower = start
		}
	}
	if string(lower) >= string(upper) {
		return 0, nil
	}
	seen := 0
	err = r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		key = key[metaKeyLen:]
		if seen >= count {
			next = r.ks.cursors.issue(key)
			return false, nil
		}
		seen++
		stored, err := decodeMeta(value)
		if err != nil {
			return false, err
		}
		m := r.live(id, key, stored)
		if m.Type == TypeNone {
			return true, nil
		}
		return true, fn(key, m)
	})
	return next, err
}

// EachKey calls fn for the live keys of a database that begin with prefix, in
// order, until it returns false. key is valid during the call only.
func (r *Run) EachKey(db int, prefix []byte, fn func(key []byte, m Meta) (more bool, err error)) error {
	id, err := r.dbid(db)
	if err != nil {
		return err
	}
	lower, upper := keyRange(id, prefix)
	return r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		stored, err := decodeMeta(value)
		if err != nil {
			return false, err
		}
		m := r.live(id, key[metaKeyLen:], stored)
		if m.Type == TypeNone {
			return true, nil
		}
		return fn(key[metaKeyLen:], m)
	})
}

func keyRange(id uint32, prefix []byte) (lower, upper []byte) {
	lower = appendMetaKey(nil, id, prefix)
	return lower, storage.PrefixEnd(lower)
}

// cursors turns places in the order of keys into the numbers that SCAN's
// clients carry, and back. The number is a random id, under which the place is
// remembered, and the first two bytes of the place: should the id have been
// forgotten (65,536 newer ones, or a restart), the scan goes on from those
// bytes, gives some keys again, and misses none. It has 52 bits, because some
// clients read cursors as doubles.
type cursors struct {
	mu     sync.Mutex
	places map[uint64]string
	order  []uint64 // ids, oldest first
	bytes  int
}

const (
	cursorsMax      = 1 << 16
	cursorsMaxBytes = 8 << 20
	cursorIDMax     = 1 << 36
)

// issue returns the cursor of a scan that goes on at key.
func (c *cursors) issue(key []byte) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.places == nil {
		c.places = make(map[uint64]string)
	}
	id := rand.Uint64N(cursorIDMax-1) + 1
	for c.places[id] != "" {
		id = rand.Uint64N(cursorIDMax-1) + 1
	}
	for len(c.order) > 0 && (len(c.order) >= cursorsMax || c.bytes > cursorsMaxBytes) {
		c.bytes -= len(c.places[c.order[0]])
		delete(c.places, c.order[0])
		c.order = c.order[1:]
	}
	c.places[id] = string(key)
	c.order = append(c.order, id)
	c.bytes += len(key)
	return id<<16 | uint64(byteAt(key, 0))<<8 | uint64(byteAt(key, 1))
}

// position is the key that a cursor goes on at, or one before it.
func (c *cursors) position(cursor uint64) []byte {
	rough := []byte{byte(cursor >> 8), byte(cursor)}
	c.mu.Lock()
	place, ok := c.places[cursor>>16]
	c.mu.Unlock()
	if ok && byteAt([]byte(place), 0) == rough[0] && byteAt([]byte(place), 1) == rough[1] {
		return []byte(place)
	}
	for len(rough) > 0 && rough[len(rough)-1] == 0 {
		rough = rough[:len(rough)-1]
	}
	return rough
}

func byteAt(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// randomTries bounds the search for a random key that has not expired.
const randomTries = 100

// RandomKey is a random live key, or nil if there is none. It descends the
// keys as a tree of their bytes, choosing a branch at random at each fork, so
// keys on sparse branches come more often than others.
func (r *Run) RandomKey(db int) (key []byte, err error) {
	id, err := r.dbid(db)
	if err != nil {
		return nil, err
	}
	lower, upper := keyRange(id, nil)
	it, err := r.w.NewIter(storage.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for range randomTries {
		found, err := descend(it, lower, upper)
		if err != nil || !found {
			return nil, err
		}
		live, err := r.liveAt(id, it)
		if err != nil {
			return nil, err
		}
		if live {
			return append([]byte{}, it.Key()[metaKeyLen:]...), nil
		}
	}
	// Nearly everything has expired: take the first key that has not.
	for ok := it.First(); ok; ok = it.Next() {
		live, err := r.liveAt(id, it)
		if err != nil {
			return nil, err
		}
		if live {
			return append([]byte{}, it.Key()[metaKeyLen:]...), nil
		}
	}
	return nil, it.Error()
}

func (r *Run) liveAt(id uint32, it storage.Iterator) (bool, error) {
	value, err := it.Value()
	if err != nil {
		return false, err
	}
	stored, err := decodeMeta(value)
	if err != nil {
		return false, err
	}
	m := r.live(id, it.Key()[metaKeyLen:], stored)
	return m.Type != TypeNone, nil
}

// descend leaves it on a random key of [lower, upper).
func descend(it storage.Iterator, lower, upper []byte) (bool, error) {
	for {
		if !it.SeekGE(lower) {
			return false, it.Error()
		}
		first := append([]byte(nil), it.Key()...)
		if !it.SeekLT(upper) {
			return false, it.Error()
		}
		last := it.Key()
		n := 0
		for n < len(first) && n < len(last) && first[n] == last[n] {
			n++
		}
		if n == len(first) {
			// first is last, or the node above all others of this branch.
			if len(first) == len(last) {
				return true, nil
			}
			if rand.IntN(2) == 0 {
				return it.SeekGE(first), it.Error()
			}
			lower, upper = append(first, 0), storage.PrefixEnd(last[:n])
			continue
		}
		branch := first[n] + byte(rand.IntN(int(last[n]-first[n])+1))
		if !it.SeekGE(append(first[:n:n], branch)) {
			return false, it.Error()
		}
		lower = append([]byte(nil), it.Key()[:n+1]...)
		upper = storage.PrefixEnd(lower)
	}
}

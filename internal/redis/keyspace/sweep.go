package keyspace

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// sweep is a walk through the index of expiring keys. Many entries are read ahead and
// dealt with in the order of their keys: so keys that are stored beside one another
// are read and removed together, and the search for the next entries does not step
// over those that were just removed.
//
// When there are many, the entries are not removed one by one with their keys but
// afterwards, as ranges. Meanwhile some are nobody's, which is no harm: an entry
// removes a key only if the key still has its very time.
type sweep struct {
	mu    sync.Mutex
	began int64 // when it did, unix ms
	from  int64 // Keyspace.expiredUpTo at that time

	entries []sweepEntry // as they lie in the index
	names   []byte       // their keys
	order   []sweepOrder // those that are not dealt with, by key
	left    map[uint32]struct{}
	// wide says that they stay in the index until all are dealt with, and lower where
	// the range begins that then goes.
	wide  bool
	lower []byte
	next  []byte // where to read on; nil: all was read

	sizes sweepSizes
}

// sweepEntry is an entry of the index, whose key begins at a place in sweep.names.
type sweepEntry struct {
	ms int64
	id uint32
	at uint32
}

// sweepOrder is an entry's place, with a part of its key by which most are told apart:
// whole keys are anywhere in memory.
type sweepOrder struct {
	part  uint64
	id, i uint32
}

// sweepSizes are the number of entries that are read at a time, the number from which
// on they go as ranges, and the number in a range, while which is removed nobody who
// sets a TTL is served.
type sweepSizes struct{ ahead, wide, each int }

// Of ten million keys that are due in no order, each block of keys is read as often as
// entries are: so these are many, some sixty megabytes at the most.
var defaultSweep = sweepSizes{ahead: 1 << 20, wide: 1 << 10, each: 1 << 9}

const sweepNames = 32 << 20 // bytes

// A run that took its time may write an expiry time that is already past when it
// is applied, and a clock may be set back. So the search begins this much before
// the time up to which everything was removed, and now and then at the very
// beginning. Always beginning there would mean to step over all entries removed
// since they were last compacted away.
const (
	expireMargin    = 1000      // milliseconds
	expireFullEvery = 60 * 1000 // milliseconds
)

// dueRange is where the entries of an expiry index up to now are looked for.
func (ks *Keyspace) dueRange(tag byte, now int64) (lower, upper []byte) {
	upTo := ks.expiredUpTo.Load()
	from := max(0, upTo-expireMargin)
	if now < upTo || now/expireFullEvery != upTo/expireFullEvery {
		from = 0
	}
	return appendExpiryKey(nil, tag, from, 0, nil), appendExpiryKey(nil, tag, now+1, 0, nil)
}

func (s *sweep) more() bool { return len(s.order) > 0 || s.next != nil }

// forget has the next search begin anew.
func (s *sweep) forget() { s.entries, s.names, s.order, s.left, s.next = nil, nil, nil, nil, nil }

// take returns up to limit entries that are to be dealt with next, in the order of
// their keys; none at the end of the sweep.
func (s *sweep) take(ks *Keyspace, now int64, limit int) ([]due, error) {
	if len(s.order) == 0 {
		lower, upper := ks.dueRange(tagExpiry, now)
		if s.next == nil {
			s.began, s.from = now, ks.expiredUpTo.Load()
		} else {
			lower = s.next
		}
		if err := s.read(ks, lower, upper, max(limit, s.sizes.ahead)); err != nil {
			s.forget()
			return nil, err
		}
	}
	batch := make([]due, min(limit, len(s.order)))
	for j := range batch {
		i := s.order[j].i
		e := &s.entries[i]
		batch[j] = due{ms: e.ms, id: e.id, key: s.name(i), place: i}
	}
	s.order = s.order[len(batch):]
	return batch, nil
}

// name is the key of entry i.
func (s *sweep) name(i uint32) []byte {
	end := len(s.names)
	if int(i)+1 < len(s.entries) {
		end = int(s.entries[i+1].at)
	}
	return s.names[s.entries[i].at:end:end]
}

// dealtWith notes which of the entries stay in the index.
func (s *sweep) dealtWith(batch []due) {
	for i := range batch {
		if !batch[i].left {
			continue
		}
		if s.left == nil {
			s.left = make(map[uint32]struct{})
		}
		s.left[batch[i].place] = struct{}{}
	}
}

// read reads the first entries of [lower, upper) of the index.
func (s *sweep) read(ks *Keyspace, lower, upper []byte, limit int) (err error) {
	s.forget()
	it, err := ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: upper, KeysOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if len(s.entries) == limit || len(s.names) > sweepNames {
			s.next = slices.Clone(it.Key())
			break
		}
		ms, id, key, err := splitExpiryKey(it.Key())
		if err != nil {
			return err
		}
		s.entries = append(s.entries, sweepEntry{ms, id, uint32(len(s.names))})
		s.names = append(s.names, key...)
	}
	s.wide, s.lower = len(s.entries) >= s.sizes.wide, lower
	s.sort()
	return it.Error()
}

// sort puts the entries into the order of their keys.
func (s *sweep) sort() {
	if len(s.entries) == 0 {
		return
	}
	common := s.name(0)
	for i := range s.entries {
		common = common[:commonLength(common, s.name(uint32(i)))]
	}
	s.order = make([]sweepOrder, len(s.entries))
	for i := range s.order {
		var part [8]byte
		copy(part[:], s.name(uint32(i))[len(common):])
		s.order[i] = sweepOrder{binary.BigEndian.Uint64(part[:]), s.entries[i].id, uint32(i)}
	}
	slices.SortFunc(s.order, func(a, b sweepOrder) int {
		switch {
		case a.id != b.id:
			return cmp.Compare(a.id, b.id)
		case a.part != b.part:
			return cmp.Compare(a.part, b.part)
		}
		return bytes.Compare(s.name(a.i), s.name(b.i))
	})
}

func commonLength(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// retire removes the entries that were dealt with from the index.
func (s *sweep) retire(ks *Keyspace) (err error) {
	for from := 0; s.wide && from < len(s.entries) && err == nil; {
		to := min(from+s.sizes.each, len(s.entries))
		last := &s.entries[to-1]
		upper := append(appendExpiryKey(nil, tagExpiry, last.ms, last.id, s.name(uint32(to-1))), 0)
		err = ks.retire(s, from, to, s.lower, upper)
		from, s.lower = to, upper
	}
	next := s.next
	s.forget()
	if err == nil {
		s.next = next
	}
	return err
}

// retire removes entries from one place to another of a sweep, which are all there were
// in [lower, upper) of the index when it was read. Those that came since stay.
func (ks *Keyspace) retire(s *sweep, from, to int, lower, upper []byte) error {
	// What a replacement writes goes past counts and the store's newest writes: no range
	// may hide it. One that begins later leaves out what is past.
	ks.locks.all.RLock()
	defer ks.locks.all.RUnlock()
	w := ks.newWrite()
	ks.counts.mu.Lock() // see Run.applyBatch
	err := ks.retireTo(w.batch, s, from, to, lower, upper)
	if err == nil {
		w.pending, err = ks.store.Apply(w.batch)
	}
	ks.counts.mu.Unlock()
	if err != nil {
		return errors.Join(err, w.batch.Close())
	}
	return w.Wait()
}

func (ks *Keyspace) retireTo(b storage.Batch, s *sweep, from, to int, lower, upper []byte) (err error) {
	it, err := ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: upper, KeysOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	ranged := len(ks.replacing) == 0
	if ranged {
		if err := b.DeleteRange(lower, upper); err != nil {
			return err
		}
	}
	for ok := it.First(); ok; ok = it.Next() {
		ms, id, key, err := splitExpiryKey(it.Key())
		if err != nil {
			return err
		}
		done := false
		for from < to {
			e := &s.entries[from]
			c := cmp.Or(cmp.Compare(e.ms, ms), cmp.Compare(e.id, id), bytes.Compare(s.name(uint32(from)), key))
			if c == 0 {
				_, left := s.left[uint32(from)]
				done = !left
			}
			if c <= 0 {
				from++
			}
			if c >= 0 {
				break
			}
		}
		switch {
		case done && !ranged:
			err = b.Delete(it.Key())
		case !done && ranged:
			err = b.Set(it.Key(), nil)
		}
		if err != nil {
			return err
		}
	}
	return it.Error()
}

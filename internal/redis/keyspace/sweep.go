package keyspace

import (
	"bytes"
	"cmp"
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

	entries []due // as they lie in the index
	names   []byte
	order   []*due // those that are not dealt with, by key
	// wide says that they stay in the index until all are dealt with, and lower where
	// the range begins that then goes.
	wide  bool
	lower []byte
	next  []byte // where to read on; nil: all was read

	sizes sweepSizes
}

// sweepSizes are the number of entries that are read at a time, the number from which
// on they go as ranges, and the number in a range, while which is removed nobody who
// sets a TTL is served.
type sweepSizes struct{ ahead, wide, each int }

// A sweep takes some twenty megabytes at most. Of a million keys that are due in no
// order, each block of keys is read as often as the entries are.
var defaultSweep = sweepSizes{ahead: 1 << 18, wide: 1 << 10, each: 1 << 9}

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
func (s *sweep) forget() { s.entries, s.names, s.order, s.next = nil, nil, nil, nil }

// take returns up to limit entries that are to be dealt with next, in the order of
// their keys; none at the end of the sweep.
func (s *sweep) take(ks *Keyspace, now int64, limit int) ([]*due, error) {
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
	n := min(limit, len(s.order))
	batch := s.order[:n]
	s.order = s.order[n:]
	return batch, nil
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
		if len(s.entries) == limit {
			s.next = slices.Clone(it.Key())
			break
		}
		ms, id, key, err := splitExpiryKey(it.Key())
		if err != nil {
			return err
		}
		at := len(s.names)
		s.names = append(s.names, key...) // the old array stays with the keys before
		s.entries = append(s.entries, due{ms: ms, id: id, key: s.names[at:len(s.names):len(s.names)]})
	}
	s.wide, s.lower = len(s.entries) >= s.sizes.wide, lower
	s.order = make([]*due, len(s.entries))
	for i := range s.entries {
		s.order[i] = &s.entries[i]
	}
	slices.SortFunc(s.order, func(a, b *due) int {
		return cmp.Or(cmp.Compare(a.id, b.id), bytes.Compare(a.key, b.key))
	})
	return it.Error()
}

// retire removes the entries that were dealt with from the index.
func (s *sweep) retire(ks *Keyspace) error {
	entries := s.entries
	s.entries, s.names, s.order = nil, nil, nil
	for s.wide && len(entries) > 0 {
		n := min(s.sizes.each, len(entries))
		last := &entries[n-1]
		upper := append(appendExpiryKey(nil, tagExpiry, last.ms, last.id, last.key), 0)
		if err := ks.retire(entries[:n], s.lower, upper); err != nil {
			s.forget()
			return err
		}
		entries, s.lower = entries[n:], upper
	}
	return nil
}

// retire removes entries that were dealt with, which are all there were in
// [lower, upper) of the index when it was read. Those that came since stay.
func (ks *Keyspace) retire(entries []due, lower, upper []byte) error {
	// What a replacement writes goes past counts and the store's newest writes: no range
	// may hide it. One that begins later leaves out what is past.
	ks.locks.all.RLock()
	defer ks.locks.all.RUnlock()
	w := ks.newWrite()
	ks.counts.mu.Lock() // see Run.applyBatch
	err := ks.retireFrom(w.batch, entries, lower, upper)
	if err == nil {
		w.pending, err = ks.store.Apply(w.batch)
	}
	ks.counts.mu.Unlock()
	if err != nil {
		return errors.Join(err, w.batch.Close())
	}
	return w.Wait()
}

func (ks *Keyspace) retireFrom(b storage.Batch, entries []due, lower, upper []byte) (err error) {
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
		for len(entries) > 0 {
			d := &entries[0]
			c := cmp.Or(cmp.Compare(d.ms, ms), cmp.Compare(d.id, id), bytes.Compare(d.key, key))
			if c <= 0 {
				entries = entries[1:]
			}
			if c >= 0 {
				done = c == 0 && !d.left
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

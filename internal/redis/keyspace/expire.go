package keyspace

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// due is an entry of the expiry index whose time has come.
type due struct {
	ms  int64
	id  uint32
	key []byte
}

// FieldsExpired is a hash that lost fields because their TTL had run out.
type FieldsExpired struct {
	DB     int
	Key    []byte
	Fields [][]byte
	Gone   bool // they were its last
}

// OnFieldsExpired has f called with every hash that lost fields, once they are
// gone.
func (ks *Keyspace) OnFieldsExpired(f func(*FieldsExpired)) { ks.onFieldsExpired.Store(&f) }

// ExpireDue removes up to limit keys and as many fields of hashes whose TTL has
// run out, and says whether there are more. The background worker calls it; so
// do tests. Like a command it locks the keys, and it removes a key or a field
// only if that still has the very expiry time of its entry.
func (ks *Keyspace) ExpireDue(limit int) (more bool, err error) {
	now := ks.now()
	ks.sweep.mu.Lock()
	defer func() {
		if err != nil {
			ks.sweep.ahead, ks.sweep.next = nil, nil // what was not removed is looked for again
		}
		ks.sweep.mu.Unlock()
	}()
	keys, err := ks.nextDue(now, limit)
	if err != nil {
		return false, err
	}
	lower, upper := ks.dueRange(tagFields, now)
	hashes, err := ks.due(lower, upper, limit)
	if err != nil {
		return false, err
	}
	if len(keys) == 0 && len(hashes) == 0 {
		ks.expiredUpTo.Store(ks.sweep.began)
		return false, nil
	}
	r := ks.NewRun()
	for i := range keys {
		if err := r.expire(&keys[i]); err != nil {
			return false, errors.Join(err, r.Abort())
		}
		r.effects.EndUnit()
	}
	lost, more, err := r.expireFields(hashes, limit)
	if err != nil {
		return false, errors.Join(err, r.Abort())
	}
	p, err := r.Apply()
	if err != nil {
		return false, err
	}
	ks.tellFields(lost)
	if p != nil {
		err = p.Wait()
	}
	more = more || ks.sweep.more()
	if err == nil && !more {
		ks.expiredUpTo.Store(ks.sweep.began)
	}
	return more, err
}

// tellFields counts what was applied and calls OnFieldsExpired's function.
func (ks *Keyspace) tellFields(lost []FieldsExpired) {
	f := ks.onFieldsExpired.Load()
	for i := range lost {
		ks.expiredFields.Add(uint64(len(lost[i].Fields)))
		if f != nil {
			(*f)(&lost[i])
		}
	}
}

// A run that took its time may write an expiry time that is already past when it
// is applied, and a clock may be set back. So the search begins this much before
// the time up to which everything was removed, and now and then at the very
// beginning. Always beginning there would mean to step over all entries removed
// since they were last compacted away.
const (
	expireMargin    = 1000      // milliseconds
	expireFullEvery = 60 * 1000 // milliseconds
)

// sweep is a walk through the index of expiring keys. Entries are read ahead, and
// the search goes on behind the last one: to begin it anew for every step would
// mean to step over all that were just removed.
type sweep struct {
	mu    sync.Mutex
	began int64  // when it did, unix ms
	ahead []due  // read and not dealt with
	next  []byte // where to read on; nil: all was read
}

// sweepAhead is the number of entries that are read at a time. They are dealt with in
// the order of the keys, not of time: so many that keys which are stored beside one
// another are often read together.
const sweepAhead = 1 << 16

func (s *sweep) more() bool { return len(s.ahead) > 0 || s.next != nil }

// nextDue are the next keys of the sweep whose time has come; none at its end.
func (ks *Keyspace) nextDue(now int64, limit int) ([]due, error) {
	s := &ks.sweep
	if len(s.ahead) == 0 {
		lower, upper := ks.dueRange(tagExpiry, now)
		if s.next == nil {
			s.began = now
		} else {
			lower = s.next
		}
		read := max(limit, sweepAhead)
		found, err := ks.due(lower, upper, read)
		if err != nil {
			return nil, err
		}
		s.ahead, s.next = found, nil
		if len(found) == read {
			last := &found[read-1]
			s.next = append(appendExpiryKey(nil, tagExpiry, last.ms, last.id, last.key), 0)
		}
		slices.SortFunc(found, func(a, b due) int {
			return cmp.Or(cmp.Compare(a.id, b.id), bytes.Compare(a.key, b.key))
		})
	}
	n := min(limit, len(s.ahead))
	batch := s.ahead[:n:n]
	s.ahead = s.ahead[n:]
	return batch, nil
}

// dueRange is where the entries of an expiry index up to now are looked for.
func (ks *Keyspace) dueRange(tag byte, now int64) (lower, upper []byte) {
	upTo := ks.expiredUpTo.Load()
	from := max(0, upTo-expireMargin)
	if now < upTo || now/expireFullEvery != upTo/expireFullEvery {
		from = 0
	}
	return appendExpiryKey(nil, tag, from, 0, nil), appendExpiryKey(nil, tag, now+1, 0, nil)
}

// due reads the first entries of an expiry index in [lower, upper).
func (ks *Keyspace) due(lower, upper []byte, limit int) (batch []due, err error) {
	it, err := ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: upper, KeysOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok && len(batch) < limit; ok = it.Next() {
		ms, id, key, err := splitExpiryKey(slices.Clone(it.Key()))
		if err != nil {
			return nil, err
		}
		batch = append(batch, due{ms, id, key})
	}
	return batch, it.Error()
}

// expire removes the key of an index entry, or just the entry if it is not the
// key's own: the key's database was flushed.
func (r *Run) expire(d *due) error {
	if err := r.Lock(0, [][]byte{d.key}, true); err != nil {
		return err
	}
	if d.ms > r.now {
		return nil // the clock was set back since the entry was read
	}
	if slices.Contains(r.dbs.ids, d.id) {
		stored, err := r.read(d.id, d.key)
		if err != nil {
			return err
		}
		if stored.Expire == d.ms && stored.Type != TypeNone {
			return r.drop(d.id, d.key, &stored)
		}
	}
	return r.w.Delete(appendExpiryKey(nil, tagExpiry, d.ms, d.id, d.key))
}

// expireFields removes up to limit due fields of the hashes of index entries, and
// says whether there are more.
func (r *Run) expireFields(hashes []due, limit int) (lost []FieldsExpired, more bool, err error) {
	more = len(hashes) == limit
	for i := range hashes {
		if limit <= 0 {
			return lost, true, nil
		}
		fields, gone, moreFields, err := r.expireFieldsOf(&hashes[i], limit)
		if err != nil {
			return nil, false, err
		}
		more = more || moreFields
		if limit -= len(fields); len(fields) > 0 {
			lost = append(lost, FieldsExpired{slices.Index(r.dbs.ids, hashes[i].id), hashes[i].key, fields, gone})
		}
	}
	return lost, more, nil
}

// expireFieldsOf removes due fields of the hash of an index entry, or just the
// entry if it is not the hash's own.
func (r *Run) expireFieldsOf(d *due, limit int) (fields [][]byte, gone, more bool, err error) {
	if err := r.Lock(0, [][]byte{d.key}, true); err != nil {
		return nil, false, false, err
	}
	if slices.Contains(r.dbs.ids, d.id) {
		stored, err := r.read(d.id, d.key)
		if err != nil {
			return nil, false, false, err
		}
		switch {
		case stored.due != d.ms || stored.Type != TypeHash:
		case r.expired(&stored):
			return nil, true, false, r.drop(d.id, d.key, &stored)
		default:
			h := Hash{object{r: r, id: d.id, key: d.key, stored: stored, Meta: stored}}
			fields, more, err = h.expireFields(limit)
			r.removedFields(d.id, d.key, fields...)
			r.effects.EndUnit()
			return fields, !h.Exists(), more, err
		}
	}
	return nil, false, false, r.w.Delete(appendExpiryKey(nil, tagFields, d.ms, d.id, d.key))
}

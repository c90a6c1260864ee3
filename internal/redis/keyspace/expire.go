package keyspace

import (
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// due is an entry of the expiry index whose time has come.
type due struct {
	ms  int64
	id  uint32
	key []byte

	place uint32 // in a sweep
	left  bool   // it stays in the index: its time has not come after all
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
	s := &ks.sweep
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, err := s.take(ks, now, limit)
	if err != nil {
		return false, err
	}
	lower, upper := ks.dueRange(tagFields, now)
	hashes, err := ks.due(lower, upper, limit)
	if err != nil {
		return false, err
	}
	if len(keys) > 0 || len(hashes) > 0 {
		if more, err = ks.expireSome(keys, hashes, limit); err != nil {
			s.forget() // what was not removed is looked for again
			return false, err
		}
		s.dealtWith(keys)
	}
	if len(s.order) == 0 {
		if err := s.retire(ks); err != nil {
			return false, err
		}
	}
	if more = more || s.more(); !more {
		ks.expiredUpTo.CompareAndSwap(s.from, s.began)
	}
	return more, nil
}

// expireSome removes keys and fields in one run, and says whether more fields are due.
func (ks *Keyspace) expireSome(keys, hashes []due, limit int) (more bool, err error) {
	r := ks.NewRun()
	r.keepEntries = ks.sweep.wide
	if err := r.expireAll(keys); err != nil {
		return false, errors.Join(err, r.Abort())
	}
	r.keepEntries = false
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
		batch = append(batch, due{ms: ms, id: id, key: key})
	}
	return batch, it.Error()
}

// expireAll does what expire does for many entries, in the order of their keys, with
// a run that has written nothing. Keys whose locks are free are looked up together;
// the others' are waited for one by one, when there is nothing else to do.
func (r *Run) expireAll(batch []due) error {
	if err := r.Lock(0, nil, true); err != nil {
		return err
	}
	var free, busy []*due
	var buf []byte
	keys := make([][]byte, 0, len(batch))
	for i := range batch {
		d := &batch[i]
		if !r.tryLock(d.key) {
			busy = append(busy, d)
			continue
		}
		free = append(free, d)
		at := len(buf)
		buf = appendMetaKey(buf, d.id, d.key)
		keys = append(keys, buf[at:len(buf):len(buf)])
	}
	err := storage.GetMany(r.w.Base(), keys, func(i int, raw []byte) error {
		var stored Meta
		if raw != nil {
			var err error
			if stored, err = decodeMeta(raw); err != nil {
				return err
			}
		}
		defer r.effects.EndUnit()
		return r.expireStored(free[i], &stored)
	})
	for _, d := range busy {
		if err == nil {
			err = r.expire(d)
			r.effects.EndUnit()
		}
	}
	return err
}

// expire removes the key of an index entry under the key's lock.
func (r *Run) expire(d *due) error {
	if err := r.Lock(0, [][]byte{d.key}, true); err != nil {
		return err
	}
	stored, err := r.read(d.id, d.key)
	if err != nil {
		return err
	}
	return r.expireStored(d, &stored)
}

// expireStored removes the key of an index entry, with this metadata, or just the
// entry if it is not the key's own: the key's database was flushed. The key is locked.
func (r *Run) expireStored(d *due, stored *Meta) error {
	switch {
	// The clock was set back since the entry was read, or it may be the key's own when
	// the database that is being loaded takes its place.
	case d.ms > r.now || slices.Contains(r.ks.replacing, d.id):
		d.left = true
		return nil
	case slices.Contains(r.dbs.ids, d.id) && stored.Expire == d.ms && stored.Type != TypeNone:
		return r.drop(d.id, d.key, stored)
	}
	return r.moveEntry(tagExpiry, d.id, d.key, d.ms, 0)
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
	if slices.Contains(r.ks.replacing, d.id) {
		return nil, false, false, nil
	}
	return nil, false, false, r.w.Delete(appendExpiryKey(nil, tagFields, d.ms, d.id, d.key))
}

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
}

// ExpireDue removes up to limit keys whose TTL has run out, and says whether
// there are more. The background worker calls it; so do tests. Like a command
// it locks the keys, and it removes a key only if its metadata still has the
// very expiry time of the index entry.
func (ks *Keyspace) ExpireDue(limit int) (more bool, err error) {
	now := ks.now()
	batch, err := ks.due(now, limit)
	if err != nil {
		return false, err
	}
	if len(batch) < limit {
		defer func() {
			if err == nil {
				ks.expiredUpTo.Store(now)
			}
		}()
	}
	if len(batch) == 0 {
		return false, nil
	}
	r := ks.NewRun()
	for i := range batch {
		if err := r.expire(&batch[i]); err != nil {
			return false, errors.Join(err, r.Abort())
		}
	}
	p, err := r.Apply()
	if err != nil {
		return false, err
	}
	if p != nil {
		err = p.Wait()
	}
	return len(batch) == limit, err
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

// due reads the first entries of the expiry index up to now.
func (ks *Keyspace) due(now int64, limit int) (batch []due, err error) {
	upTo := ks.expiredUpTo.Load()
	from := max(0, upTo-expireMargin)
	if now < upTo || now/expireFullEvery != upTo/expireFullEvery {
		from = 0
	}
	it, err := ks.store.NewIter(storage.IterOptions{
		Lower:    appendExpiryKey(nil, from, 0, nil),
		Upper:    appendExpiryKey(nil, now+1, 0, nil),
		KeysOnly: true,
	})
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
	if slices.Contains(r.dbs.ids, d.id) {
		stored, err := r.read(d.id, d.key)
		if err != nil {
			return err
		}
		if stored.Expire == d.ms && stored.Type != TypeNone {
			return r.drop(d.id, d.key, &stored)
		}
	}
	return r.w.Delete(appendExpiryKey(nil, d.ms, d.id, d.key))
}

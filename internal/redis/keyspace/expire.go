package keyspace

import (
	"errors"
	"slices"
	"time"

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
	batch, err := ks.due(limit)
	if err != nil || len(batch) == 0 {
		return false, err
	}
	r := ks.NewRun()
	removed := uint64(0)
	for i := range batch {
		gone, err := r.expire(&batch[i])
		if err != nil {
			return false, errors.Join(err, r.Abort())
		}
		if gone {
			removed++
		}
	}
	p, err := r.Apply()
	if err != nil {
		return false, err
	}
	ks.expired.Add(removed)
	if p != nil {
		err = p.Wait()
	}
	return len(batch) == limit, err
}

// due reads the first entries of the expiry index that are not in the future.
func (ks *Keyspace) due(limit int) (batch []due, err error) {
	it, err := ks.store.NewIter(storage.IterOptions{
		Lower:    []byte{tagExpiry},
		Upper:    appendExpiryKey(nil, ks.now()+1, 0, nil),
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
func (r *Run) expire(d *due) (removed bool, err error) {
	if err := r.Lock(0, [][]byte{d.key}, true); err != nil {
		return false, err
	}
	if slices.Contains(r.dbs.ids, d.id) {
		stored, err := r.read(d.id, d.key)
		if err != nil {
			return false, err
		}
		if stored.Expire == d.ms && stored.Type != TypeNone {
			return true, r.drop(d.id, d.key, &stored)
		}
	}
	return false, r.w.Delete(appendExpiryKey(nil, d.ms, d.id, d.key))
}

// expireStep is the number of keys the worker removes under one set of locks,
// expireInterval how often it looks. TTLs are exact all the same: an expired
// key is invisible before it is removed.
const (
	expireStep     = 128
	expireInterval = 100 * time.Millisecond
)

func (ks *Keyspace) expireLoop() {
	defer ks.workers.Done()
	ticker := time.NewTicker(expireInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ks.stop:
			return
		case <-ticker.C:
		}
		for more := true; more && !ks.stopping(); {
			var err error
			if more, err = ks.ExpireDue(expireStep); err != nil {
				ks.log.Error("expiring keys", "err", err)
				break
			}
		}
	}
}

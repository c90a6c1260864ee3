package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// Garbage is what commands leave behind so that they need not wait: the subkeys
// of collections that were deleted or overwritten, and flushed databases. A
// record in the queue names it; the collector removes it and then the record.
// Nothing refers to garbage, so the collector needs no key locks.
const (
	garbageVersion  = 'v' // then the version; the value is the collection's size
	garbageDatabase = 'd' // then the dbid; the value is a databaseGarbage
	garbageBelow    = 'w' // the value is a version: everything below is garbage
)

var errGarbage = errors.New("garbage record does not decode")

var garbageBelowKey = []byte{tagGarbage, garbageBelow}

func appendVersionGarbage(b []byte, version uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, tagGarbage, garbageVersion), version)
}

// versionGarbage are the subkeys of a collection of this size.
type versionGarbage struct{ version, size uint64 }

// garbageQueue tells the collector what was queued since it last looked, so that
// it need not search the stored queue, whose front is full of what it deleted
// there. The stored one serves after a restart, for databases, and when there
// is more than this can hold.
type garbageQueue struct {
	mu       sync.Mutex
	versions []versionGarbage
	stored   bool // the stored queue must be searched
	wake     chan struct{}
}

// garbageQueueMax is the number of versions remembered.
const garbageQueueMax = 1 << 16

func (q *garbageQueue) add(versions []versionGarbage, stored bool) {
	q.mu.Lock()
	if len(q.versions)+len(versions) > garbageQueueMax {
		q.stored = true
	} else {
		q.versions = append(q.versions, versions...)
	}
	q.stored = q.stored || stored
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns up to limit versions, and whether to search the stored queue.
func (q *garbageQueue) take(limit int) (versions []versionGarbage, stored bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(limit, len(q.versions))
	versions = q.versions[:n:n]
	if q.versions = q.versions[n:]; len(q.versions) == 0 {
		q.versions = nil
	}
	stored, q.stored = q.stored, false
	return versions, stored
}

// discard queues the subkeys of a collection.
func (r *Run) discard(old *Meta) error {
	g := versionGarbage{old.version, uint64(old.Size)}
	r.discarded = append(r.discarded, g)
	r.keyBuf = appendVersionGarbage(r.keyBuf[:0], g.version)
	return r.w.Set(r.keyBuf, binary.AppendUvarint(nil, g.size))
}

// discardAllVersions queues the subkeys of all collections there are.
func (r *Run) discardAllVersions() error {
	r.searchGarbage = true
	return r.w.Set(garbageBelowKey, binary.BigEndian.AppendUint64(nil, r.ks.versions.newest()))
}

// discardDatabase queues the keys under a dbid.
func (r *Run) discardDatabase(id uint32, g databaseGarbage) error {
	r.searchGarbage = true
	return r.w.Set(binary.BigEndian.AppendUint32([]byte{tagGarbage, garbageDatabase}, id), g.append(nil))
}

// databaseGarbage says what must be looked for in a flushed database.
type databaseGarbage struct {
	subkeysCovered bool   // no collection's subkeys need queueing
	noExpiry       bool   // no key is in the expiry index
	next           []byte // keys before it are dealt with
}

func (g *databaseGarbage) append(b []byte) []byte {
	flags := byte(0)
	if g.subkeysCovered {
		flags |= 1
	}
	if g.noExpiry {
		flags |= 2
	}
	return append(append(b, flags), g.next...)
}

func decodeDatabaseGarbage(b []byte) (g databaseGarbage, err error) {
	if len(b) == 0 {
		return g, corrupt(errGarbage)
	}
	return databaseGarbage{b[0]&1 != 0, b[0]&2 != 0, b[1:]}, nil
}

// Collect removes garbage in one bounded step of about limit entries, and says
// whether there is more. The background worker calls it; so do tests.
func (ks *Keyspace) Collect(limit int) (more bool, err error) {
	// A flush must not queue while this step decides what to remove.
	ks.locks.all.RLock()
	w := ks.newWrite()
	versions, stored := ks.garbage.take(limit)
	more, err = ks.collectInto(w.batch, versions, stored, limit)
	if err == nil && w.batch.Len() > 0 {
		w.pending, err = ks.store.Apply(w.batch)
	}
	ks.locks.all.RUnlock()
	if err != nil || (stored && more) {
		ks.garbage.add(nil, true)
	}
	if w.pending == nil {
		return more, errors.Join(err, w.release())
	}
	return more, w.Wait()
}

func (ks *Keyspace) collectInto(b storage.Batch, versions []versionGarbage, stored bool, limit int) (more bool, err error) {
	for _, g := range versions {
		if err := ks.collectVersion(b, g); err != nil {
			return false, err
		}
	}
	if stored {
		return ks.collectStored(b, limit)
	}
	return len(versions) == limit, nil
}

// collectStored works off the stored queue from its beginning.
func (ks *Keyspace) collectStored(b storage.Batch, limit int) (more bool, err error) {
	raw, err := ks.store.Get(garbageBelowKey)
	if err == nil {
		return true, collectBelow(b, raw)
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return false, err
	}
	lower := []byte{tagGarbage}
	it, err := ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: storage.PrefixEnd(lower)})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if b.Len() >= limit {
			return true, nil
		}
		value, err := it.Value()
		if err != nil {
			return false, err
		}
		key := it.Key()
		switch {
		case len(key) == 10 && key[1] == garbageVersion:
			size, n := binary.Uvarint(value)
			if n <= 0 {
				return false, corrupt(errGarbage)
			}
			err = ks.collectVersion(b, versionGarbage{binary.BigEndian.Uint64(key[2:]), size})
		case len(key) == 6 && key[1] == garbageDatabase:
			more = true // it may have queued versions
			err = ks.collectDatabase(b, binary.BigEndian.Uint32(key[2:]), value, limit)
		default:
			err = corrupt(errGarbage)
		}
		if err != nil {
			return false, err
		}
	}
	return more, it.Error()
}

// collectBelow removes the subkeys of all versions below the recorded one.
func collectBelow(b storage.Batch, raw []byte) error {
	if len(raw) != 8 {
		return corrupt(errGarbage)
	}
	limit := binary.BigEndian.Uint64(raw)
	lower, _ := versionBounds(0)
	upper, _ := versionBounds(limit)
	if err := b.DeleteRange(lower, upper); err != nil {
		return err
	}
	if err := b.DeleteRange(appendVersionGarbage(nil, 0), appendVersionGarbage(nil, limit)); err != nil {
		return err
	}
	return b.Delete(garbageBelowKey)
}

// collectVersion removes the subkeys of one collection: one by one if they are
// few, because a range delete is work for every later read around it.
func (ks *Keyspace) collectVersion(b storage.Batch, g versionGarbage) error {
	ks.recent.remove(g.version)
	lower, upper := versionBounds(g.version)
	if g.size >= rangeDeleteSize {
		if err := b.DeleteRange(lower, upper); err != nil {
			return err
		}
	} else if err := ks.deleteEach(b, lower, upper); err != nil {
		return err
	}
	return b.Delete(appendVersionGarbage(nil, g.version))
}

func (ks *Keyspace) deleteEach(b storage.Batch, lower, upper []byte) (err error) {
	it, err := ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: upper, KeysOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if err := b.Delete(it.Key()); err != nil {
			return err
		}
	}
	return it.Error()
}

// collectDatabase walks the keys of a flushed database for what they have
// outside it, a step at a time, and removes them all at the end.
func (ks *Keyspace) collectDatabase(b storage.Batch, id uint32, value []byte, limit int) error {
	g, err := decodeDatabaseGarbage(value)
	if err != nil {
		return err
	}
	record := binary.BigEndian.AppendUint32([]byte{tagGarbage, garbageDatabase}, id)
	lower, upper := keyRange(id, nil)
	done := g.subkeysCovered && g.noExpiry
	if !done {
		g.next = slices.Clone(g.next)
		if done, err = ks.collectKeys(b, id, &g, limit); err != nil {
			return err
		}
	}
	if !done {
		return b.Set(record, g.append(nil))
	}
	if err := b.DeleteRange(lower, upper); err != nil {
		return err
	}
	return b.Delete(record)
}

// collectKeys deals with up to limit keys from g.next on, and moves it.
func (ks *Keyspace) collectKeys(b storage.Batch, id uint32, g *databaseGarbage, limit int) (done bool, err error) {
	lower, upper := keyRange(id, nil)
	it, err := ks.store.NewIter(storage.IterOptions{Lower: append(lower, g.next...), Upper: upper})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		key := it.Key()[metaKeyLen:]
		if limit--; limit < 0 {
			g.next = append(g.next[:0], key...)
			return false, nil
		}
		value, err := it.Value()
		if err != nil {
			return false, err
		}
		m, err := decodeMeta(value)
		if err != nil {
			return false, err
		}
		if m.Expire != 0 {
			if err := b.Delete(appendExpiryKey(nil, m.Expire, id, key)); err != nil {
				return false, err
			}
		}
		if m.collection() && !g.subkeysCovered {
			if err := b.Set(appendVersionGarbage(nil, m.version), binary.AppendUvarint(nil, uint64(m.Size))); err != nil {
				return false, err
			}
		}
	}
	return true, it.Error()
}

package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// Garbage is what commands leave behind so that they need not wait: the subkeys
// of values that were deleted or overwritten, and flushed databases. A
// record in the queue names it; the collector removes it and then the record.
// Nothing refers to garbage, so the collector needs no key locks.
const (
	garbageVersion  = 'v' // then the version; the value tells how many subkeys
	garbageDatabase = 'd' // then the dbid; the value is a databaseGarbage
	garbageBelow    = 'w' // the value is a version: everything below is garbage
)

var errGarbage = errors.New("garbage record does not decode")

var garbageBelowKey = []byte{tagGarbage, garbageBelow}

func appendVersionGarbage(b []byte, version uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, tagGarbage, garbageVersion), version)
}

// versionGarbage are about so many subkeys of a version.
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

// discard queues the subkeys of a value.
func (r *Run) discard(old *Meta) error {
	g := versionGarbage{old.version, old.entries()}
	r.discarded = append(r.discarded, g)
	t := r.tally(garbageID)
	t.keys++
	t.bytes += old.bytes
	r.keyBuf = appendVersionGarbage(r.keyBuf[:0], g.version)
	return r.w.Set(r.keyBuf, appendSizes(nil, old))
}

// appendSizes encodes what the collector wants to know of a version.
func appendSizes(b []byte, m *Meta) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, m.entries()), uint64(m.bytes))
}

// decodeSizes reads what appendSizes wrote. Garbage from before bytes were kept has
// none and is not among the counted.
func decodeSizes(b []byte) (size uint64, counted tally, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, tally{}, corrupt(errGarbage)
	}
	if b = b[n:]; len(b) > 0 {
		bytes, n := binary.Uvarint(b)
		if n <= 0 {
			return 0, tally{}, corrupt(errGarbage)
		}
		counted = tally{keys: 1, bytes: int64(bytes)}
	}
	return size, counted, nil
}

// discardAllVersions queues the subkeys of all collections there are. What is queued
// one by one goes with them.
func (r *Run) discardAllVersions() error {
	r.searchGarbage = true
	r.ks.flushes++
	below := binary.BigEndian.AppendUint64(nil, r.ks.versions.newest())
	queued := r.pendingTally(garbageID)
	return r.w.Set(garbageBelowKey, queued.append(below))
}

// discardDatabase queues the keys under a dbid.
func (r *Run) discardDatabase(id uint32, g databaseGarbage) error {
	r.searchGarbage = true
	return r.w.Set(binary.BigEndian.AppendUint32([]byte{tagGarbage, garbageDatabase}, id), g.encode())
}

// databaseGarbage says what must be looked for in a flushed database.
type databaseGarbage struct {
	subkeysCovered bool   // no collection's subkeys need queueing
	noExpiry       bool   // no key is in an expiry index
	next           []byte // keys before it are dealt with
}

func (g *databaseGarbage) encode() []byte {
	flags := byte(0)
	if g.subkeysCovered {
		flags |= 1
	}
	if g.noExpiry {
		flags |= 2
	}
	return append([]byte{flags}, g.next...)
}

func decodeDatabaseGarbage(b []byte) (g databaseGarbage, err error) {
	if len(b) == 0 {
		return g, corrupt(errGarbage)
	}
	return databaseGarbage{b[0]&1 != 0, b[0]&2 != 0, b[1:]}, nil
}

// Collect removes garbage in one bounded step of about limit entries, and says
// whether there is more. The background worker calls it; so do tests. Steps must not
// overlap.
func (ks *Keyspace) Collect(limit int) (more bool, err error) {
	// A flush must not queue while this step decides what to remove.
	ks.locks.all.RLock()
	w := ks.newWrite()
	versions, stored := ks.garbage.take(limit)
	c := collection{ks: ks, b: w.batch, limit: limit, left: rangeStep}
	more, err = c.step(versions, stored)
	if err == nil && w.batch.Len() > 0 {
		if w.pending, err = ks.counts.apply(ks.store, w.batch, c.changes()); err == nil {
			c.collected()
		}
	}
	if len(c.rest) > 0 {
		ks.garbage.add(c.rest, false)
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

// collection is one step of the collector.
type collection struct {
	ks    *Keyspace
	b     storage.Batch
	limit int

	versions  map[uint64]struct{} // collected in this step
	queued    tally               // of the version garbage, what it changes by
	databases []delta             // the same of flushed databases
	gone      []uint32            // flushed databases that are collected
	left      int                 // entries that ranges may yet cover in this step; see deleteRange
	stopped   bool                // it did not cover one
	rest      []versionGarbage    // for the next step, then
	large     uint64              // collections that count as lazily freed
	reclaim   []uint64            // versions whose space is much
}

func (c *collection) step(versions []versionGarbage, stored bool) (more bool, err error) {
	below := uint64(0)
	if stored {
		if below, err = c.below(); err != nil {
			return false, err
		}
	}
	for i, g := range versions {
		if g.version < below {
			continue
		}
		if err := c.version(g.version); err != nil {
			return false, err
		}
		if c.stopped {
			c.rest = versions[i:]
			break
		}
	}
	switch {
	case below > 0 || c.stopped:
		return true, nil
	case stored:
		return c.stored()
	}
	return len(versions) == c.limit, nil
}

// changes are the deltas of the step.
func (c *collection) changes() []delta {
	var deltas []delta
	if !c.queued.zero() {
		deltas = append(deltas, delta{garbageID, c.queued})
	}
	for _, d := range c.databases {
		if !slices.Contains(c.gone, d.id) {
			deltas = append(deltas, d)
		}
	}
	return deltas
}

// collected tells the keyspace what the applied step removed.
func (c *collection) collected() {
	n := c.large
	for _, id := range c.gone {
		n += uint64(max(0, c.ks.counts.forget(id).keys))
	}
	c.ks.collected.Add(n)
	c.ks.reclaimLater(c.reclaim)
}

// stored works off the stored queue from its beginning.
func (c *collection) stored() (more bool, err error) {
	lower := []byte{tagGarbage}
	it, err := c.ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: storage.PrefixEnd(lower)})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if c.b.Len() >= c.limit || c.stopped {
			return true, nil
		}
		value, err := it.Value()
		if err != nil {
			return false, err
		}
		key := it.Key()
		switch {
		case len(key) == 10 && key[1] == garbageVersion:
			err = c.version(binary.BigEndian.Uint64(key[2:]))
		case len(key) == 6 && key[1] == garbageDatabase:
			more = true // it may have queued versions
			err = c.database(binary.BigEndian.Uint32(key[2:]), value)
		default:
			err = corrupt(errGarbage)
		}
		if err != nil {
			return false, err
		}
	}
	return more || c.stopped, it.Error()
}

// below removes the subkeys of all versions below the recorded one, and returns that,
// 0 if there is none.
func (c *collection) below() (uint64, error) {
	raw, err := c.ks.store.Get(garbageBelowKey)
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(raw) < 8 {
		return 0, corrupt(errGarbage)
	}
	limit := binary.BigEndian.Uint64(raw)
	lower, _ := versionBounds(0)
	upper, _ := versionBounds(limit)
	if done, err := c.deleteRange(lower, upper); err != nil || !done {
		return limit, err
	}
	if len(raw) > 8 {
		queued, err := decodeTally(raw[8:])
		if err != nil {
			return 0, err
		}
		c.queued.keys -= queued.keys
		c.queued.bytes -= queued.bytes
	}
	if err := c.b.DeleteRange(appendVersionGarbage(nil, 0), appendVersionGarbage(nil, limit)); err != nil {
		return 0, err
	}
	return limit, c.b.Delete(garbageBelowKey)
}

// version removes the subkeys of one value, if nothing has yet, and if they are not
// about to get a key. The record is read after that is known, for it goes then.
func (c *collection) version(version uint64) error {
	if c.ks.unlinked.has(version) {
		return nil
	}
	raw, err := c.ks.store.Get(appendVersionGarbage(nil, version))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.record(version, raw)
}

// record removes the subkeys of a queued collection: one by one if they are few,
// because a range delete is work for every later read around it.
func (c *collection) record(version uint64, raw []byte) error {
	if _, done := c.versions[version]; done {
		return nil
	}
	if c.versions == nil {
		c.versions = make(map[uint64]struct{})
	}
	c.versions[version] = struct{}{}
	size, counted, err := decodeSizes(raw)
	if err != nil {
		return err
	}
	c.ks.recent.remove(version)
	lower, upper := versionBounds(version)
	if size >= rangeDeleteSize {
		done, err := c.deleteRange(lower, upper)
		if err != nil || !done {
			return err
		}
	} else if err := c.ks.deleteEach(c.b, lower, upper); err != nil {
		return err
	}
	c.queued.keys -= counted.keys
	c.queued.bytes -= counted.bytes
	if size > lazyEffort {
		c.large++
	}
	if counted.bytes >= reclaimBytes {
		c.reclaim = append(c.reclaim, version)
	}
	return c.b.Delete(appendVersionGarbage(nil, version))
}

// rangeStep is the number of entries that ranges cover in one step, where it matters.
const rangeStep = 256

// deleteRange removes [lower, upper), and says whether that is done: where a range delete
// takes as long as what it covers, and all others wait, the beginning of it goes.
func (c *collection) deleteRange(lower, upper []byte) (done bool, err error) {
	if s, ok := c.ks.store.(storage.StepDeleter); !ok || !s.DeletesInSteps() {
		return true, c.b.DeleteRange(lower, upper)
	}
	it, err := c.ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: upper, KeysOnly: true})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	ok := it.First()
	for ; ok && c.left > 0; ok = it.Next() {
		c.left--
	}
	switch {
	case it.Error() != nil:
		return false, it.Error()
	case ok:
		c.stopped = true
		return false, c.b.DeleteRange(lower, it.Key())
	}
	return true, c.b.DeleteRange(lower, upper)
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

// database walks the keys of a flushed database for what they have outside it, a
// step at a time, and removes them all at the end.
func (c *collection) database(id uint32, value []byte) error {
	g, err := decodeDatabaseGarbage(value)
	if err != nil {
		return err
	}
	record := binary.BigEndian.AppendUint32([]byte{tagGarbage, garbageDatabase}, id)
	lower, upper := keyRange(id, nil)
	done := g.subkeysCovered && g.noExpiry
	if !done {
		g.next = slices.Clone(g.next)
		if done, err = c.keys(id, &g); err != nil {
			return err
		}
	}
	if !done {
		return c.b.Set(record, g.encode())
	}
	if done, err = c.deleteRange(lower, upper); err != nil {
		return err
	}
	if !done {
		return c.b.Set(record, g.encode())
	}
	if err := c.b.Delete(countsKey(id)); err != nil {
		return err
	}
	c.gone = append(c.gone, id)
	return c.b.Delete(record)
}

// keys deals with up to limit keys from g.next on, and moves it.
func (c *collection) keys(id uint32, g *databaseGarbage) (done bool, err error) {
	lower, upper := keyRange(id, nil)
	it, err := c.ks.store.NewIter(storage.IterOptions{Lower: append(lower, g.next...), Upper: upper})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	d := delta{id: id}
	defer func() { c.databases = append(c.databases, d) }()
	limit := c.limit
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
			if err := c.b.Delete(appendExpiryKey(nil, tagExpiry, m.Expire, id, key)); err != nil {
				return false, err
			}
		}
		if m.due != 0 {
			if err := c.b.Delete(appendExpiryKey(nil, tagFields, m.due, id, key)); err != nil {
				return false, err
			}
		}
		if m.subkeys() && !g.subkeysCovered {
			if err := c.b.Set(appendVersionGarbage(nil, m.version), appendSizes(nil, &m)); err != nil {
				return false, err
			}
			// Its subkeys are counted with the others in the queue now.
			d.bytes -= m.bytes
			c.queued.bytes += m.bytes
			c.queued.keys++
		}
	}
	return true, it.Error()
}

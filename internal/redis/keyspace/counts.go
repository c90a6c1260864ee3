package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/storage"
)

// DBStats is what INFO's keyspace section tells of a database. Keys whose TTL
// has run out count until the worker has removed them, as in redis-server.
type DBStats struct {
	Keys    int64
	Expires int64 // keys with a TTL
	AvgTTL  int64 // milliseconds, 0 without TTLs
	Timed   int64 // hashes of which a field has a TTL
}

// tally counts a database's keys, or a change of them. expirySum is the sum of
// the expiry times in seconds, from which the mean TTL follows; bytes is what the
// keys take (see footprint.go); timed counts the hashes of which a field has a TTL.
type tally struct {
	keys, expires, expirySum, bytes, timed int64
}

func (t *tally) add(d tally) {
	t.keys += d.keys
	t.expires += d.expires
	t.expirySum += d.expirySum
	t.bytes += d.bytes
	t.timed += d.timed
}

func (t *tally) zero() bool { return *t == tally{} }

// maxCountedExpiry bounds what one key adds to a sum of expiry times (the year
// 3058), so that absurd TTLs cannot overflow it.
const maxCountedExpiry = 1 << 35

// expiry counts a TTL in (sign 1) or out (sign -1).
func (t *tally) expiry(ms, sign int64) {
	t.expires += sign
	t.expirySum += sign * min(ms/1000, maxCountedExpiry)
}

func (t *tally) append(b []byte) []byte {
	b = binary.AppendVarint(b, t.keys)
	b = binary.AppendVarint(b, t.expires)
	b = binary.AppendVarint(b, t.expirySum)
	b = binary.AppendVarint(b, t.bytes)
	return binary.AppendVarint(b, t.timed)
}

// decodeTally reads what append wrote, or as much of it as there was then.
func decodeTally(b []byte) (t tally, err error) {
	for i, p := range []*int64{&t.keys, &t.expires, &t.expirySum, &t.bytes, &t.timed} {
		if i >= 3 && len(b) == 0 {
			break
		}
		v, n := binary.Varint(b)
		if n <= 0 {
			return tally{}, corrupt(errors.New("counts do not decode"))
		}
		*p, b = v, b[n:]
	}
	return t, nil
}

// garbageID is under which the subkeys of deleted collections are counted: as keys
// and bytes. No database has it.
const garbageID = 0

// counts are the tallies of all databases by dbid, flushed ones included until
// they are collected. Every batch that changes them carries the new tally, so they
// are exact after a crash. The lock is held while such a batch is applied: tallies
// enter the log in the order they were computed.
type counts struct {
	mu      sync.Mutex
	byID    map[uint32]tally
	flushed map[uint32]struct{}
	// live and garbage are the bytes of all databases that exist, and of the rest.
	live, garbage atomic.Int64
}

func countsKey(dbid uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{tagCounts}, dbid)
}

// load reads all tallies; ids are the databases that exist.
func (c *counts) load(r storage.Reader, ids []uint32) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID, c.flushed = make(map[uint32]tally, len(ids)), make(map[uint32]struct{})
	c.live.Store(0)
	c.garbage.Store(0)
	lower := []byte{tagCounts}
	it, err := r.NewIter(storage.IterOptions{Lower: lower, Upper: storage.PrefixEnd(lower)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		key := it.Key()
		if len(key) != 5 {
			return corrupt(errors.New("counts have no database"))
		}
		raw, err := it.Value()
		if err != nil {
			return err
		}
		t, err := decodeTally(raw)
		if err != nil {
			return err
		}
		id := binary.BigEndian.Uint32(key[1:])
		if id != garbageID && !slices.Contains(ids, id) {
			c.flushed[id] = struct{}{}
		}
		c.byID[id] = t
		c.total(id).Add(t.bytes)
	}
	return it.Error()
}

// total is where the bytes of a tally are added up.
func (c *counts) total(id uint32) *atomic.Int64 {
	if _, flushed := c.flushed[id]; flushed || id == garbageID {
		return &c.garbage
	}
	return &c.live
}

func (c *counts) get(id uint32) tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byID[id]
}

// pending is the number of objects that wait for the collector.
func (c *counts) pending() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.byID[garbageID].keys
	for id := range c.flushed {
		n += c.byID[id].keys
	}
	return n
}

// delta is a change of one database's tally.
type delta struct {
	id uint32
	tally
}

// apply writes the changed tallies with b and applies it.
func (c *counts) apply(s storage.Store, b storage.Batch, deltas []delta) (storage.Pending, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var buf []byte
	for i := range deltas {
		t := c.byID[deltas[i].id]
		t.add(deltas[i].tally)
		var err error
		if t.zero() {
			err = b.Delete(countsKey(deltas[i].id))
		} else {
			buf = t.append(buf[:0])
			err = b.Set(countsKey(deltas[i].id), buf)
		}
		if err != nil {
			return nil, err
		}
	}
	p, err := s.Apply(b)
	if err != nil {
		return nil, err
	}
	for i := range deltas {
		t := c.byID[deltas[i].id]
		t.add(deltas[i].tally)
		c.byID[deltas[i].id] = t
		if n := deltas[i].bytes; n != 0 {
			c.total(deltas[i].id).Add(n)
		}
	}
	return p, nil
}

// flush notes that a database was flushed.
func (c *counts) flush(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushed[id] = struct{}{}
	n := c.byID[id].bytes
	c.live.Add(-n)
	c.garbage.Add(n)
}

// forget drops the tally of a flushed database that was collected, and returns it.
func (c *counts) forget(id uint32) tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.byID[id]
	c.garbage.Add(-t.bytes)
	delete(c.byID, id)
	delete(c.flushed, id)
	return t
}

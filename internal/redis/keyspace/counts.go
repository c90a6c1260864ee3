package keyspace

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// DBStats is what INFO's keyspace section tells of a database. Keys whose TTL
// has run out count until the worker has removed them, as in redis-server.
type DBStats struct {
	Keys    int64
	Expires int64 // keys with a TTL
	AvgTTL  int64 // milliseconds, 0 without TTLs
}

// tally counts a database's keys, or a change of them. expirySum is the sum of
// the expiry times in seconds, from which the mean TTL follows.
type tally struct {
	keys, expires, expirySum int64
}

func (t *tally) add(d tally) {
	t.keys += d.keys
	t.expires += d.expires
	t.expirySum += d.expirySum
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
	return binary.AppendVarint(b, t.expirySum)
}

func decodeTally(b []byte) (t tally, err error) {
	for _, p := range []*int64{&t.keys, &t.expires, &t.expirySum} {
		v, n := binary.Varint(b)
		if n <= 0 {
			return tally{}, corrupt(errors.New("counts do not decode"))
		}
		*p, b = v, b[n:]
	}
	return t, nil
}

// counts are the tallies of all databases by dbid. Every batch that changes
// the number of keys carries the new tally, so they are exact after a crash.
// The lock is held while such a batch is applied: tallies enter the log in the
// order they were computed.
type counts struct {
	mu   sync.Mutex
	byID map[uint32]tally
}

func countsKey(dbid uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{tagCounts}, dbid)
}

func (c *counts) load(r storage.Reader, ids []uint32) error {
	c.byID = make(map[uint32]tally, len(ids))
	for _, id := range ids {
		raw, err := r.Get(countsKey(id))
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if c.byID[id], err = decodeTally(raw); err != nil {
			return err
		}
	}
	return nil
}

func (c *counts) get(id uint32) tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byID[id]
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
		buf = t.append(buf[:0])
		if err := b.Set(countsKey(deltas[i].id), buf); err != nil {
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
	}
	return p, nil
}

func (c *counts) forget(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}

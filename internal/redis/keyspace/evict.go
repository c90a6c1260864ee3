package keyspace

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// Policy says which keys are evicted first: maxmemory-policy.
type Policy struct {
	Volatile bool // only keys with a TTL
	By       EvictBy
}

// EvictBy is what makes a key a better one to evict than another.
type EvictBy uint8

// The ways to choose keys.
const (
	EvictIdle   EvictBy = iota // the longest not used
	EvictRare                  // the least often used
	EvictRandom                // any
	EvictTTL                   // the one to expire first
)

// evictor finds keys to evict. As in redis-server's evict.c they come from a pool of
// the best among samples. Samples are taken where the last ones ended, in the order
// of the keys, rather than at random places: a seek to a random key costs more than
// reading a hundred, and all keys have their turn alike.
type evictor struct {
	mu     sync.Mutex
	policy Policy
	pool   []candidate // the best last
	left   int         // keys that may be taken before more are sampled
	hands  map[uint32][]byte
	ttls   []byte // where sampling goes on in the expiry index
}

// candidate is a key with what speaks for its eviction.
type candidate struct {
	id    uint32
	key   []byte
	score uint64
}

const (
	// evictRound is the number of keys that are taken for each sampling, which looks
	// at maxmemory-samples times as many.
	evictRound = 16
	// evictPool is the number of candidates that are remembered.
	evictPool = 64
)

// Evict removes up to n keys by policy, until enough, and returns how many. None means
// that there are no keys it may remove, but for those that runs have not applied yet.
// The keys' locks are taken as by Lock, whose errors it returns, so it must be called
// between commands. PendingBytes tells what it freed.
func (r *Run) Evict(p Policy, samples, n int, enough func() bool) (evicted int, err error) {
	r.now = r.ks.now()
	for ghosts := 0; evicted < n && ghosts < 2*evictPool && !enough(); {
		c, ok, err := r.ks.evictor.next(r.ks, p, samples, r.now)
		if err != nil || !ok {
			return evicted, err
		}
		gone, err := r.evict(p, &c)
		if err != nil {
			return evicted, err
		}
		if gone {
			evicted++
		} else {
			ghosts++
		}
	}
	return evicted, nil
}

// OnEvicted has f called with every key that Evict removes, under the key's lock and
// before it is applied with the run's other writes.
func (ks *Keyspace) OnEvicted(f func(db int, key []byte)) { ks.onEvicted.Store(&f) }

// evict removes a candidate if it is one still.
func (r *Run) evict(p Policy, c *candidate) (gone bool, err error) {
	if err := r.Lock(0, [][]byte{c.key}, true); err != nil {
		return false, err
	}
	db := slices.Index(r.dbs.ids, c.id)
	if db < 0 {
		return false, nil
	}
	stored, err := r.read(c.id, c.key)
	if err != nil || stored.Type == TypeNone || p.Volatile && stored.Expire == 0 {
		return false, err
	}
	if err := r.drop(c.id, c.key, &stored); err != nil {
		return false, err
	}
	r.Removed(db, c.key)
	if f := r.ks.onEvicted.Load(); f != nil {
		(*f)(db, c.key)
	}
	return true, nil
}

// next takes the best candidate; ok is false if there is none, and nowhere to find
// one.
func (e *evictor) next(ks *Keyspace, p Policy, samples int, now int64) (c candidate, ok bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.policy != p {
		e.policy, e.pool, e.left = p, nil, 0
	}
	for {
		for e.left > 0 && len(e.pool) > 0 {
			c = e.pool[len(e.pool)-1]
			e.pool = e.pool[:len(e.pool)-1]
			e.left--
			// Used since it was sampled, it may not be worth it any more.
			if p.By == EvictRandom || p.By == EvictTTL || ks.score(p, c.key, now) >= c.score {
				return c, true, nil
			}
		}
		found, err := e.sample(ks, p, samples, now)
		if err != nil || found == 0 {
			return c, false, err
		}
	}
}

// sample adds keys to the pool, and returns how many it looked at.
func (e *evictor) sample(ks *Keyspace, p Policy, samples int, now int64) (found int, err error) {
	limit := evictRound * min(samples, 1024)
	ids := ks.dbs.Load().ids
	if p.Volatile {
		found, err = e.sampleTTLs(ks, p, ids, limit, now)
	} else {
		keys := int64(0)
		for _, id := range ids {
			t := ks.counts.get(id)
			if t.keys == 0 {
				continue
			}
			keys += t.keys
			n, err := e.sampleKeys(ks, p, id, limit, now)
			if err != nil {
				return 0, err
			}
			found += n
		}
		ks.access.grow(keys)
	}
	// Where there are fewer than were asked for, all were seen.
	e.left = min(found, max(evictRound, found/max(samples, 1)))
	return found, err
}

// sampleKeys looks at keys of one database.
func (e *evictor) sampleKeys(ks *Keyspace, p Policy, id uint32, limit int, now int64) (found int, err error) {
	if e.hands == nil {
		e.hands = make(map[uint32][]byte)
	}
	if len(e.hands) > 2*ks.databases { // those of flushed databases
		clear(e.hands)
	}
	lower, upper := keyRange(id, nil)
	hand, found, err := walk(ks.store, lower, upper, e.hands[id], limit, func(key []byte) error {
		name := key[metaKeyLen:]
		e.add(candidate{id, slices.Clone(name), ks.score(p, name, now)})
		return nil
	})
	e.hands[id] = hand
	return found, err
}

// sampleTTLs looks at keys in the expiry index, which is ordered by time: for
// EvictTTL the first are the best.
func (e *evictor) sampleTTLs(ks *Keyspace, p Policy, ids []uint32, limit int, now int64) (found int, err error) {
	lower := []byte{tagExpiry}
	hand := e.ttls
	if p.By == EvictTTL {
		hand = nil
	}
	e.ttls, _, err = walk(ks.store, lower, storage.PrefixEnd(lower), hand, limit, func(key []byte) error {
		ms, id, name, err := splitExpiryKey(key)
		if err != nil || !slices.Contains(ids, id) {
			return err
		}
		found++
		score := math.MaxUint64 - uint64(ms)
		if p.By != EvictTTL {
			score = ks.score(p, name, now)
		}
		e.add(candidate{id, slices.Clone(name), score})
		return nil
	})
	return found, err
}

// walk calls fn for up to limit keys from hand on, and from lower again after the
// last one, and returns where to go on. The key is valid during the call only.
func walk(store storage.Reader, lower, upper, hand []byte, limit int, fn func(key []byte) error) (next []byte, found int, err error) {
	it, err := store.NewIter(storage.IterOptions{Lower: lower, Upper: upper, KeysOnly: true})
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	if len(hand) == 0 {
		hand = lower
	}
	ok := it.SeekGE(hand)
	wrapped := false
	for found < limit {
		if !ok {
			if wrapped || it.Error() != nil {
				return nil, found, it.Error()
			}
			wrapped = true
			if ok = it.First(); !ok {
				return nil, found, it.Error()
			}
		}
		if wrapped && string(it.Key()) >= string(hand) {
			break
		}
		if err := fn(it.Key()); err != nil {
			return nil, found, err
		}
		found++
		ok = it.Next()
	}
	if ok {
		next = slices.Clone(it.Key())
	}
	return next, found, it.Error()
}

// score tells how much speaks for evicting a key.
func (ks *Keyspace) score(p Policy, key []byte, now int64) uint64 {
	c := &ks.access
	f := c.freq.Load()
	switch {
	case p.By == EvictIdle && f == nil:
		return uint64(c.idle(c.slot(key).Load(), now))
	case p.By == EvictRare && f != nil:
		return uint64(255 - frequency(c.slot(key).Load(), f, now))
	}
	return rand.Uint64()
}

// add puts a candidate in its place in the pool, if it is among the best.
func (e *evictor) add(c candidate) {
	at, _ := slices.BinarySearchFunc(e.pool, c, func(a, b candidate) int {
		if a.score < b.score {
			return -1
		}
		return 1
	})
	e.pool = slices.Insert(e.pool, at, c)
	if len(e.pool) > evictPool {
		e.pool = slices.Delete(e.pool, 0, 1)
	}
}

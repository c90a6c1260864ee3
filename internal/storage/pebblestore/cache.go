package pebblestore

import (
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
)

// cache holds the newest values of point reads, and that a key has none. It is
// never stale, though reads, commits and range deletes run side by side. The
// rules that make it so:
//
//   - A commit opens its keys before it hands the batch to Pebble and settles
//     them when the batch is visible. In between reads of these keys go to
//     Pebble, which shows all of the batch or nothing; so no reader sees half of
//     it through the cache. Overlapping commits of one key settle in any order:
//     the greatest sequence number wins.
//   - A reader that misses notes the shard's epoch, reads Pebble, and fills in
//     what it found only if no commit opened a key of the shard meanwhile.
//   - A range delete (and a batch too large to track by key) opens its whole
//     range: keys in it bypass the cache until the covered entries are dropped.
//
// Snapshots read the cache too. The clock ticks at every commit after it became
// visible; a snapshot notes the clock before it is made. An entry that carries a
// time not later than the snapshot's, and is not open, has not changed since.
type cache struct {
	seed    maphash.Seed
	shards  []shard
	limit   int64 // bytes of one shard
	largest int   // longest value that is kept

	clock atomic.Uint64
	// disabled is set when a commit failed midway and what Pebble shows is
	// unknown.
	disabled atomic.Bool

	ranges     atomic.Pointer[[]*openRange]
	rangeMu    sync.Mutex // held to replace ranges
	rangeEpoch atomic.Uint64
	rangeTime  atomic.Uint64 // clock of the newest settled range
}

// openRange is the range [lower, upper) of a commit on its way.
type openRange struct{ lower, upper string }

const (
	cacheShards = 64
	// entryOverhead is what an entry takes beside its key and value: itself, its
	// place in map and ring, and the allocator's rounding.
	entryOverhead = 176
	// latest is the time at which a reader of the newest state looks.
	latest = math.MaxUint64
)

// lookup is what a reader that missed must bring to fill.
type lookup struct {
	hash       uint64
	epoch      uint64
	rangeEpoch uint64
	time       uint64 // of the value that will be read
	fill       bool
}

// outcome of a look into the cache.
type outcome uint8

const (
	unknown outcome = iota
	present
	absent
)

// newCache returns a cache of about size bytes, or nil if size is not positive.
// A nil cache is valid: it holds nothing.
func newCache(size int64) *cache {
	if size <= 0 {
		return nil
	}
	c := &cache{seed: maphash.MakeSeed(), shards: make([]shard, cacheShards), limit: size / cacheShards}
	c.largest = int(min(c.limit/8, 32<<10))
	for i := range c.shards {
		c.shards[i].entries = make(map[uint64]*entry)
	}
	return c
}

func (c *cache) shard(hash uint64) *shard { return &c.shards[hash%cacheShards] }

// get looks for key as a reader of time at sees it.
func (c *cache) get(key []byte, at uint64) ([]byte, outcome, lookup) {
	if c == nil || c.disabled.Load() {
		return nil, unknown, lookup{}
	}
	l := lookup{hash: maphash.Bytes(c.seed, key), rangeEpoch: c.rangeEpoch.Load()}
	if c.inOpenRange(key) {
		return nil, unknown, lookup{}
	}
	l.time = c.rangeTime.Load()
	s := c.shard(l.hash)
	s.mu.Lock()
	e := s.entries[l.hash]
	if e != nil && e.open == 0 && e.state != unknown && e.time <= at && e.key == string(key) {
		e.recent = true
		s.hits++
		value, state := e.value, e.state
		s.mu.Unlock()
		return value, state, l
	}
	s.misses++
	l.epoch = s.epoch
	l.time = max(l.time, s.time)
	// A snapshot older than the shard's newest commit may see an older value.
	l.fill = (e == nil || e.open == 0) && l.time <= at
	s.mu.Unlock()
	return nil, unknown, l
}

// fill enters what Pebble gave after a miss, unless it may be out of date.
// It keeps value. A nil value says that the key has none.
func (c *cache) fill(l lookup, key, value []byte) {
	if !l.fill || len(value) > c.largest {
		return
	}
	s := c.shard(l.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != l.epoch || c.rangeEpoch.Load() != l.rangeEpoch {
		return
	}
	e := s.entries[l.hash]
	if e == nil {
		e = s.add(l.hash, string(key))
	} else if e.key != string(key) {
		// Another key of the same hash held the place.
		s.bytes += int64(len(key) - len(e.key))
		e.key, e.seq = string(key), 0
	}
	s.put(e, value, stateOf(value))
	e.time = l.time
	s.evict(c.limit)
}

func stateOf(value []byte) outcome {
	if value == nil {
		return absent
	}
	return present
}

func (c *cache) inOpenRange(key []byte) bool {
	ranges := c.ranges.Load()
	if ranges == nil {
		return false
	}
	for _, r := range *ranges {
		if string(key) >= r.lower && string(key) < r.upper {
			return true
		}
	}
	return false
}

// openRanges makes reads in rs bypass the cache.
func (c *cache) openRanges(rs []*openRange) {
	c.rangeMu.Lock()
	defer c.rangeMu.Unlock()
	var next []*openRange
	if old := c.ranges.Load(); old != nil {
		next = append(next, *old...)
	}
	next = append(next, rs...)
	c.ranges.Store(&next)
	c.rangeEpoch.Add(1)
}

// closeRanges ends what openRanges began.
func (c *cache) closeRanges(rs []*openRange) {
	c.rangeMu.Lock()
	defer c.rangeMu.Unlock()
	var next []*openRange
	for _, r := range *c.ranges.Load() {
		if !contains(rs, r) {
			next = append(next, r)
		}
	}
	if next == nil {
		c.ranges.Store(nil)
		return
	}
	c.ranges.Store(&next)
}

func contains(rs []*openRange, r *openRange) bool {
	for _, x := range rs {
		if x == r {
			return true
		}
	}
	return false
}

// usage returns the bytes held and how often a look succeeded or failed.
func (c *cache) usage() (bytes int64, hits, misses uint64) {
	if c == nil {
		return 0, 0, 0
	}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		bytes += s.bytes
		hits += s.hits
		misses += s.misses
		s.mu.Unlock()
	}
	return bytes, hits, misses
}

package pebblestore

import (
	"hash/maphash"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/batchrepr"
)

// trackedKeys is the number of writes up to which a commit opens its keys one by
// one. A larger batch opens the range from its first to its last key.
const trackedKeys = 1024

// change is what a batch does to the cache.
type change struct {
	points []point
	ranges []*openRange // range deletes, or the reach of a large batch
	large  bool
	repr   []byte // the batch as Pebble writes it
}

// point is one write of one key. The slices are the batch's own.
type point struct {
	entry *entry
	shard *shard
	key   []byte
	value []byte // nil for a delete
}

func (ch *change) reset() {
	clear(ch.points)
	ch.points, ch.ranges, ch.large, ch.repr = ch.points[:0], ch.ranges[:0], false, nil
}

// open keeps the keys that b writes out of the cache until settle.
func (c *cache) open(b *batch) error {
	if c == nil {
		return nil
	}
	ch := &b.change
	ch.reset()
	ch.repr = b.b.Repr()
	ch.large = b.n > trackedKeys
	var first, last []byte
	for r := batchrepr.Read(ch.repr); ; {
		kind, key, value, ok, err := r.Next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch {
		case kind == pebble.InternalKeyKindRangeDelete:
			ch.ranges = append(ch.ranges, &openRange{string(key), string(value)})
		case kind == pebble.InternalKeyKindLogData:
		case ch.large:
			if first == nil || string(key) < string(first) {
				first = key
			}
			if last == nil || string(key) > string(last) {
				last = key
			}
		default:
			if kind == pebble.InternalKeyKindDelete {
				value = nil
			} else if value == nil {
				value = []byte{}
			}
			ch.points = append(ch.points, point{key: key, value: value})
		}
	}
	if first != nil {
		ch.ranges = append(ch.ranges, &openRange{string(first), string(last) + "\x00"})
	}
	if len(ch.ranges) > 0 {
		c.openRanges(ch.ranges)
	}
	for i := range ch.points {
		c.openPoint(&ch.points[i])
	}
	return nil
}

func (c *cache) openPoint(p *point) {
	hash := maphash.Bytes(c.seed, p.key)
	s := c.shard(hash)
	s.mu.Lock()
	e := s.entries[hash]
	if e == nil {
		e = s.add(hash, string(p.key))
	}
	e.open++
	s.epoch++
	s.mu.Unlock()
	p.entry, p.shard = e, s
}

// settle enters what b wrote, now that Pebble shows it.
func (c *cache) settle(b *batch, err error) {
	if c == nil {
		return
	}
	ch := &b.change
	if err != nil {
		c.disabled.Store(true)
		return
	}
	seq := uint64(batchrepr.ReadSeqNum(ch.repr))
	now := c.clock.Add(1)
	for i := range ch.points {
		c.settlePoint(&ch.points[i], ch.ranges, seq, now)
	}
	if len(ch.ranges) > 0 {
		c.settleRanges(ch, seq, now)
	}
	ch.reset()
}

func (c *cache) settlePoint(p *point, deleted []*openRange, seq, now uint64) {
	s, e := p.shard, p.entry
	s.mu.Lock()
	defer s.mu.Unlock()
	e.open--
	s.time = max(s.time, now)
	switch {
	case e.key != string(p.key):
		s.put(e, nil, unknown)
		e.seq = max(e.seq, seq)
	case seq < e.seq:
		return
	case len(p.value) > c.largest || within(deleted, p.key):
		// The batch may delete the range before or after it writes the key.
		s.put(e, nil, unknown)
		e.seq = seq
	default:
		var value []byte
		if p.value != nil {
			value = append(make([]byte, 0, len(p.value)), p.value...)
		}
		s.put(e, value, stateOf(value))
		e.seq, e.time = seq, now
	}
	s.evict(c.limit)
}

// settleRanges drops what the cache holds of the change's ranges.
func (c *cache) settleRanges(ch *change, seq, now uint64) {
	if ch.large && len(ch.ranges) == 1 {
		c.dropKeys(ch.repr, seq)
	} else {
		c.dropRanges(ch.ranges, seq)
	}
	for {
		old := c.rangeTime.Load()
		if old >= now || c.rangeTime.CompareAndSwap(old, now) {
			break
		}
	}
	c.closeRanges(ch.ranges)
}

// dropKeys drops the keys that a large batch wrote.
func (c *cache) dropKeys(repr []byte, seq uint64) {
	for r := batchrepr.Read(repr); ; {
		kind, key, _, ok, err := r.Next()
		if err != nil || !ok {
			return // open has read the batch to its end
		}
		if kind == pebble.InternalKeyKindLogData {
			continue
		}
		hash := maphash.Bytes(c.seed, key)
		s := c.shard(hash)
		s.mu.Lock()
		if e := s.entries[hash]; e != nil {
			s.drop(e, seq)
		}
		s.mu.Unlock()
	}
}

// dropRanges drops every entry in one of the ranges. It looks at the whole
// cache: range deletes are for whole tables and large keys.
func (c *cache) dropRanges(ranges []*openRange, seq uint64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for _, e := range s.ring {
			if within(ranges, []byte(e.key)) {
				s.drop(e, seq)
			}
		}
		s.mu.Unlock()
	}
}

// drop forgets what is known of e. A commit on its way that came before seq must
// not enter its value later. The caller holds mu.
func (s *shard) drop(e *entry, seq uint64) {
	s.put(e, nil, unknown)
	e.seq = max(e.seq, seq)
}

func within(ranges []*openRange, key []byte) bool {
	for _, r := range ranges {
		if string(key) >= r.lower && string(key) < r.upper {
			return true
		}
	}
	return false
}

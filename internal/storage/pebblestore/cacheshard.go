package pebblestore

import "sync"

// shard is a part of the cache under one lock. Its entries stand in a ring for
// the CLOCK that chooses what goes.
type shard struct {
	mu      sync.Mutex
	entries map[uint64]*entry // by hash; see entry.key
	ring    []*entry
	hand    int
	bytes   int64
	epoch   uint64 // grows when a commit opens a key
	time    uint64 // clock of the newest settled commit
	hits    uint64
	misses  uint64
}

// entry is what is known of one key. Two keys of the same hash share a place:
// the later one takes it, and a commit of one opens it for both.
type entry struct {
	hash   uint64
	key    string
	value  []byte
	seq    uint64 // Pebble's sequence number of the last settled commit
	time   uint64 // snapshots from this clock on see value
	open   int32  // commits on their way; such an entry stays
	state  outcome
	recent bool // read since the hand last passed
}

// add makes an entry that knows nothing yet. The caller holds mu.
func (s *shard) add(hash uint64, key string) *entry {
	e := &entry{hash: hash, key: key}
	s.entries[hash] = e
	s.ring = append(s.ring, e)
	s.bytes += entryOverhead + int64(len(key))
	return e
}

// put replaces what is known of e. The caller holds mu.
func (s *shard) put(e *entry, value []byte, state outcome) {
	s.bytes += int64(len(value) - len(e.value))
	e.value, e.state = value, state
}

// evict removes entries until the shard is within limit: those not read since
// the hand passed last, never open ones. The caller holds mu.
func (s *shard) evict(limit int64) {
	for steps := 2 * len(s.ring); s.bytes > limit && steps > 0; steps-- {
		if s.hand >= len(s.ring) {
			s.hand = 0
		}
		e := s.ring[s.hand]
		switch {
		case e.open > 0:
			s.hand++
		case e.recent:
			e.recent = false
			s.hand++
		default:
			s.bytes -= entryOverhead + int64(len(e.key)+len(e.value))
			delete(s.entries, e.hash)
			last := len(s.ring) - 1
			s.ring[s.hand] = s.ring[last]
			s.ring[last] = nil
			s.ring = s.ring[:last]
		}
	}
}

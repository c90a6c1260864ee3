package keyspace

import (
	"bytes"
	"sync"
)

// recent remembers things about the collections in use that storage could tell
// only at a price: a deleted entry stays in the way of every iterator until it
// is compacted away.
//
// Everything in it can be forgotten at any time. What a run adds while it has
// writes that are not applied is forgotten if they never are.
type recent struct {
	mu    sync.Mutex
	byVer map[uint64]*recentState
	bytes int
}

// recentState is what is remembered of one version.
type recentState struct {
	size int // as counted in recent.bytes

	stretches *stretches // a zset's rank counts, nil if not loaded
	sums      *listSums  // a list's, nil if not known
	nodes     *nodeSums  // a stream's
	dead      int64      // entries deleted since the version began

	mu      sync.Mutex
	popping popping
	popSize int // as counted in size
	// A zset has no member before first and none after last; nil if unknown.
	// They are replaced, not modified.
	first, last []byte
}

const (
	// recentBytes bounds what is remembered: the rank counts of some 100 million
	// members, or the ends of some 100,000 sets.
	recentBytes = 32 << 20
	// recentOverhead is the size of a state without its variable parts.
	recentOverhead = 160
	// maxNotedPlace is the length up to which the place of an end is remembered.
	maxNotedPlace = 256
)

func (c *recent) get(version uint64) *recentState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byVer[version]
}

// stretches are a zset's rank counts, nil if they are not loaded. Several readers
// may load and keep them at once.
func (c *recent) stretches(version uint64) *stretches {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.byVer[version]; st != nil {
		return st.stretches
	}
	return nil
}

func (c *recent) getOrAdd(version uint64) *recentState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.getOrAddLocked(version)
}

func (c *recent) getOrAddLocked(version uint64) *recentState {
	if st := c.byVer[version]; st != nil {
		return st
	}
	if c.byVer == nil {
		c.byVer = make(map[uint64]*recentState)
	}
	for other := range c.byVer { // any others: the order of a map is random
		if c.bytes <= recentBytes {
			break
		}
		c.removeLocked(other)
	}
	st := &recentState{size: recentOverhead + 2*maxNotedPlace/4}
	c.byVer[version] = st
	c.bytes += st.size
	return st
}

// keep remembers s, whose size may have changed; nil forgets it.
func (c *recent) keep(version uint64, s *stretches) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.getOrAddLocked(version)
	was := 0
	if st.stretches != nil {
		was = st.stretches.size
	}
	st.stretches = s
	if s == nil {
		c.recountLocked(st, was, 0)
		return
	}
	s.size = s.memory()
	c.recountLocked(st, was, s.size)
}

// recountLocked notes that a part of what st remembers takes another size.
func (c *recent) recountLocked(st *recentState, was, is int) {
	st.size += is - was
	c.bytes += is - was
}

// sums are what a list's elements take, nil if that is not known.
func (c *recent) sums(version uint64) *listSums {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.byVer[version]; st != nil {
		return st.sums
	}
	return nil
}

// keepSums remembers s, whose size may have changed.
func (c *recent) keepSums(version uint64, s *listSums) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.getOrAddLocked(version)
	was := 0
	if st.sums != nil {
		was = st.sums.size
	}
	st.sums, s.size = s, 48+8*cap(s.bytes)
	c.recountLocked(st, was, s.size)
}

// nodeSums are what a stream's nodes take, nil if that is not known.
func (c *recent) nodeSums(version uint64) *nodeSums {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.byVer[version]; st != nil {
		return st.nodes
	}
	return nil
}

// keepNodeSums remembers s, whose size may have changed.
func (c *recent) keepNodeSums(version uint64, s *nodeSums) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.getOrAddLocked(version)
	was := 0
	if st.nodes != nil {
		was = st.nodes.size
	}
	st.nodes, s.size = s, 48+24*cap(s.nodes)
	c.recountLocked(st, was, s.size)
}

// resize counts what is remembered for pops, unless st was forgotten meanwhile.
func (c *recent) resize(version uint64, st *recentState, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byVer[version] != st {
		return
	}
	c.bytes += size - st.popSize
	st.size += size - st.popSize
	st.popSize = size
}

func (c *recent) remove(version uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removeLocked(version)
}

func (c *recent) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byVer, c.bytes = nil, 0
}

func (c *recent) removeLocked(version uint64) {
	if st := c.byVer[version]; st != nil {
		c.bytes -= st.size
		delete(c.byVer, version)
	}
}

func (st *recentState) ends() (first, last []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.first, st.last
}

// noteEnd sets first or last, and says whether that is news.
func (st *recentState) noteEnd(place []byte, last bool) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	end := &st.first
	if last {
		end = &st.last
	}
	if *end != nil && bytes.Equal(*end, place) {
		return false
	}
	*end = bytes.Clone(place)
	return true
}

// widen makes room between first and last for a new place.
func (st *recentState) widen(place []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.first != nil && bytes.Compare(place, st.first) < 0 {
		st.first = bytes.Clone(place)
	}
	if st.last != nil && bytes.Compare(place, st.last) > 0 {
		st.last = bytes.Clone(place)
	}
}

// unsure notes that what is remembered of a version depends on this run's writes.
func (r *Run) unsure(version uint64) { r.unsureOf[version] = struct{}{} }

// forgetUnsure drops what depends on writes that will not be applied.
func (r *Run) forgetUnsure() {
	for version := range r.unsureOf {
		r.ks.recent.remove(version)
	}
	clear(r.unsureOf)
}

// A collection that is small beside the number of entries deleted from it moves
// to a new version, away from what they left: with at least renewDead of them,
// renewRatio times as many as it has members, and not more than renewSize
// members. So moving adds at most 1/renewRatio of a write to each removal.
const (
	renewDead  = 512
	renewRatio = 4
	renewSize  = 2048
)

// removed counts deleted entries, after the metadata was saved.
func (o *object) removed(n int) error {
	if o.Type == TypeNone {
		return nil
	}
	st := o.r.ks.recent.getOrAdd(o.version)
	st.dead += int64(n)
	if st.dead < renewDead || st.dead < renewRatio*o.Size || o.Size > renewSize {
		return nil
	}
	version, err := o.r.ks.newVersion(o.key)
	if err != nil {
		return err
	}
	if err := o.r.copySubkeys(o.version, version, o.r.w.Set); err != nil {
		return err
	}
	m := o.Meta
	m.version = version
	return o.replace(&m)
}

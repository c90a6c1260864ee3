package keyspace

import (
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// accessClock remembers when keys were last used, for OBJECT IDLETIME: a time
// per hash of the key, so its size is fixed. Keys that share a hash share the
// newer time, and what was not used since the start counts from there.
type accessClock struct {
	start int64 // unix milliseconds
	// slots hold seconds since start, plus one.
	slots [1 << 16]atomic.Uint32
}

func (c *accessClock) slot(key []byte) *atomic.Uint32 {
	return &c.slots[xxhash.Sum64(key)%uint64(len(c.slots))]
}

func (c *accessClock) touch(key []byte, now int64) {
	seconds := uint32(max(0, now-c.start)/1000) + 1
	if slot := c.slot(key); slot.Load() != seconds {
		slot.Store(seconds)
	}
}

// IdleSeconds is the time since the key was last used, at least.
func (r *Run) IdleSeconds(key []byte) int64 {
	c := &r.ks.access
	used := c.start
	if s := c.slot(key).Load(); s > 0 {
		used += int64(s-1) * 1000
	}
	return max(0, r.now-used) / 1000
}

package keyspace

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// accessClock remembers how keys were last used, for OBJECT IDLETIME, OBJECT FREQ
// and eviction: a number per hash of the key, as redis-server has one in every
// object. Keys that share a hash share it. It is in memory alone: what was not used
// since the start counts from there.
//
// The number is the time in seconds, or, while frequencies are counted, the minute
// of the last decay and the logarithmic counter of evict.c.
type accessClock struct {
	start int64 // unix milliseconds
	table atomic.Pointer[[]atomic.Uint32]
	freq  atomic.Pointer[Frequency]
}

// Frequency is how uses are counted: lfu-log-factor and lfu-decay-time.
type Frequency struct{ LogFactor, DecayMinutes *atomic.Int64 }

const (
	// The table has a slot for each key in times of eviction, within these sizes.
	accessSlots    = 1 << 16
	accessSlotsMax = 1 << 24

	freqInitial = 5 // LFU_INIT_VAL
	freqKnown   = 1 << 31
)

func (c *accessClock) open(now int64) {
	c.start = now
	table := make([]atomic.Uint32, accessSlots)
	c.table.Store(&table)
}

func (c *accessClock) slot(key []byte) *atomic.Uint32 {
	table := *c.table.Load()
	return &table[xxhash.Sum64(key)&uint64(len(table)-1)]
}

// grow makes room for this many keys. Twice the slots split each into two that are
// alike.
func (c *accessClock) grow(keys int64) {
	old := *c.table.Load()
	n := len(old)
	for int64(n) < keys && n < accessSlotsMax {
		n *= 2
	}
	if n == len(old) {
		return
	}
	table := make([]atomic.Uint32, n)
	for i := range table {
		table[i].Store(old[i&(len(old)-1)].Load())
	}
	c.table.Store(&table)
}

// TrackFrequency has the uses of keys counted rather than their idle times; nil
// turns back. What was known until then is forgotten.
func (ks *Keyspace) TrackFrequency(f *Frequency) {
	if (f == nil) == (ks.access.freq.Load() == nil) {
		return
	}
	ks.access.freq.Store(f)
	table := *ks.access.table.Load()
	for i := range table {
		table[i].Store(0)
	}
}

func (c *accessClock) touch(key []byte, now int64) {
	slot := c.slot(key)
	if f := c.freq.Load(); f != nil {
		c.use(slot, f, now)
		return
	}
	if seconds := uint32(now / 1000); slot.Load() != seconds {
		slot.Store(seconds)
	}
}

// create begins the count of a new key.
func (c *accessClock) create(key []byte, now int64) {
	if c.freq.Load() != nil {
		c.slot(key).Store(encodeFrequency(freqInitial, now))
	}
}

// move gives a key what another had.
func (c *accessClock) move(from, to []byte) { c.slot(to).Store(c.slot(from).Load()) }

// use counts a use, the less likely the more there were.
func (c *accessClock) use(slot *atomic.Uint32, f *Frequency, now int64) {
	counter := frequency(slot.Load(), f, now)
	if counter < 255 {
		base := max(0, float64(counter)-freqInitial)
		if rand.Float64() < 1/(base*float64(f.LogFactor.Load())+1) {
			counter++
		}
	}
	slot.Store(encodeFrequency(counter, now))
}

func encodeFrequency(counter uint32, now int64) uint32 {
	return freqKnown | uint32(now/60_000&0xffff)<<8 | counter
}

// frequency is a slot's counter as it has decayed until now.
func frequency(slot uint32, f *Frequency, now int64) uint32 {
	if slot&freqKnown == 0 {
		return freqInitial
	}
	counter := slot & 0xff
	decay := f.DecayMinutes.Load()
	if decay == 0 {
		return counter
	}
	elapsed := int64(uint16(now/60_000) - uint16(slot>>8))
	return uint32(max(0, int64(counter)-elapsed/decay))
}

// idle is a slot's time since the last use, in seconds.
func (c *accessClock) idle(slot uint32, now int64) int64 {
	if slot == 0 {
		return max(0, now-c.start) / 1000
	}
	return max(0, now/1000-int64(slot))
}

// IdleSeconds is the time since the key was last used, at least; ok is false if
// frequencies are counted instead.
func (r *Run) IdleSeconds(key []byte) (seconds int64, ok bool) {
	c := &r.ks.access
	if c.freq.Load() != nil {
		return 0, false
	}
	return c.idle(c.slot(key).Load(), r.now), true
}

// UseFrequency is the logarithmic counter of the key's uses, 0 to 255; ok is false
// if they are not counted.
func (r *Run) UseFrequency(key []byte) (counter int64, ok bool) {
	c := &r.ks.access
	f := c.freq.Load()
	if f == nil {
		return 0, false
	}
	return int64(frequency(c.slot(key).Load(), f, r.now)), true
}

// SetIdleSeconds sets the time since the key was last used, and SetUseFrequency its
// counter (RESTORE). Whichever is not tracked is ignored.
func (r *Run) SetIdleSeconds(key []byte, seconds int64) {
	if c := &r.ks.access; c.freq.Load() == nil {
		c.slot(key).Store(uint32(max(1, r.now/1000-seconds)))
	}
}

// SetUseFrequency is SetIdleSeconds' sister.
func (r *Run) SetUseFrequency(key []byte, counter int64) {
	if c := &r.ks.access; c.freq.Load() != nil {
		c.slot(key).Store(encodeFrequency(uint32(counter), r.now))
	}
}

// touch notes that a command used the key.
func (r *Run) touch(key []byte) {
	if !r.untouched {
		r.ks.access.touch(key, r.now)
	}
}

// LeaveUntouched says whether the commands that follow count as uses of their keys
// (CLIENT NO-TOUCH).
func (r *Run) LeaveUntouched(yes bool) { r.untouched = yes }

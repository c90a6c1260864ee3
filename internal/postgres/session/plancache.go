package session

import (
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
)

// planCost is what a kept plan takes in memory besides its text, about.
const planCost = 8 << 10

// planKey identifies a plan: the statement (its text, or its shape), the types
// that its parameters were declared with, and all the session's settings that it
// depends on.
type planKey struct {
	env    uint64
	params string
	text   string
}

// planned is a statement ready to run. It is immutable and shared by sessions.
type planned struct {
	stmt    *parser.Statement
	prog    *exec.Program
	version uint64 // of the catalog it was made against
	env     uint64
	// refused marks a shape whose statements are parsed as they stand: lifting its
	// literals changed what it means, or made it an error.
	refused bool
	// sizes are the tables' estimated rows when it was made; they are looked at
	// again once in a while.
	sizes  []tableSize
	looked atomic.Int64 // when, Unix nanoseconds

	key  planKey
	cost int
	used atomic.Bool // since the clock hand passed
	slot int
}

// planCache keeps plans for all sessions within a bound on memory. What was not
// used for a whole turn of the clock goes first.
type planCache struct {
	hits, misses atomic.Int64

	mu    sync.RWMutex
	limit int
	used  int
	byKey map[planKey]*planned
	ring  []*planned
	hand  int
}

func newPlanCache(limit int) *planCache {
	return &planCache{limit: limit, byKey: make(map[planKey]*planned)}
}

// get finds a plan. The caller checks that its catalog version still holds.
func (c *planCache) get(k planKey) *planned {
	c.mu.RLock()
	p := c.byKey[k]
	c.mu.RUnlock()
	if p == nil {
		c.misses.Add(1)
		return nil
	}
	c.hits.Add(1)
	if !p.used.Load() {
		p.used.Store(true)
	}
	return p
}

// getShape is get for a key that is still in the lifter's buffer.
func (c *planCache) getShape(env uint64, shape []byte) *planned {
	return c.get(planKey{env: env, params: shapeKey, text: viewString(shape)})
}

// shapeKey stands in planKey.params for statements keyed by shape: no list of
// types looks like it.
const shapeKey = "shape"

// put keeps a plan, in place of an older one for the same key.
func (c *planCache) put(k planKey, p *planned) {
	p.key, p.cost = k, planCost+4*len(k.text)
	p.used.Store(true)
	if p.cost > c.limit/256 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.byKey[k]; old != nil {
		c.used += p.cost - old.cost
		p.slot = old.slot
		c.ring[p.slot] = p
	} else {
		p.slot = len(c.ring)
		c.ring = append(c.ring, p)
		c.used += p.cost
	}
	c.byKey[k] = p
	for c.used > c.limit && len(c.ring) > 1 {
		c.evict()
	}
}

// evict drops one plan.
func (c *planCache) evict() {
	for {
		if c.hand >= len(c.ring) {
			c.hand = 0
		}
		p := c.ring[c.hand]
		if p.used.Swap(false) {
			c.hand++
			continue
		}
		last := len(c.ring) - 1
		c.ring[c.hand] = c.ring[last]
		c.ring[c.hand].slot = c.hand
		c.ring[last] = nil
		c.ring = c.ring[:last]
		delete(c.byKey, p.key)
		c.used -= p.cost
		return
	}
}

func (c *planCache) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.ring)
}

// envTable numbers the settings that plans depend on, so that a key need not
// hold them. It is cleared when it has grown beyond all use; plans of numbers
// given before are then never found again and leave the cache in time.
type envTable struct {
	mu   sync.Mutex
	ids  map[string]uint64
	last uint64
}

func (t *envTable) id(env string) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.ids[env]; ok {
		return id
	}
	if t.ids == nil || len(t.ids) >= 4096 {
		t.ids = make(map[string]uint64)
	}
	t.last++
	t.ids[env] = t.last
	return t.last
}

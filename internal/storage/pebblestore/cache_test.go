package pebblestore

import (
	"fmt"
	"hash/maphash"
	"testing"
)

// wantCached checks what the cache says of key to a reader of time at; want "-"
// for absent, "?" for unknown.
func wantCached(t *testing.T, c *cache, key string, at uint64, want string) lookup {
	t.Helper()
	value, found, l := c.get([]byte(key), at)
	got := map[outcome]string{unknown: "?", absent: "-", present: string(value)}[found]
	if got != want {
		t.Errorf("%s at %d: %q, want %q", key, at, got, want)
	}
	return l
}

// commit is one write, split where Pebble would make it visible.
func commit(c *cache, key string, value []byte) (settle func(seq uint64)) {
	p := &point{key: []byte(key), value: value}
	c.openPoint(p)
	return func(seq uint64) { c.settlePoint(p, nil, seq, c.clock.Add(1)) }
}

func TestCacheFill(t *testing.T) {
	c := newCache(1 << 20)
	l := wantCached(t, c, "k", latest, "?")
	c.fill(l, []byte("k"), []byte("v"))
	wantCached(t, c, "k", latest, "v")
	c.fill(wantCached(t, c, "n", latest, "?"), []byte("n"), nil)
	wantCached(t, c, "n", latest, "-")
	long := make([]byte, c.largest+1)
	c.fill(wantCached(t, c, "long", latest, "?"), []byte("long"), long)
	wantCached(t, c, "long", latest, "?")
}

func TestCacheRefusesOldFill(t *testing.T) {
	t.Run("a commit came and went", func(t *testing.T) {
		c := newCache(1 << 20)
		l := wantCached(t, c, "k", latest, "?")
		commit(c, "k", []byte("new"))(1)
		c.fill(l, []byte("k"), []byte("old"))
		wantCached(t, c, "k", latest, "new")
	})
	t.Run("a commit is on its way", func(t *testing.T) {
		c := newCache(1 << 20)
		settle := commit(c, "k", []byte("new"))
		l := wantCached(t, c, "k", latest, "?")
		settle(1)
		c.fill(l, []byte("k"), []byte("old"))
		wantCached(t, c, "k", latest, "new")
	})
	t.Run("a range delete came and went", func(t *testing.T) {
		c := newCache(1 << 20)
		l := wantCached(t, c, "k", latest, "?")
		ch := &change{ranges: []*openRange{{"a", "z"}}}
		c.openRanges(ch.ranges)
		c.settleRanges(ch, 1, c.clock.Add(1))
		c.fill(l, []byte("k"), []byte("old"))
		wantCached(t, c, "k", latest, "?")
	})
	t.Run("a snapshot is older than the value", func(t *testing.T) {
		c := newCache(1 << 20)
		commit(c, "k", []byte("new"))(1)
		l := wantCached(t, c, "k", 0, "?")
		c.fill(l, []byte("k"), []byte("old"))
		wantCached(t, c, "k", 1, "new")
	})
}

func TestCacheCommitsOverlap(t *testing.T) {
	c := newCache(1 << 20)
	first, second := commit(c, "k", []byte("1")), commit(c, "k", []byte("2"))
	second(2)
	wantCached(t, c, "k", latest, "?")
	first(1)
	wantCached(t, c, "k", latest, "2")

	// A range delete that committed after a write whose settling is late.
	late := commit(c, "k", []byte("3"))
	ch := &change{ranges: []*openRange{{"k", "l"}}}
	c.openRanges(ch.ranges)
	wantCached(t, c, "k", latest, "?")
	c.settleRanges(ch, 4, c.clock.Add(1))
	late(3)
	wantCached(t, c, "k", latest, "?")
	wantCached(t, c, "other", latest, "?")
}

func TestCacheSharedHash(t *testing.T) {
	c := newCache(1 << 20)
	hash := maphash.Bytes(c.seed, []byte("k"))
	s := c.shard(hash)
	e := s.add(hash, "stranger") // as if both keys had this hash
	s.put(e, []byte("theirs"), present)
	l := wantCached(t, c, "k", latest, "?")
	commit(c, "k", []byte("mine"))(1)
	wantCached(t, c, "k", latest, "?")
	c.fill(l, []byte("k"), []byte("old"))
	wantCached(t, c, "k", latest, "?")
	c.fill(wantCached(t, c, "k", latest, "?"), []byte("k"), []byte("mine"))
	wantCached(t, c, "k", latest, "mine")
}

func TestCacheStaysWithinItsBytes(t *testing.T) {
	c := newCache(1 << 20)
	hot := []byte("hot")
	c.fill(wantCached(t, c, "hot", latest, "?"), hot, []byte("v"))
	open := commit(c, "pinned", []byte("v"))
	for i := range 50_000 {
		key := fmt.Appendf(nil, "key%d", i)
		_, _, l := c.get(key, latest)
		c.fill(l, key, make([]byte, i%500))
		wantCached(t, c, "hot", latest, "v")
	}
	if size, _, _ := c.usage(); size > 1<<20 || size < 1<<19 {
		t.Errorf("the cache holds %d bytes", size)
	}
	open(1)
	wantCached(t, c, "pinned", latest, "v")
	for i := range c.shards {
		var sum int64
		s := &c.shards[i]
		for _, e := range s.ring {
			sum += entryOverhead + int64(len(e.key)+len(e.value))
		}
		if sum != s.bytes || len(s.ring) != len(s.entries) {
			t.Errorf("shard %d counts %d bytes of %d, %d places for %d entries", i, s.bytes, sum, len(s.ring), len(s.entries))
		}
	}
}

package ordered

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestModel compares maps and their copies with Go's own.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair struct {
			m     *Map[int]
			model map[string]int
		}
		pairs := []pair{{new(Map[int]), map[string]int{}}}
		key := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%04d", rapid.IntRange(0, 3000).Draw(t, "n"))
		})
		which := func() int { return rapid.IntRange(0, len(pairs)-1).Draw(t, "map") }
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				p := pairs[which()]
				k, v := key.Draw(t, "key"), rapid.Int().Draw(t, "value")
				was, had := p.model[k]
				if old, replaced := p.m.Set(k, v); replaced != had || old != was {
					t.Fatalf("Set(%s) = %d, %t; had %d, %t", k, old, replaced, was, had)
				}
				p.model[k] = v
			},
			"fill": func(t *rapid.T) {
				p := pairs[which()]
				from, step := rapid.IntRange(0, 3000).Draw(t, "from"), rapid.IntRange(-3, 3).Draw(t, "step")
				for i := range rapid.IntRange(0, 1000).Draw(t, "count") {
					k := fmt.Sprintf("%04d", max(0, from+i*step))
					p.m.Set(k, i)
					p.model[k] = i
				}
			},
			"delete range": func(t *rapid.T) {
				p := pairs[which()]
				lower, upper := key.Draw(t, "lower"), key.Draw(t, "upper")
				gone := 0
				visit := func(k string, v int) {
					if p.model[k] != v {
						t.Fatalf("visited %s = %d", k, v)
					}
					gone++
				}
				want := len(p.model)
				p.m.DeleteRange(lower, upper, visit)
				maps.DeleteFunc(p.model, func(k string, _ int) bool { return k >= lower && k < upper })
				if gone != want-len(p.model) {
					t.Fatalf("visited %d of %d", gone, want-len(p.model))
				}
			},
			"copy": func(*rapid.T) {
				if len(pairs) < 4 {
					p := pairs[which()]
					pairs = append(pairs, pair{p.m.Copy(), maps.Clone(p.model)})
				}
			},
			"": func(t *rapid.T) {
				for _, p := range pairs {
					compare(t, p.m, p.model)
				}
			},
		})
	})
}

func compare(t *rapid.T, m *Map[int], model map[string]int) {
	keys := slices.Sorted(maps.Keys(model))
	i := 0
	m.Ascend("", func(k string, v int) bool {
		if i == len(keys) || keys[i] != k || model[k] != v {
			t.Fatalf("the entry %d is %s = %d", i, k, v)
		}
		i++
		return true
	})
	if i != len(keys) {
		t.Fatalf("%d entries, want %d", i, len(keys))
	}
	it := m.Iter()
	for ok := it.Last(); ok; ok = it.Prev() {
		i--
		if i < 0 || keys[i] != it.Key() {
			t.Fatalf("backwards, the entry %d is %s", i, it.Key())
		}
	}
	if i != 0 {
		t.Fatalf("%d entries are missing backwards", i)
	}
	if ok := it.First(); ok != (len(keys) > 0) || ok && it.Key() != keys[0] {
		t.Fatalf("First is %t", ok)
	}
	for _, k := range []string{"", "0000", "0500", "15", "2999", "9"} {
		at, found := slices.BinarySearch(keys, k)
		if _, ok := m.Get(k); ok != found {
			t.Fatalf("Get(%s) is %t", k, ok)
		}
		if ok := it.Seek(k); ok != (at < len(keys)) || ok && it.Key() != keys[at] {
			t.Fatalf("Seek(%s) is %t", k, ok)
		}
	}
}

// TestAscendingKeysFillNodes has the leaves of keys that come in order full.
func TestAscendingKeysFillNodes(t *testing.T) {
	var m Map[int]
	const n = 100 * leafMax
	for i := range n {
		m.Set(fmt.Sprintf("%06d", i), i)
	}
	leaves, last := 0, (*node[int])(nil)
	it := m.Iter()
	for ok := it.First(); ok; ok = it.Next() {
		if it.leaf != last {
			last = it.leaf
			leaves++
		}
	}
	if leaves > n/leafMax+1 {
		t.Errorf("%d leaves for %d keys", leaves, n)
	}
}

func BenchmarkSet(b *testing.B) {
	keys := make([]string, 1<<17)
	for i := range keys {
		keys[i] = strconv.Itoa(int(uint32(i) * 2654435761))
	}
	b.Run("random", func(b *testing.B) {
		var m Map[[]byte]
		for i := range b.N {
			m.Set(keys[i%len(keys)], nil)
		}
	})
	slices.Sort(keys)
	b.Run("ascending", func(b *testing.B) {
		var m Map[[]byte]
		for i := range b.N {
			m.Set(keys[i%len(keys)], nil)
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	var m Map[[]byte]
	for i := range 1 << 17 {
		m.Set(strconv.Itoa(int(uint32(i)*2654435761)), nil)
	}
	it := m.Iter()
	ok := it.First()
	for range b.N {
		if ok = it.Next(); !ok {
			ok = it.First()
		}
	}
	_ = ok
}

// BenchmarkDeleteRange takes the middle half of 100,000 keys out of a copy.
func BenchmarkDeleteRange(b *testing.B) {
	var m Map[[]byte]
	for i := range 100_000 {
		m.Set(fmt.Sprintf("%06d", i), nil)
	}
	for b.Loop() {
		m.Copy().DeleteRange("025000", "075000", nil)
	}
}

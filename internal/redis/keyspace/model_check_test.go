package keyspace

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sort"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/storage"
)

// Check compares every database with its model.
func (m *machine) Check(t *rapid.T) {
	must(t, m.run.Lock(0, nil, false))
	for db := range m.dbs {
		want := map[string]string{}
		for key := range m.dbs[db] {
			if v := m.get(t, db, key); v != nil && !v.ghost(m.now) {
				want[key] = v.dump(m.now)
			}
		}
		got := map[string]string{}
		must(t, m.run.EachKey(db, nil, func(key []byte, meta Meta) (bool, error) {
			got[string(key)] = ""
			return true, nil
		}))
		for key := range got {
			if got[key] = dump(t, m.run, db, key); got[key] == "" {
				delete(got, key)
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("database %d holds\n%q\nwant\n%q", db, got, want)
		}
		n, err := m.run.DBSize(db)
		must(t, err)
		if n < int64(len(want)) {
			t.Fatalf("database %d has size %d, and %d live keys", db, n, len(want))
		}
	}
}

// ghost says that the value is a hash with invisible fields only.
func (v *modelValue) ghost(now int64) bool {
	return v.typ == TypeHash && len(v.visible(now)) == 0
}

func (v *modelValue) dump(now int64) string {
	var parts []string
	switch v.typ {
	case TypeString:
		parts = []string{v.str}
	case TypeHash:
		for f, x := range v.visible(now) {
			parts = append(parts, fmt.Sprintf("%q=%q until %d", f, x, v.ttl[f]))
		}
		sort.Strings(parts)
	case TypeSet:
		parts = slices.Sorted(maps.Keys(v.set))
	case TypeList:
		parts = v.list
	case TypeZSet:
		members := slices.SortedFunc(maps.Keys(v.zset), func(a, b string) int {
			if c := v.zset[a] - v.zset[b]; c != 0 {
				return map[bool]int{true: -1, false: 1}[c < 0]
			}
			return bytes.Compare([]byte(a), []byte(b))
		})
		for rank, x := range members {
			parts = append(parts, fmt.Sprintf("%d:%q=%g", rank, x, v.zset[x]))
		}
	}
	return fmt.Sprintf("%s %d %q", v.typ, v.expire, parts)
}

// dump reads a key of any type whole, with its order.
func dump(t *rapid.T, r *Run, db int, key string) string {
	k, err := r.Peek(db, []byte(key))
	must(t, err)
	var parts []string
	switch k.Type {
	case TypeString:
		value, err := k.Value()
		must(t, err)
		sameLen64(t, k.Len(), len(value))
		parts = []string{string(value)}
	case TypeHash:
		h, err := r.Hash(db, []byte(key))
		must(t, err)
		must(t, h.Each(func(field, value []byte) (bool, error) {
			field = slices.Clone(field)
			ttl, err := h.FieldTTL(field)
			must(t, err)
			parts = append(parts, fmt.Sprintf("%q=%q until %d", field, value, ttl.Expire))
			return true, nil
		}))
		sort.Strings(parts)
		if !h.HasDue() || h.Len() < int64(len(parts)) {
			sameLen(t, h.Len(), parts)
		}
		if len(parts) == 0 {
			return ""
		}
	case TypeSet:
		s, err := r.Set(db, []byte(key))
		must(t, err)
		must(t, s.Each(func(member []byte) (bool, error) {
			parts = append(parts, string(member))
			return true, nil
		}))
		sort.Strings(parts)
		sameLen(t, s.Len(), parts)
	case TypeList:
		l, err := r.List(db, []byte(key))
		must(t, err)
		must(t, l.Range(0, l.Len()-1, func(i int64, value []byte) (bool, error) {
			if i != int64(len(parts)) {
				t.Fatalf("element %d comes %dth", i, len(parts))
			}
			parts = append(parts, string(value))
			return true, nil
		}))
		sameLen(t, l.Len(), parts)
	case TypeZSet:
		z, err := r.ZSet(db, []byte(key))
		must(t, err)
		must(t, z.RangeByRank(0, z.Len()-1, false, func(member []byte, score float64) (bool, error) {
			member = slices.Clone(member)
			rank, s, ok, err := z.Rank(member)
			must(t, err)
			if !ok || s != score {
				t.Fatalf("member %q has score %g in order, %g by name", member, score, s)
			}
			parts = append(parts, fmt.Sprintf("%d:%q=%g", rank, member, score))
			return true, nil
		}))
		sameLen(t, z.Len(), parts)
	}
	return fmt.Sprintf("%s %d %q", k.Type, k.Expire, parts)
}

func sameLen64(t *rapid.T, n int64, length int) {
	t.Helper()
	if n != int64(length) {
		t.Fatalf("%d bytes, length says %d", length, n)
	}
}

func sameLen(t *rapid.T, n int64, parts []string) {
	t.Helper()
	if n != int64(len(parts)) {
		t.Fatalf("%d elements, length says %d", len(parts), n)
	}
}

// finish expires and collects everything there is to, and then finds that all
// agrees and nothing is left over.
func (m *machine) finish(t *rapid.T) {
	apply(t, m.run)
	for work := true; work; {
		a, err := m.ks.ExpireDue(10)
		must(t, err)
		b, err := m.ks.Collect(10)
		must(t, err)
		work = a || b
	}
	mustMeasure(t, m.ks)
	if u := m.ks.Usage(); u.Garbage != 0 || u.Pending != 0 {
		t.Fatalf("%d bytes of %d objects are garbage, and all was collected", u.Garbage, u.Pending)
	}
	found := map[byte]int{}
	it, err := m.store.NewIter(storage.IterOptions{KeysOnly: true})
	must(t, err)
	for ok := it.First(); ok; ok = it.Next() {
		found[it.Key()[0]]++
	}
	must(t, it.Close())
	if found[tagGarbage] != 0 || found[tagCounts] > modelDatabases {
		t.Fatalf("store holds %v, want no garbage and no counts of databases that are gone", found)
	}
}

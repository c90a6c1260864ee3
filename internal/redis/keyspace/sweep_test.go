package keyspace

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// Between the reading of the index and the removal of a key anything may happen to
// it: it goes only if it still has the very time of its entry. When all is done, the
// index has the entries of the keys that are left, those that came late included.
func TestSweepOfManyKeys(t *testing.T) {
	inEachHouse(t, func(t *testing.T, house *house) {
		for name, sizes := range map[string]sweepSizes{
			"one by one": {ahead: 100, wide: 1000, each: 1000},
			"ranges":     {ahead: 100, wide: 1, each: 7},
			"in parts":   {ahead: 10, wide: 1, each: 3},
		} {
			t.Run(name, func(t *testing.T) { testSweep(t, house.keyspace(t), sizes) })
		}
	})
}

func testSweep(t *testing.T, ks *Keyspace, sizes sweepSizes) {
	ks.sweep.sizes = sizes
	now := time.Now().Truncate(time.Second)
	ks.clock = func() time.Time { return now }
	start := now.UnixMilli()
	r := ks.NewRun()
	set := func(r *Run, key string, expire int64) {
		t.Helper()
		check(t, r.Lock(0, [][]byte{[]byte(key)}, true))
		k, err := r.Key(0, []byte(key))
		check(t, err)
		check(t, k.SetString([]byte("v"), expire))
	}
	for i := range 40 {
		set(r, fmt.Sprint("key ", i), start+10+int64(i*7%5))
	}
	set(r, "not due", start+5000)
	apply(t, r)
	// It is written before the sweep and visible in the midst of it.
	late := ks.NewRun()
	set(late, "late", start+12)

	now = now.Add(time.Second)
	left := now.UnixMilli() + 5000
	step := func() (more bool) {
		t.Helper()
		more, err := ks.ExpireDue(3)
		check(t, err)
		return more
	}
	if !step() {
		t.Fatal("all is done after a step")
	}
	for i := range 40 {
		key := fmt.Sprint("key ", i)
		switch i % 8 {
		case 0: // by a command that began before the time came
			now = now.Add(-time.Second)
			check(t, r.Lock(0, [][]byte{[]byte(key)}, true))
			k, err := r.Key(0, []byte(key))
			check(t, err)
			if k.Exists() {
				check(t, k.SetExpire(left))
			} else { // it went in the step
				check(t, k.SetString([]byte("v"), left))
			}
			now = now.Add(time.Second)
		case 1:
			set(r, key, 0)
		case 2:
			set(r, key, left)
		case 3:
			check(t, r.Lock(0, [][]byte{[]byte(key)}, true))
			_, err := r.Delete(0, []byte(key))
			check(t, err)
		}
	}
	apply(t, r)
	apply(t, late)

	// Whoever holds a key's lock may still change it.
	holder := ks.NewRun()
	set(holder, "key 5", left)
	done := make(chan error)
	go func() {
		var err error
		for more := true; more && err == nil; {
			more, err = ks.ExpireDue(3)
		}
		done <- err
	}()
	apply(t, holder)
	check(t, <-done)
	for step() {
	}

	want := []string{"not due", "key 5"}
	for i := range 40 {
		if i%8 <= 2 {
			want = append(want, fmt.Sprint("key ", i))
		}
	}
	wantStored(t, ks, want)
	now = now.Add(10 * time.Second)
	for step() {
	}
	want = slices.DeleteFunc(want, func(key string) bool {
		var i int
		n, _ := fmt.Sscanf(key, "key %d", &i)
		return n == 0 || i%8 != 1
	})
	wantStored(t, ks, want)
}

// wantStored looks for keys in the store, of which those with a TTL must be in the
// index, and nothing else.
func wantStored(t *testing.T, ks *Keyspace, want []string) {
	t.Helper()
	r := ks.NewRun()
	check(t, r.Lock(0, nil, false))
	id, err := r.dbid(0)
	check(t, err)
	var keys []string
	var entries, wantEntries []string
	check(t, r.EachKey(0, nil, func(key []byte, meta Meta) (bool, error) {
		keys = append(keys, string(key))
		if meta.Expire != 0 {
			wantEntries = append(wantEntries, string(appendExpiryKey(nil, tagExpiry, meta.Expire, id, key)))
		}
		return true, nil
	}))
	it, err := ks.store.NewIter(storage.IterOptions{Lower: []byte{tagExpiry}, Upper: []byte{tagExpiry + 1}, KeysOnly: true})
	check(t, err)
	for ok := it.First(); ok; ok = it.Next() {
		entries = append(entries, string(it.Key()))
	}
	check(t, it.Close())
	apply(t, r)
	slices.Sort(keys)
	slices.Sort(want)
	slices.Sort(wantEntries)
	if !slices.Equal(keys, want) {
		t.Errorf("stored: %q\nwant:   %q", keys, want)
	}
	if !slices.Equal(entries, wantEntries) {
		t.Errorf("index: %q\nwant:  %q", entries, wantEntries)
	}
	if n := ks.counts.get(id).expires; n != int64(len(entries)) {
		t.Errorf("%d keys with a TTL are counted, and %d are in the index", n, len(entries))
	}
}

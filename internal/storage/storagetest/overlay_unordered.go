package storagetest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

// testOverlayUnordered writes many keys in no order, and every other one again, before
// it asks for the order of the first ones; then again in the room of those.
func testOverlayUnordered(t *testing.T, s storage.Store) {
	o := storage.NewOverlay(s)
	var seen storage.Iterator
	for round, n := range []int{40, 200, 5000, 60, 300} {
		want := make(map[string]string)
		for i := range 3 * n / 2 {
			at := i % n * 7919 % n // n and 7919 have no divisor in common
			key := fmt.Sprintf("k%d-%05d", round, at)
			if at%10 == 3 {
				succeed(t, o.Delete([]byte(key)))
				want[key] = ""
				continue
			}
			value := fmt.Sprint(i)
			succeed(t, o.Set([]byte(key), []byte(value)))
			want[key] = "=" + value
		}
		if o.Len() != n {
			t.Fatalf("round %d: %d writes, not %d", round, o.Len(), n)
		}
		for key, w := range want {
			value, deleted, ok := o.Pending([]byte(key))
			if got := map[bool]string{true: "", false: "=" + string(value)}[deleted]; !ok || got != w {
				t.Fatalf("round %d: %s is %q (%v), not %q", round, key, got, ok, w)
			}
		}
		if _, _, ok := o.Pending([]byte("other")); ok {
			t.Errorf("round %d: a key that nobody wrote", round)
		}
		size := o.Size()
		if round > 1 {
			if seen != nil { // keys of two rounds ago, whose room was given back
				wantInOrder(t, seen)
			}
			var err error
			if seen, err = o.NewIter(storage.IterOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		each := make(map[string]string)
		o.Each(func(key string, value []byte, deleted bool) bool {
			each[key] = map[bool]string{true: "", false: "=" + string(value)}[deleted]
			return true
		})
		var keys []string
		o.Ascend(func(key string, _ []byte, _ bool) bool {
			keys = append(keys, key)
			return true
		})
		if !maps.Equal(each, want) || !slices.Equal(keys, slices.Sorted(maps.Keys(want))) || o.Size() != size {
			t.Errorf("round %d: %d writes, %d in order, size %d and %d", round, len(each), len(keys), size, o.Size())
		}
		o.Reset()
		if o.Len() != 0 || o.Size() != 0 {
			t.Errorf("round %d: after reset %d writes, size %d", round, o.Len(), o.Size())
		}
	}
	if err := seen.Close(); err != nil {
		t.Error(err)
	}
}

func succeed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantInOrder walks an iterator that was made before others wrote, and closes it.
func wantInOrder(t *testing.T, it storage.Iterator) {
	t.Helper()
	var last []byte
	for ok := it.First(); ok; ok = it.Next() {
		if bytes.Compare(it.Key(), last) <= 0 || it.Key()[0] != 'k' {
			t.Fatalf("%q after %q", it.Key(), last)
		}
		last = append(last[:0], it.Key()...)
	}
	if last == nil {
		t.Error("no keys")
	}
	if err := it.Close(); err != nil {
		t.Error(err)
	}
}

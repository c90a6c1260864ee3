package frontstore

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The newest write of each key comes out, in order, however many runs they lie in and
// spans they are cut into.
func TestUnsorted(t *testing.T) {
	key := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'k', 0xff}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		var u unsorted
		for range 2 {
			want := make(map[string]string)
			for i := range rapid.IntRange(0, 50).Draw(t, "writes") {
				k := key.Draw(t, "key")
				value, op := fmt.Sprint(i), byte(opSet)
				if rapid.Bool().Draw(t, "delete") {
					value, op = "deleted", opDelete
				}
				want[string(k)] = value
				if rapid.IntRange(0, 5).Draw(t, "next run") == 0 && len(u.runs) > 0 {
					u.sorting.Go(u.runs[len(u.runs)-1].sort)
					u.begin(1)
				}
				if err := u.add(op, k, []byte(value)); err != nil {
					t.Fatal(err)
				}
			}
			u.sort()
			var keys []string
			for _, s := range u.spans(rapid.IntRange(1, 300).Draw(t, "bytes of a span")) {
				err := s.each(func(k, value []byte) error {
					keys = append(keys, string(k))
					if value == nil {
						value = []byte("deleted")
					}
					if want[string(k)] != string(value) {
						t.Errorf("%q is %q, want %q", k, value, want[string(k)])
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
			if !slices.Equal(keys, slices.Sorted(maps.Keys(want))) {
				t.Errorf("keys %q", keys)
			}
			u.reset()
		}
	})
}

// Writes that are larger than a run have one of their own, which is not kept.
func TestUnsortedLargeWrites(t *testing.T) {
	var u unsorted
	large := bytes.Repeat([]byte("x"), runBytes+1)
	for _, key := range []string{"b", "a", "b"} {
		if err := u.add(opSet, []byte(key), large); err != nil {
			t.Fatal(err)
		}
	}
	if u.size < 3*len(large) || len(u.runs) != 3 {
		t.Errorf("%d bytes in %d runs", u.size, len(u.runs))
	}
	u.reset()
	if len(u.free) != 0 || u.size != 0 {
		t.Errorf("%d runs are kept, of %d bytes", len(u.free), u.size)
	}
}

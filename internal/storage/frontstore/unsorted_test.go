package frontstore

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The newest write of each key comes out, in order.
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
				if err := u.add(op, k, []byte(value)); err != nil {
					t.Fatal(err)
				}
			}
			var keys []string
			err := u.each(func(k, value []byte) error {
				keys = append(keys, string(k))
				if value == nil {
					value = []byte("deleted")
				}
				if want[string(k)] != string(value) {
					t.Errorf("%q is %q, want %q", k, value, want[string(k)])
				}
				return nil
			})
			if err != nil || !slices.Equal(keys, slices.Sorted(maps.Keys(want))) {
				t.Errorf("keys %q, %v", keys, err)
			}
			u.reset()
		}
	})
}

package storagetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

// testGetMany reads keys that lie in all the places a store may have, and some that
// are not there.
func testGetMany(t *testing.T, s storage.Store) {
	want := make(map[string]string)
	r := rand.New(rand.NewPCG(3, 4))
	key := func() string { return fmt.Sprintf("key %03d", r.IntN(200)) }
	for round := range 30 {
		apply(t, s, func(b storage.Batch) error {
			for i := range 40 {
				k, v := key(), fmt.Sprint(round, " ", i)
				if i == 0 {
					v = ""
				}
				want[k] = v
				if err := b.Set([]byte(k), []byte(v)); err != nil {
					return err
				}
				k = key()
				delete(want, k)
				if err := b.Delete([]byte(k)); err != nil {
					return err
				}
			}
			return nil
		})
		if round%7 == 0 {
			if err := s.Compact(nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		if round%5 == 0 {
			for k := range want {
				if k >= "key 050" && k < "key 060" {
					delete(want, k)
				}
			}
			apply(t, s, func(b storage.Batch) error { return b.DeleteRange([]byte("key 050"), []byte("key 060")) })
		}
		var keys [][]byte
		for i := range 202 {
			if round == 0 || r.IntN(3) == 0 {
				keys = append(keys, fmt.Appendf(nil, "key %03d", i))
			}
		}
		seen := make(map[int]bool)
		err := storage.GetMany(s, keys, func(i int, value []byte) error {
			w, ok := want[string(keys[i])]
			if seen[i] || ok != (value != nil) || w != string(value) {
				t.Errorf("round %d: %s is %q, want %q, %t", round, keys[i], value, w, ok)
			}
			seen[i] = true
			return nil
		})
		if err != nil || len(seen) != len(keys) {
			t.Fatalf("%d of %d keys were read, %v", len(seen), len(keys), err)
		}
	}
	if err := storage.GetMany(s, nil, nil); err != nil {
		t.Error(err)
	}
}

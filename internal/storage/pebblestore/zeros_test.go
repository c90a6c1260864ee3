package pebblestore_test

import (
	"path/filepath"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// TestEmptyKeyAlone writes tables that hold nothing but the empty key, or keys
// of zero bytes.
func TestEmptyKeyAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	keys := []string{"", "\x00", "\x00\x00", "\x00\x00a", "\x00a", "a"}
	for n := 1; n <= len(keys); n++ {
		s := open(t, pebblestore.Options{Dir: dir})
		check(t, try(s, keys[n-1], "v"))
		check(t, s.Compact(nil, nil))
		it, err := s.NewIter(storage.IterOptions{Lower: []byte{}})
		check(t, err)
		i := 0
		for ok := it.First(); ok; ok = it.Next() {
			if i >= n || string(it.Key()) != keys[i] {
				t.Fatalf("key %d of %d is %q", i, n, it.Key())
			}
			i++
		}
		if i != n || !it.SeekGE([]byte(keys[n-1])) || string(it.Key()) != keys[n-1] {
			t.Errorf("%d keys of %d, or %q is not where it should be", i, n, keys[n-1])
		}
		check(t, it.Close())
		for _, key := range keys[:n] {
			if _, err := s.Get([]byte(key)); err != nil {
				t.Errorf("get %q: %v", key, err)
			}
		}
		check(t, s.Close())
	}
}

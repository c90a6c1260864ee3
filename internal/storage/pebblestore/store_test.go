package pebblestore_test

import (
	"path/filepath"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
	"github.com/orbit-server/orbit/internal/storage/storagetest"
)

func open(t testing.TB, o pebblestore.Options) *pebblestore.Store {
	t.Helper()
	if o.MemTableSize == 0 {
		o.MemTableSize = 4 << 20
	}
	s, err := pebblestore.Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

func TestConformance(t *testing.T) {
	for name, o := range map[string]pebblestore.Options{
		"everysec":   {Durability: storage.EverySec},
		"no cache":   {Durability: storage.No, ReadCacheBytes: -1},
		"tiny cache": {Durability: storage.No, ReadCacheBytes: 64 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			storagetest.Run(t, func(t testing.TB) storage.Store {
				o := o
				o.Dir = filepath.Join(t.TempDir(), "store")
				return open(t, o)
			})
		})
	}
}

func TestCloseWaitsForNobody(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := open(t, pebblestore.Options{Dir: dir})
	it, err := s.NewIter(storage.IterOptions{})
	check(t, err)
	sn := s.NewSnapshot()
	if err := s.Close(); err == nil {
		t.Fatal("a store closed under an iterator and a snapshot")
	}
	check(t, try(s, "a", "still open"))
	check(t, it.Close())
	if err := s.Close(); err == nil {
		t.Fatal("a store closed under a snapshot")
	}
	check(t, sn.Close())
	check(t, s.Close())
	check(t, open(t, pebblestore.Options{Dir: dir}).Close())
}

func TestStatsCount(t *testing.T) {
	s := open(t, pebblestore.Options{Dir: filepath.Join(t.TempDir(), "store"), Durability: storage.Always})
	check(t, try(s, "a", "1"))
	for range 10 {
		if _, err := s.Get([]byte("a")); err != nil {
			t.Fatal(err)
		}
	}
	check(t, s.Compact(nil, nil))
	st := s.Stats()
	if st.Kind != "pebble" || st.Keys != -1 || st.CacheHits != 10 || st.CacheBytes == 0 || st.WALSyncs == 0 ||
		st.DiskBytes == 0 || st.Flushes == 0 || st.ReadAmp == 0 || len(st.Levels) != 7 {
		t.Errorf("statistics: %+v", st)
	}
	check(t, try(s, "a", "2"))
	check(t, s.Compact(nil, nil)) // two tables of a become one
	if now := s.Stats(); now.Compacted <= st.Compacted {
		t.Errorf("compactions wrote %d bytes, and before %d", now.Compacted, st.Compacted)
	}
	check(t, s.Close())
}

func TestPersistence(t *testing.T) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		t.Run(d.String(), func(t *testing.T) {
			storagetest.RunPersistent(t, func(t testing.TB, dir string) storage.Store {
				return open(t, pebblestore.Options{Dir: dir, Durability: d})
			})
		})
	}
}

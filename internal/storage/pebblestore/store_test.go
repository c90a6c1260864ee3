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
		"no":         {Durability: storage.No},
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

func TestPersistence(t *testing.T) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		t.Run(d.String(), func(t *testing.T) {
			storagetest.RunPersistent(t, func(t testing.TB, dir string) storage.Store {
				return open(t, pebblestore.Options{Dir: dir, Durability: d})
			})
		})
	}
}

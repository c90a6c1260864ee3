package frontstore_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
	"github.com/orbit-server/orbit/internal/storage/storagetest"
)

// busy are options with which tables move to Pebble all the time.
func busy(o frontstore.Options) frontstore.Options {
	o.TableBytes, o.JournalBytes = 8<<10, 32<<10
	return o
}

func open(t testing.TB, o frontstore.Options) *frontstore.Store {
	t.Helper()
	s, err := frontstore.Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// try applies one write and waits for it.
func try(s storage.Store, key, value string) error {
	b := s.NewBatch()
	if err := b.Set([]byte(key), []byte(value)); err != nil {
		return err
	}
	p, err := s.Apply(b)
	if err != nil {
		return err
	}
	return errors.Join(p.Wait(), b.Close())
}

func TestConformance(t *testing.T) {
	for name, o := range map[string]frontstore.Options{
		"everysec":       {},
		"busy":           busy(frontstore.Options{Durability: storage.No}),
		"busy, no cache": busy(frontstore.Options{Durability: storage.EverySec, ReadCacheBytes: -1}),
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
				return open(t, frontstore.Options{Dir: dir, Durability: d})
			})
		})
	}
}

func TestTakesOverPebblestore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	old, err := pebblestore.Open(pebblestore.Options{Dir: dir})
	check(t, err)
	check(t, try(old, "a", "in the old log"))
	check(t, try(old, "b", "1"))
	check(t, old.Close())
	for round := range 3 {
		s := open(t, frontstore.Options{Dir: dir})
		if value, err := s.Get([]byte("a")); err != nil || string(value) != "in the old log" {
			t.Fatalf("round %d: %q, %v", round, value, err)
		}
		check(t, try(s, "b", "2"))
		check(t, s.Close())
	}
}

func TestCloseRefusesWhileInUse(t *testing.T) {
	s := open(t, frontstore.Options{Dir: filepath.Join(t.TempDir(), "store")})
	check(t, try(s, "a", "1"))
	it, err := s.NewIter(storage.IterOptions{})
	check(t, err)
	sn := s.NewSnapshot()
	if s.Close() == nil {
		t.Fatal("a store closed under an iterator and a snapshot")
	}
	check(t, try(s, "a", "still open"))
	check(t, it.Close())
	if s.Close() == nil {
		t.Fatal("a store closed under a snapshot")
	}
	check(t, sn.Close())
	check(t, s.Close())
}

func TestStatsCount(t *testing.T) {
	s := open(t, frontstore.Options{Dir: filepath.Join(t.TempDir(), "store"), Durability: storage.Always})
	check(t, try(s, "a", "1"))
	st := s.Stats()
	if st.Kind != "pebble" || st.WALSyncs == 0 || st.WALBytes == 0 || st.MemtableBytes == 0 {
		t.Errorf("statistics: %+v", st)
	}
	check(t, s.Compact(nil, nil))
	if st := s.Stats(); st.Flushes == 0 || st.DiskBytes == 0 {
		t.Errorf("statistics after everything was handed over: %+v", st)
	}
	check(t, s.Close())
}

package frontstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// TestPowerFailureDuringALoad: what is there of a load is never without the batch
// before it, and what Close has returned for is all there.
func TestPowerFailureDuringALoad(t *testing.T) {
	for seed := range uint64(powerRounds) {
		r := rand.New(rand.NewPCG(seed, 9))
		mem := vfs.NewCrashableMem()
		o := frontstore.Options{Dir: "store", Durability: storage.EverySec, FS: mem}
		s := open(t, o)
		check(t, try(s, "reserved", "yes"))
		b, err := s.NewBulk()
		check(t, err)
		parts, closed := 1+r.IntN(3), r.IntN(2) == 0
		for part := range parts {
			for i := range 2000 {
				check(t, b.Set(fmt.Appendf(nil, "load%d-%06d", part, i), make([]byte, r.IntN(5000))))
			}
			if part < parts-1 || closed {
				check(t, b.Apply())
			}
		}
		crashed := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})
		check(t, errors.Join(b.Close(), s.Close()))

		o.FS = crashed
		s = open(t, o)
		n := 0
		for part := range parts {
			for i := range 2000 {
				if found(t, s, fmt.Sprintf("load%d-%06d", part, i)) != "-" {
					n++
				}
			}
		}
		if n > 0 && found(t, s, "reserved") != "yes" {
			t.Errorf("seed %d: %d keys of the load without what was written before it", seed, n)
		}
		if closed && n != 2000*parts {
			t.Errorf("seed %d: %d of %d keys", seed, n, 2000*parts)
		}
		check(t, s.Close())
	}
}

func TestALoadOntoAFullDisk(t *testing.T) {
	fs := &brokenFS{FS: vfs.NewMem()}
	s := open(t, frontstore.Options{Dir: "store", FS: fs})
	b, err := s.NewBulk()
	check(t, err)
	fs.tables.Store(true)
	check(t, b.Set([]byte("a"), []byte("1")))
	for range 2 {
		if err := b.Apply(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("another part: %v", err)
		}
	}
	check(t, b.Close())
	fs.tables.Store(false)
	check(t, s.Close())
}

func TestNoLoadIntoWhatIsReadOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	check(t, open(t, frontstore.Options{Dir: dir}).Close())
	s := open(t, frontstore.Options{Dir: dir, ReadOnly: true})
	if _, err := s.NewBulk(); err == nil {
		t.Error("a load of a store that is read-only")
	}
	check(t, s.Close())
}

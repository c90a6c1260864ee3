package pebblestore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// brokenFS fails the log's writes or syncs, or the making of tables, once told to.
type brokenFS struct {
	vfs.FS
	writes, syncs atomic.Bool
	tables        atomic.Bool
	synced        atomic.Int64 // fsyncs that did not fail
}

type brokenFile struct {
	vfs.File
	fs *brokenFS
}

func (fs *brokenFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if fs.tables.Load() && strings.HasSuffix(name, ".sst") {
		return nil, syscall.ENOSPC
	}
	f, err := fs.FS.Create(name, category)
	if err == nil && strings.HasSuffix(name, ".log") {
		f = &brokenFile{f, fs}
	}
	return f, err
}

func (f *brokenFile) Write(p []byte) (int, error) {
	if f.fs.writes.Load() {
		n, err := f.File.Write(p[:len(p)/2])
		return n, errors.Join(err, syscall.ENOSPC)
	}
	return f.File.Write(p)
}

func (f *brokenFile) SyncData() error {
	if f.fs.syncs.Load() {
		return syscall.EIO
	}
	f.fs.synced.Add(1)
	return f.File.SyncData()
}

func (f *brokenFile) Sync() error { return f.SyncData() }

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

func TestFailingLogRefusesWrites(t *testing.T) {
	tests := []struct {
		name       string
		durability storage.Durability
		fail       func(*brokenFS)
		want       error
		flush      bool // the failure shows at a flush only
	}{
		{"always, disk full", storage.Always, func(fs *brokenFS) { fs.writes.Store(true) }, syscall.ENOSPC, false},
		{"always, sync fails", storage.Always, func(fs *brokenFS) { fs.syncs.Store(true) }, syscall.EIO, false},
		{"everysec, disk full", storage.EverySec, func(fs *brokenFS) { fs.writes.Store(true) }, syscall.ENOSPC, false},
		{"everysec, sync fails", storage.EverySec, func(fs *brokenFS) { fs.syncs.Store(true) }, syscall.EIO, true},
		{"no, disk full", storage.No, func(fs *brokenFS) { fs.writes.Store(true) }, syscall.ENOSPC, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mem := vfs.NewMem()
			fs := &brokenFS{FS: mem}
			o := pebblestore.Options{
				Dir: "store", Durability: tt.durability, FS: fs,
				Fatal: func(err error) { panic(fmt.Sprintf("the process would end: %v", err)) },
			}
			s := open(t, o)
			check(t, try(s, "a", "safe"))
			check(t, s.Flush())
			tt.fail(fs)
			if tt.flush {
				check(t, try(s, "b", "lost"))
				if err := s.Flush(); !errors.Is(err, tt.want) {
					t.Fatalf("flush: %v, want %v", err, tt.want)
				}
			} else if err := try(s, "b", "lost"); !errors.Is(err, tt.want) {
				t.Fatalf("wait: %v, want %v", err, tt.want)
			}
			// Space that comes back does not bring the log back.
			fs.writes.Store(false)
			fs.syncs.Store(false)
			for range 3 {
				if err := try(s, "c", "refused"); !errors.Is(err, tt.want) {
					t.Errorf("a later write: %v, want %v", err, tt.want)
				}
			}
			if err := s.Flush(); !errors.Is(err, tt.want) {
				t.Errorf("a later flush: %v, want %v", err, tt.want)
			}
			if value, err := s.Get([]byte("a")); err != nil || string(value) != "safe" {
				t.Errorf("reading goes on: %q, %v", value, err)
			}
			if err := s.Close(); !errors.Is(err, tt.want) {
				t.Errorf("close: %v, want %v", err, tt.want)
			}
			o.FS = mem
			s = open(t, o)
			if value, err := s.Get([]byte("a")); err != nil || string(value) != "safe" {
				t.Errorf("opened anew: %q, %v", value, err)
			}
			check(t, try(s, "c", "3"))
			check(t, s.Close())
		})
	}
}

func TestLazySyncFailureSurfaces(t *testing.T) {
	fs := &brokenFS{FS: vfs.NewMem()}
	s := open(t, pebblestore.Options{Dir: "store", FS: fs})
	fs.syncs.Store(true)
	var err error
	for i := 0; err == nil; i++ { // ends with the timed sync
		err = try(s, "k", strconv.Itoa(i))
	}
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("a write after the timed sync: %v, want EIO", err)
	}
	if err := s.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("close: %v, want EIO", err)
	}
}

// TestPowerFailure cuts the power at a random moment, when a random part of what
// was not synced has reached the disk.
func TestPowerFailure(t *testing.T) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		t.Run(d.String(), func(t *testing.T) {
			for round := range 8 {
				powerFailure(t, d, uint64(round))
			}
		})
	}
}

func powerFailure(t *testing.T, d storage.Durability, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	mem := vfs.NewCrashableMem()
	o := pebblestore.Options{Dir: "store", Durability: d, FS: mem, MemTableSize: 256 << 10}
	s := open(t, o)
	// Each write has its number, in two keys and with something to fill blocks.
	total, safe := 200+r.IntN(1500), 0
	for n := 1; n <= total; n++ {
		b := s.NewBatch()
		check(t, errors.Join(
			b.Set([]byte("first"), []byte(strconv.Itoa(n))),
			b.Set(fmt.Appendf(nil, "n%06d", n), make([]byte, r.IntN(400))),
			b.Set([]byte("last"), []byte(strconv.Itoa(n))),
		))
		p, err := s.Apply(b)
		check(t, err)
		check(t, p.Wait())
		check(t, b.Close())
		if d == storage.Always {
			safe = n
		} else if r.IntN(300) == 0 {
			check(t, s.Flush())
			safe = n
		}
	}
	crashed := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})
	check(t, s.Close())

	o.FS = crashed
	s, err := pebblestore.Open(o)
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
		return
	}
	found := 0
	if value, err := s.Get([]byte("first")); err == nil {
		found, err = strconv.Atoi(string(value))
		check(t, err)
	}
	if found < safe {
		t.Errorf("seed %d: found %d of the %d that were synced", seed, found, safe)
	}
	if last, err := s.Get([]byte("last")); found > 0 && (err != nil || string(last) != strconv.Itoa(found)) {
		t.Errorf("seed %d: torn batch: %d and %s, %v", seed, found, last, err)
	}
	for n := 1; n <= total; n++ {
		_, err := s.Get(fmt.Appendf(nil, "n%06d", n))
		if n <= found && err != nil || n > found && err != storage.ErrNotFound {
			t.Errorf("seed %d: write %d of %d found: %v", seed, n, found, err)
			break
		}
	}
	check(t, s.Close())
}

func TestDurabilityChangesWhileOpen(t *testing.T) {
	fs := &brokenFS{FS: vfs.NewMem()}
	s := open(t, pebblestore.Options{Dir: "store", Durability: storage.No, FS: fs})
	check(t, try(s, "a", "buffered"))
	b := s.NewBatch()
	check(t, b.Set([]byte("b"), []byte("buffered too")))
	earlier, err := s.Apply(b)
	check(t, err)

	before := fs.synced.Load()
	s.SetDurability(storage.EverySec)
	if d := s.Durability(); d != storage.EverySec {
		t.Errorf("the durability is %s", d)
	}
	if fs.synced.Load() == before {
		t.Error("what was buffered was not put on disk")
	}
	s.SetDurability(storage.Always)
	before = fs.synced.Load()
	check(t, try(s, "d", "on disk"))
	if fs.synced.Load() == before {
		t.Error("with always a write did not wait for the disk")
	}
	before = fs.synced.Load()
	check(t, earlier.Wait())
	check(t, b.Close())
	if fs.synced.Load() == before {
		t.Error("a batch from before did not wait for the disk")
	}
	s.SetDurability(storage.No)
	fs.syncs.Store(true)
	check(t, try(s, "e", "buffered again"))
	s.SetDurability(storage.Always)
	if err := try(s, "f", "refused"); !errors.Is(err, syscall.EIO) {
		t.Errorf("after a failed fsync: %v", err)
	}
	fs.syncs.Store(false)
	if err := s.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("close: %v", err)
	}
}

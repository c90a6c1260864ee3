package frontstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// brokenFS fails writes or syncs of the journal, or the making of tables, once
// told to.
type brokenFS struct {
	vfs.FS
	writes, syncs, tables atomic.Bool
}

type brokenFile struct {
	vfs.File
	fs *brokenFS
}

func (fs *brokenFS) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := fs.FS.OpenReadWrite(name, category, opts...)
	if err == nil && strings.HasSuffix(name, ".journal") {
		f = &brokenFile{f, fs}
	}
	return f, err
}

func (fs *brokenFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if fs.tables.Load() && (strings.HasSuffix(name, ".sst") || strings.HasSuffix(name, ".dbtmp")) {
		return nil, syscall.ENOSPC
	}
	return fs.FS.Create(name, category)
}

func (f *brokenFile) WriteAt(p []byte, at int64) (int, error) {
	if f.fs.writes.Load() {
		n, err := f.File.WriteAt(p[:len(p)/2], at)
		return n, errors.Join(err, syscall.ENOSPC)
	}
	return f.File.WriteAt(p, at)
}

func (f *brokenFile) SyncData() error {
	if f.fs.syncs.Load() {
		return syscall.EIO
	}
	return f.File.SyncData()
}

// found reads a key as "-" when it has no value.
func found(t *testing.T, s storage.Store, key string) string {
	t.Helper()
	value, err := s.Get([]byte(key))
	if err == storage.ErrNotFound {
		return "-"
	}
	check(t, err)
	return string(value)
}

func TestFullDiskRefusesAndHeals(t *testing.T) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		t.Run(d.String(), func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			fs := &brokenFS{FS: mem}
			o := frontstore.Options{Dir: "store", Durability: d, FS: fs}
			s := open(t, o)
			check(t, try(s, "a", "safe"))
			fs.writes.Store(true)
			for range 3 {
				if err := try(s, "b", strings.Repeat("long", 100)); !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("a write to a full disk: %v", err)
				}
			}
			if got := found(t, s, "b"); got != "-" {
				t.Errorf("a write that failed is visible: %q", got)
			}
			if got := found(t, s, "a"); got != "safe" {
				t.Errorf("reading goes on: %q", got)
			}
			fs.writes.Store(false)
			check(t, try(s, "c", "1")) // shorter than what was written half
			crashed := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
			check(t, s.Close())
			for name, fs := range map[string]vfs.FS{"closed": mem, "crashed": crashed} {
				o.FS = fs
				s := open(t, o)
				if a, b, c := found(t, s, "a"), found(t, s, "b"), found(t, s, "c"); a != "safe" || b != "-" || c != "1" {
					t.Errorf("opened anew, %s: %q %q %q", name, a, b, c)
				}
				check(t, s.Close())
			}
		})
	}
}

func TestFailedSyncEndsWriting(t *testing.T) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always} {
		t.Run(d.String(), func(t *testing.T) {
			fs := &brokenFS{FS: vfs.NewMem()}
			o := frontstore.Options{Dir: "store", Durability: d, FS: fs}
			s := open(t, o)
			check(t, try(s, "a", "safe"))
			check(t, s.Flush())
			fs.syncs.Store(true)
			var err error
			for i := 0; err == nil; i++ { // with EverySec the timed sync ends it
				err = try(s, "k", strconv.Itoa(i))
			}
			fs.syncs.Store(false)
			for _, err := range []error{err, try(s, "k", "later"), s.Flush()} {
				if !errors.Is(err, syscall.EIO) {
					t.Errorf("after a failed sync: %v", err)
				}
			}
			if got := found(t, s, "a"); got != "safe" {
				t.Errorf("reading goes on: %q", got)
			}
			if err := s.Close(); !errors.Is(err, syscall.EIO) {
				t.Errorf("close: %v", err)
			}
			s = open(t, o)
			check(t, try(s, "k", "again"))
			check(t, s.Close())
		})
	}
}

// TestHandOverFails fills the tables while none can be written out.
func TestHandOverFails(t *testing.T) {
	mem := vfs.NewMem()
	fs := &brokenFS{FS: mem}
	o := busy(frontstore.Options{Dir: "store", FS: fs})
	s := open(t, o)
	fs.tables.Store(true)
	var err error
	n := 0
	for ; err == nil; n++ {
		if err = try(s, fmt.Sprintf("k%06d", n), "value"); n > 1000 {
			t.Fatal("writes go on though nothing can be handed over")
		}
	}
	n--
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the write that found no room: %v", err)
	}
	for i := range n {
		if got := found(t, s, fmt.Sprintf("k%06d", i)); got != "value" {
			t.Fatalf("write %d of %d: %q", i, n, got)
		}
	}
	fs.tables.Store(false)
	for try(s, "healed", "1") != nil {
		time.Sleep(10 * time.Millisecond)
	}
	fs.tables.Store(true)
	check(t, try(s, "last", "1"))
	if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("close while nothing can be handed over: %v", err)
	}
	fs.tables.Store(false)
	s = open(t, o)
	for i := range n {
		if got := found(t, s, fmt.Sprintf("k%06d", i)); got != "value" {
			t.Fatalf("opened anew: write %d of %d: %q", i, n, got)
		}
	}
	if found(t, s, "last") != "1" || found(t, s, "healed") != "1" {
		t.Error("opened anew: the last writes are lost")
	}
	check(t, s.Close())
}

// powerRounds is enough to meet hand-overs at every step.
const powerRounds = 32

// TestPowerFailure cuts the power at a random moment, when a random part of what
// was not synced has reached the disk, and again while the store recovers.
func TestPowerFailure(t *testing.T) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		t.Run(d.String(), func(t *testing.T) {
			for round := range powerRounds {
				powerFailure(t, d, uint64(round))
			}
		})
	}
}

func powerFailure(t *testing.T, d storage.Durability, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	mem := vfs.NewCrashableMem()
	o := frontstore.Options{Dir: "store", Durability: d, FS: mem, TableBytes: 16<<10 + r.Int64N(256<<10), JournalBytes: 32<<10 + r.Int64N(256<<10)}
	s := open(t, o)
	// Each write has its number, in two keys and with something to fill blocks; it
	// deletes what came 50 before, every tenth in a range.
	total, safe := 200+r.IntN(1500), 0
	for n := 1; n <= total; n++ {
		b := s.NewBatch()
		check(t, errors.Join(
			b.Set([]byte("first"), []byte(strconv.Itoa(n))),
			b.Set(fmt.Appendf(nil, "n%06d", n), make([]byte, r.IntN(400))),
			b.Set([]byte("last"), []byte(strconv.Itoa(n))),
		))
		if n%10 == 0 {
			check(t, b.DeleteRange([]byte("n"), fmt.Appendf(nil, "n%06d", max(0, n-50))))
		}
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

	for again := range 3 {
		o.FS = crashed
		s, err := frontstore.Open(o)
		if err != nil {
			t.Errorf("seed %d, opened %d: %v", seed, again, err)
			return
		}
		safe = checkNumbers(t, s, seed, safe, total)
		check(t, try(s, "after", strconv.Itoa(again)))
		crashed = crashed.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})
		check(t, s.Close())
	}
}

// TestBeginningOfTheJournalIsKnown cuts the power where the journal has one segment,
// which begins at a place that was on disk long ago, and nothing of it was synced.
func TestBeginningOfTheJournalIsKnown(t *testing.T) {
	for name, prepare := range map[string]func(s *frontstore.Store, o frontstore.Options) *frontstore.Store{
		"handed over": func(s *frontstore.Store, _ frontstore.Options) *frontstore.Store {
			check(t, s.Checkpoint("copy"))
			return s
		},
		"opened anew": func(s *frontstore.Store, o frontstore.Options) *frontstore.Store {
			check(t, s.Close())
			return open(t, o)
		},
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			o := frontstore.Options{Dir: "store", Durability: storage.No, FS: mem}
			s := open(t, o)
			check(t, try(s, "a", strings.Repeat("long", 5000)))
			check(t, s.Flush())
			s = prepare(s, o)
			for n := range 100 {
				check(t, try(s, "k"+strconv.Itoa(n), strings.Repeat("long", 100)))
			}
			for seed := range uint64(32) {
				o.FS = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rand.New(rand.NewPCG(seed, 3))})
				again, err := frontstore.Open(o)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if len(found(t, again, "a")) != 20000 {
					t.Errorf("seed %d: what was synced is lost", seed)
				}
				check(t, again.Close())
			}
			check(t, s.Close())
		})
	}
}

// checkNumbers returns the last write that is there.
func checkNumbers(t *testing.T, s storage.Store, seed uint64, safe, total int) int {
	t.Helper()
	n := 0
	if value := found(t, s, "first"); value != "-" {
		n, _ = strconv.Atoi(value)
	}
	if n < safe {
		t.Errorf("seed %d: found %d of the %d that were synced", seed, n, safe)
	}
	if last := found(t, s, "last"); n > 0 && last != strconv.Itoa(n) {
		t.Errorf("seed %d: torn batch: %d and %s", seed, n, last)
	}
	gone := max(0, n/10*10-50)
	for i := 1; i <= total; i++ {
		is := found(t, s, fmt.Sprintf("n%06d", i)) != "-"
		if want := i <= n && i >= gone; is != want {
			t.Errorf("seed %d: of %d writes, %d is there: %v", seed, n, i, is)
			break
		}
	}
	return n
}

// A failing fsync tells whether a write waited for one.
func TestDurabilityChangesWhileOpen(t *testing.T) {
	fs := &brokenFS{FS: vfs.NewMem()}
	s := open(t, frontstore.Options{Dir: "store", Durability: storage.No, FS: fs})
	fs.syncs.Store(true)
	check(t, try(s, "a", "not on disk"))
	s.SetDurability(storage.Always)
	if d := s.Durability(); d != storage.Always {
		t.Errorf("the durability is %s", d)
	}
	if err := try(s, "b", "on disk"); !errors.Is(err, syscall.EIO) {
		t.Errorf("with always a write did not wait for the disk: %v", err)
	}
	fs.syncs.Store(false)
	if err := s.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("close: %v", err)
	}

	s = open(t, frontstore.Options{Dir: "store", Durability: storage.No, FS: fs})
	check(t, try(s, "a", "not on disk"))
	fs.syncs.Store(true)
	s.SetDurability(storage.EverySec)
	for i := 0; ; i++ { // what was written before is synced too
		if err := try(s, "k", strconv.Itoa(i)); errors.Is(err, syscall.EIO) {
			break
		}
	}
	fs.syncs.Store(false)
	if err := s.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("close: %v", err)
	}
}

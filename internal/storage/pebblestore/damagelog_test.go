package pebblestore_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

const (
	logWrites = 300
	logValue  = 8 << 10
)

// killedLogs leaves what a killed process leaves: three logs or more, none of which was
// flushed, or synced if lazy.
func killedLogs(t *testing.T, d storage.Durability) (fs *vfs.MemFS, logs []string) {
	t.Helper()
	mem := vfs.NewCrashableMem()
	broken := &brokenFS{FS: mem}
	s := open(t, pebblestore.Options{Dir: "store", FS: broken, Durability: d, MemTableSize: 1 << 20, Boot: "now"})
	broken.tables.Store(true)
	for i := range logWrites {
		check(t, try(s, fmt.Sprintf("k%03d", i), strings.Repeat("v", logValue)))
	}
	fs = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
	broken.tables.Store(false)
	check(t, s.Close())
	names, err := fs.List("store")
	check(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, ".log") {
			logs = append(logs, name)
		}
	}
	slices.Sort(logs)
	if len(logs) < 3 {
		t.Fatalf("logs %v", logs)
	}
	return fs, logs
}

// change changes a file of the store.
func change(t *testing.T, fs vfs.FS, name string, how func([]byte) []byte) {
	t.Helper()
	f, err := fs.Open("store/" + name)
	check(t, err)
	b, err := io.ReadAll(f)
	check(t, errors.Join(err, f.Close()))
	f, err = fs.Create("store/"+name, vfs.WriteCategoryUnspecified)
	check(t, err)
	_, err = f.Write(how(b))
	check(t, errors.Join(err, f.Sync(), f.Close()))
}

// lost opens the store and counts the writes that are missing.
func lost(t *testing.T, fs vfs.FS, boot string) (n int, err error) {
	t.Helper()
	s, err := pebblestore.Open(pebblestore.Options{Dir: "store", FS: fs, Boot: boot})
	if err != nil {
		return 0, err
	}
	for i := range logWrites {
		if _, err := s.Get(fmt.Appendf(nil, "k%03d", i)); err != nil {
			n++
		}
	}
	check(t, s.Close())
	return n, nil
}

func TestDamagedLogs(t *testing.T) {
	const block = 32 << 10
	flip := func(at func(size int) int) func([]byte) []byte {
		return func(b []byte) []byte { b[at(len(b))] ^= 1; return b }
	}
	cut := func(at func(size int) int) func([]byte) []byte {
		return func(b []byte) []byte { return b[:at(len(b))] }
	}
	zero := func(at func(size int) int) func([]byte) []byte {
		return func(b []byte) []byte {
			from := at(len(b)) / block * block
			clear(b[from:min(from+block, len(b))])
			return b
		}
	}
	share := func(n, of int) func(int) int { return func(size int) int { return size * n / of } }
	tests := []struct {
		name   string
		change func([]byte) []byte
		cuts   bool // the end away, which a crash may do to the newest log
	}{
		{"bit of the first header", flip(func(int) int { return 5 }), false},
		{"bit of a log number", flip(func(int) int { return 7 }), false},
		{"bit at a quarter", flip(share(1, 4)), false},
		{"bit in the middle", flip(share(1, 2)), false},
		{"bit at nine tenths", flip(share(9, 10)), false},
		{"first block zeroed", zero(func(int) int { return 0 }), false},
		{"block in the middle zeroed", zero(share(1, 2)), false},
		{"cut in the middle", cut(share(1, 2)), true},
		{"cut at a block", cut(func(n int) int { return n / 2 / block * block }), true},
		{"cut to a header", cut(func(int) int { return 20 }), true},
	}
	t.Run("a log in the middle lost", func(t *testing.T) {
		fs, logs := killedLogs(t, storage.EverySec)
		check(t, fs.Remove("store/"+logs[1]))
		if n, err := lost(t, fs, "now"); !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("%d lost, %v", n, err)
		}
	})
	for _, d := range []storage.Durability{storage.Always, storage.EverySec} {
		made, logs := killedLogs(t, d)
		if n, err := lost(t, clone(made), "now"); err != nil || n != 0 {
			t.Fatalf("%s, whole: %d lost, %v", d, n, err)
		}
		for _, tt := range tests {
			for _, name := range []string{logs[0], logs[1], logs[len(logs)-1]} {
				newest := name == logs[len(logs)-1]
				fs := clone(made)
				change(t, fs, name, tt.change)
				for range 2 { // the first attempt must not mend it by loss
					n, err := lost(t, fs, "now")
					switch {
					case tt.cuts && newest: // nothing tells it from a crash
						if err != nil {
							t.Errorf("%s, %s of the newest log: %v", d, tt.name, err)
						}
					case !errors.Is(err, storage.ErrCorrupt):
						t.Errorf("%s, %s of %s: %d lost, %v", d, tt.name, name, n, err)
					case !strings.Contains(err.Error(), ".log: ") || !strings.Contains(err.Error(), " byte "):
						t.Errorf("%s, %s of %s: no file or place in %v", d, tt.name, name, err)
					}
				}
			}
		}
	}
}

func clone(fs *vfs.MemFS) *vfs.MemFS {
	return fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
}

// Of what was never synced, a hole may be what the machine's stop took, or damage: that
// depends on whether it has run since.
func TestHoleInLog(t *testing.T) {
	for boot, damage := range map[string]bool{"now": true, "later": false, "": false} {
		made, logs := killedLogs(t, storage.EverySec)
		change(t, made, logs[len(logs)-1], func(b []byte) []byte { b[len(b)*3/4] ^= 1; return b })
		if n, err := lost(t, made, boot); errors.Is(err, storage.ErrCorrupt) != damage || err == nil && (n == 0 || n > logWrites/4) {
			t.Errorf("opened %q: %d lost, %v; want damage %v", boot, n, err, damage)
		}
	}
}

// A log without a whole write must not keep a store from opening once there is a later one.
func TestLogThatIsTornFromItsBeginning(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, pebblestore.Options{Dir: "store", FS: fs})
	check(t, s.Close())
	names, err := fs.List("store")
	check(t, err)
	i := slices.IndexFunc(names, func(name string) bool { return strings.HasSuffix(name, ".log") })
	change(t, fs, names[i], func([]byte) []byte { return make([]byte, 100) }) // as of a power failure
	for round := range 3 {
		s := open(t, pebblestore.Options{Dir: "store", FS: fs})
		if round > 0 {
			if _, err := s.Get([]byte("key")); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		check(t, try(s, "key", "value"))
		check(t, s.Close())
	}
}

// What was written when a store was closed is on disk, whatever happened since: in the log,
// if it could not be written out.
func TestDamageOfTheEndOfAClosedLog(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"bit":    func(b []byte) []byte { b[strings.LastIndex(string(b), "the value")] ^= 1; return b },
		"cut":    func(b []byte) []byte { return b[:strings.LastIndex(string(b), "the value")] },
		"zeroed": func(b []byte) []byte { clear(b[len(b)/2:]); return b[:len(b)*3/4] },
	} {
		fs := vfs.NewMem()
		broken := &brokenFS{FS: fs}
		s := open(t, pebblestore.Options{Dir: "store", FS: broken, Durability: storage.EverySec})
		for i := range 10 {
			check(t, try(s, fmt.Sprint(i), "the value of a key"))
		}
		broken.tables.Store(true)
		check(t, s.Close())
		names, err := fs.List("store")
		check(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, ".log") {
				change(t, fs, name, func(b []byte) []byte {
					if !strings.Contains(string(b), "the value") { // the newest is empty
						return b
					}
					return damage(b)
				})
			}
		}
		if _, err := pebblestore.Open(pebblestore.Options{Dir: "store", FS: fs}); !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("%s: open: %v", name, err)
		}
	}
}

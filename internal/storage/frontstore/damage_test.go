package frontstore_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// killed leaves what a killed process leaves: 100 writes in a journal of two
// segments, of which the first 90 are known to be on disk.
func killed(t *testing.T) (fs *vfs.MemFS, segments []string) {
	t.Helper()
	mem := vfs.NewCrashableMem()
	broken := &brokenFS{FS: mem}
	s := open(t, frontstore.Options{Dir: "store", FS: broken, JournalBytes: 1 << 10, Boot: "now"})
	broken.tables.Store(true) // so that the first segment stays
	for i := range 100 {
		check(t, try(s, fmt.Sprintf("k%03d", i), "value"))
		for i == 49 && len(segments) < 2 { // until the second one is begun
			names, err := mem.List("store/journal")
			check(t, err)
			if len(names) == 2 && len(content(t, mem, slices.Max(names))) > 28 {
				segments = names
			}
		}
		if i == 89 {
			check(t, s.Flush())
		}
	}
	// Nothing is lost but the process.
	fs = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
	broken.tables.Store(false)
	if err := s.Close(); err != nil && !errors.Is(err, syscall.ENOSPC) { // an attempt may be failing just now
		t.Fatal(err)
	}
	slices.Sort(segments)
	return fs, segments
}

func content(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open("store/journal/" + name)
	check(t, err)
	b, err := io.ReadAll(f)
	check(t, errors.Join(err, f.Close()))
	return b
}

func replace(t *testing.T, fs vfs.FS, name string, b []byte) {
	t.Helper()
	f, err := fs.Create("store/journal/"+name, vfs.WriteCategoryUnspecified)
	check(t, err)
	_, err = f.Write(b)
	check(t, errors.Join(err, f.Sync(), f.Close()))
}

func TestDamage(t *testing.T) {
	flip := func(at func(size int) int) func([]byte) []byte {
		return func(b []byte) []byte { b[at(len(b))] ^= 0x55; return b }
	}
	cut := func(n int) func([]byte) []byte {
		return func(b []byte) []byte { return b[:len(b)-n] }
	}
	tests := []struct {
		name    string
		segment int // of two
		change  func([]byte) []byte
		want    error // or all but what a crash may take
	}{
		{"header of the first segment", 0, flip(func(int) int { return 3 }), storage.ErrCorrupt},
		{"header of the last segment", 1, flip(func(int) int { return 20 }), storage.ErrCorrupt},
		{"start of the last segment", 1, flip(func(int) int { return 50 }), storage.ErrCorrupt},
		{"middle of the first segment", 0, flip(func(n int) int { return n / 2 }), storage.ErrCorrupt},
		{"end of the first segment lost", 0, cut(10), storage.ErrCorrupt},
		{"a record of the first segment lost", 0, cut(36), storage.ErrCorrupt},
		{"last byte", 1, flip(func(n int) int { return n - 1 }), nil},
		{"last record cut short", 1, cut(5), nil},
		{"garbage behind the end", 1, func(b []byte) []byte { return append(b, "something that is no record at all"...) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fs, segments := killed(t)
			replace(t, fs, segments[tt.segment], tt.change(content(t, fs, segments[tt.segment])))
			for range 2 { // the first attempt must not mend it by loss
				s, err := frontstore.Open(frontstore.Options{Dir: "store", FS: fs})
				if !errors.Is(err, tt.want) {
					t.Fatalf("open: %v, want %v", err, tt.want)
				}
				if err != nil {
					continue
				}
				for i := range 99 {
					if got := found(t, s, fmt.Sprintf("k%03d", i)); got != "value" {
						t.Errorf("write %d: %q", i, got)
					}
				}
				check(t, s.Close())
			}
		})
	}
	for _, tt := range tests[:6] {
		t.Run(tt.name+" is told by name", func(t *testing.T) {
			fs, segments := killed(t)
			replace(t, fs, segments[tt.segment], tt.change(content(t, fs, segments[tt.segment])))
			_, err := frontstore.Open(frontstore.Options{Dir: "store", FS: fs})
			if !strings.Contains(fmt.Sprint(err), segments[tt.segment]) {
				t.Errorf("open: %v, want %s named", err, segments[tt.segment])
			}
		})
	}
	t.Run("segment in the middle lost", func(t *testing.T) {
		fs, segments := killed(t)
		later := strings.Replace(segments[1], "2", "3", 1)
		replace(t, fs, later, content(t, fs, segments[1]))
		check(t, fs.Remove("store/journal/"+segments[1]))
		_, err := frontstore.Open(frontstore.Options{Dir: "store", FS: fs})
		if !errors.Is(err, storage.ErrCorrupt) || !strings.Contains(err.Error(), segments[1]+" is missing") {
			t.Errorf("open: %v", err)
		}
	})
	t.Run("first segment lost", func(t *testing.T) {
		fs, segments := killed(t)
		check(t, fs.Remove("store/journal/"+segments[0]))
		// What is left is an end of the journal, as after a hand-over.
		s := open(t, frontstore.Options{Dir: "store", FS: fs})
		check(t, s.Close())
	})
	t.Run("foreign file", func(t *testing.T) {
		fs, _ := killed(t)
		replace(t, fs, "notes.txt", nil)
		if _, err := frontstore.Open(frontstore.Options{Dir: "store", FS: fs}); !errors.Is(err, storage.ErrForeign) {
			t.Errorf("open: %v", err)
		}
	})
}

// Of what was never synced, a hole may be what the machine's stop took, or damage: that
// depends on whether it has run since.
func TestHoleInWhatWasNotSynced(t *testing.T) {
	for boot, want := range map[string]error{"now": storage.ErrCorrupt, "later": nil, "": nil} {
		for _, fromEnd := range []int{60, 150, 250} { // of the ten last records, of 33 bytes or so
			fs, segments := killed(t)
			b := content(t, fs, segments[1])
			b[len(b)-fromEnd] ^= 0x55
			replace(t, fs, segments[1], b)
			for range 2 {
				s, err := frontstore.Open(frontstore.Options{Dir: "store", FS: fs, Boot: boot})
				if !errors.Is(err, want) {
					t.Fatalf("%d before the end, opened %q: %v, want %v", fromEnd, boot, err, want)
				}
				if err == nil {
					if got := found(t, s, "k089"); got != "value" {
						t.Errorf("a write that was synced: %q", got)
					}
					check(t, s.Close())
				} else if !strings.Contains(err.Error(), segments[1]+": damaged at byte ") {
					t.Errorf("%v", err)
				}
			}
		}
	}
}

func TestReadOnly(t *testing.T) {
	fs, segments := killed(t)
	before := content(t, fs, segments[1])
	s := open(t, frontstore.Options{Dir: "store", FS: fs, ReadOnly: true})
	if got := found(t, s, "k099"); got != "value" {
		t.Errorf("a write in the journal: %q", got)
	}
	if try(s, "a", "1") == nil {
		t.Error("a store open for reading took a write")
	}
	check(t, s.Close())
	if !slices.Equal(content(t, fs, segments[1]), before) {
		t.Error("opening for reading changed the journal")
	}
}

// FuzzJournal opens a store over any bytes as its journal.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("orbitjn1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fs := vfs.NewMem()
		s := open(t, frontstore.Options{Dir: "store", FS: fs})
		check(t, s.Close())
		names, err := fs.List("store/journal")
		check(t, err)
		replace(t, fs, names[0], append(content(t, fs, names[0]), b...))
		s, err = frontstore.Open(frontstore.Options{Dir: "store", FS: fs})
		if err != nil {
			if !errors.Is(err, storage.ErrCorrupt) {
				t.Error(err)
			}
			return
		}
		check(t, s.Close())
	})
}

package pebblestore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// makeStore leaves a store with tables, separated values and a log, as a killed process
// does.
func makeStore(t *testing.T) string {
	t.Helper()
	dir, killed := filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "killed")
	s := open(t, pebblestore.Options{Dir: dir, Durability: storage.Always})
	fill(t, s, 0, 2000, 2000, 50)
	fill(t, s, 2000, 2010, 10, 20_000)
	if err := s.Compact(nil, nil); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 3000, 3100, 1, 50)
	check(t, os.CopyFS(killed, os.DirFS(dir)))
	check(t, s.Close())
	return killed
}

// fill writes keys with numbers from from to to, some per batch.
func fill(t *testing.T, s storage.Store, from, to, perBatch, size int) {
	t.Helper()
	b := s.NewBatch()
	for i := from; i < to; i++ {
		check(t, b.Set(fmt.Appendf(nil, "key%05d", i), []byte(strings.Repeat("v", size)+fmt.Sprint(i))))
		if (i+1-from)%perBatch == 0 {
			p, err := s.Apply(b)
			check(t, err)
			check(t, p.Wait())
			b.Reset()
		}
	}
	check(t, b.Close())
}

// readAll opens the store and reads all of it.
func readAll(dir string) (n int, err error) {
	s, err := pebblestore.Open(pebblestore.Options{Dir: dir, MemTableSize: 4 << 20})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	it, err := s.NewIter(storage.IterOptions{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if _, err := it.Value(); err != nil {
			return n, err
		}
		n++
	}
	return n, it.Error()
}

func flip(t *testing.T, path string, at func(size int) int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at(len(b))] ^= 0x55
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsReported(t *testing.T) {
	middle := func(size int) int { return size / 2 }
	start := func(int) int { return 100 }
	tests := []struct {
		name, file string
		damage     func(t *testing.T, path string)
	}{
		{"table block", "*.sst", func(t *testing.T, path string) { flip(t, path, start) }},
		{"table footer", "*.sst", func(t *testing.T, path string) { flip(t, path, func(n int) int { return n - 3 }) }},
		{"table cut short", "*.sst", func(t *testing.T, path string) { check(t, os.Truncate(path, 200)) }},
		{"table lost", "*.sst", func(t *testing.T, path string) { check(t, os.Remove(path)) }},
		{"separated values", "*.blob", func(t *testing.T, path string) { flip(t, path, start) }},
		{"log", "*.log", func(t *testing.T, path string) { flip(t, path, middle) }},
		{"manifest", "MANIFEST-*", func(t *testing.T, path string) { flip(t, path, middle) }},
		{"manifest cut to its first edit", "MANIFEST-*", func(t *testing.T, path string) { check(t, os.Truncate(path, 42)) }},
		{"manifest cut at its end", "MANIFEST-*", func(t *testing.T, path string) {
			info, err := os.Stat(path)
			check(t, err)
			check(t, os.Truncate(path, info.Size()-1))
		}},
		{"manifest zeroed from the middle", "MANIFEST-*", func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			check(t, err)
			clear(b[len(b)/2:])
			check(t, os.WriteFile(path, b, 0o600))
		}},
		{"manifest lost", "MANIFEST-*", func(t *testing.T, path string) { check(t, os.Remove(path)) }},
		{"manifest marker lost", "marker.manifest.*", func(t *testing.T, path string) { check(t, os.Remove(path)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := makeStore(t)
			if n, err := readAll(dir); err != nil || n != 2110 {
				t.Fatalf("before: %d keys, %v", n, err)
			}
			dir = makeStore(t)
			files, err := filepath.Glob(filepath.Join(dir, tt.file))
			if err != nil || len(files) == 0 {
				t.Fatalf("no %s: %v", tt.file, err)
			}
			for _, f := range files {
				if info, err := os.Stat(f); err == nil && (info.Size() > 0 || strings.Contains(f, "marker")) {
					tt.damage(t, f)
				}
			}
			for range 2 { // the first attempt must not mend it by loss
				if n, err := readAll(dir); !errors.Is(err, storage.ErrCorrupt) {
					t.Errorf("read %d keys, %v, want ErrCorrupt", n, err)
				}
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("in use", func(t *testing.T) {
		dir := t.TempDir()
		s := open(t, pebblestore.Options{Dir: dir})
		_, err := pebblestore.Open(pebblestore.Options{Dir: dir})
		if !errors.Is(err, storage.ErrLocked) {
			t.Errorf("second open: %v, want ErrLocked", err)
		}
		check(t, s.Close())
	})
	t.Run("foreign", func(t *testing.T) {
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("x"), 0o600))
		if _, err := pebblestore.Open(pebblestore.Options{Dir: dir}); !errors.Is(err, storage.ErrForeign) {
			t.Errorf("open: %v, want ErrForeign", err)
		}
	})
	t.Run("newer", func(t *testing.T) {
		dir := makeStore(t)
		old, err := filepath.Glob(filepath.Join(dir, "marker.format-version.*"))
		if err != nil || len(old) != 1 {
			t.Fatalf("markers %v, %v", old, err)
		}
		check(t, os.Rename(old[0], filepath.Join(dir, "marker.format-version.000999.999")))
		if _, err := pebblestore.Open(pebblestore.Options{Dir: dir}); !errors.Is(err, storage.ErrNewerFormat) {
			t.Errorf("open: %v, want ErrNewerFormat", err)
		}
	})
	t.Run("read-only of nothing", func(t *testing.T) {
		if _, err := pebblestore.Open(pebblestore.Options{Dir: t.TempDir(), ReadOnly: true}); err == nil {
			t.Error("a store was made read-only")
		}
	})
}

func TestReadOnly(t *testing.T) {
	dir := makeStore(t)
	s := open(t, pebblestore.Options{Dir: dir, ReadOnly: true})
	if _, err := s.Get([]byte("key03050")); err != nil {
		t.Errorf("a key in the log: %v", err)
	}
	b := s.NewBatch()
	check(t, b.Set([]byte("a"), []byte("b")))
	if _, err := s.Apply(b); err == nil {
		t.Error("a read-only store took a write")
	}
	check(t, s.Close())
	if n, err := readAll(dir); err != nil || n != 2110 {
		t.Errorf("afterwards: %d keys, %v", n, err)
	}
}

// A walk over the keys ends at the first block that is damaged, and reads no filters.
func TestVerifyFilesNamesEachTable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := open(t, pebblestore.Options{Dir: dir, NoCompactions: true})
	for i := range 3 {
		fill(t, s, i*1000, i*1000+1000, 1000, 100)
		check(t, s.Close()) // opened anew, what the log has becomes a table
		s = open(t, pebblestore.Options{Dir: dir, NoCompactions: true})
	}
	var damaged []string
	note := func(err error) { damaged = append(damaged, err.Error()) }
	check(t, s.VerifyFiles(t.Context(), note))
	if len(damaged) > 0 {
		t.Fatalf("before: %v", damaged)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	check(t, err)
	if len(tables) < 3 {
		t.Fatalf("tables %v", tables)
	}
	flip(t, tables[0], func(int) int { return 100 })
	flip(t, tables[2], func(size int) int { return size - 1200 }) // in the filter
	check(t, s.VerifyFiles(t.Context(), note))
	if len(damaged) != 2 || !strings.Contains(damaged[0]+damaged[1], tables[0]+": ") || !strings.Contains(damaged[0]+damaged[1], tables[2]+": ") {
		t.Errorf("%v, of %v", damaged, tables)
	}
	check(t, s.Close())
}

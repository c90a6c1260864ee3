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

// tablesOf makes tables of keys with one value.
func tablesOf(t *testing.T, s *pebblestore.Store, value []byte, keys ...string) *pebblestore.Tables {
	t.Helper()
	tables := s.NewTables()
	for _, key := range keys {
		check(t, tables.Write([]byte(key), value))
	}
	return tables
}

func wantValue(t *testing.T, r storage.Reader, key, want string) {
	t.Helper()
	value, err := r.Get([]byte(key))
	if errors.Is(err, storage.ErrNotFound) {
		value, err = []byte("-"), nil
	}
	if err != nil || string(value) != want {
		t.Errorf("%q is %q, %v, want %q", key, value, err, want)
	}
}

// Tables show at once what they hold, to whom looks now and nobody else, whatever the
// cache knows and a table in memory has.
func TestIngest(t *testing.T) {
	for name, o := range map[string]pebblestore.Options{
		"log": {}, "no log": {NoLog: true, Durability: storage.No}, "no cache": {ReadCacheBytes: -1},
	} {
		t.Run(name, func(t *testing.T) {
			o.Dir = filepath.Join(t.TempDir(), "store")
			s := open(t, o)
			check(t, try(s, "b", "old"))
			check(t, try(s, "c", "old"))
			wantValue(t, s, "", "-")
			wantValue(t, s, "a", "-")
			wantValue(t, s, "b", "old")
			before := s.NewSnapshot()
			deleting := tablesOf(t, s, nil, "c")
			check(t, s.Ingest([]*pebblestore.Tables{deleting, tablesOf(t, s, []byte("new"), "", "\x00", "a", "b"), s.NewTables()}))
			for key, want := range map[string]string{"": "new", "\x00": "new", "a": "new", "b": "new", "c": "-"} {
				wantValue(t, s, key, want)
			}
			wantValue(t, before, "a", "-")
			wantValue(t, before, "b", "old")
			check(t, before.Close())
			check(t, try(s, "b", "newest"))
			wantValue(t, s, "b", "newest")
			check(t, errors.Join(s.Flush(), s.Close()))
			s = open(t, o)
			for key, want := range map[string]string{"": "new", "\x00": "new", "a": "new", "b": "newest", "c": "-"} {
				wantValue(t, s, key, want)
			}
			check(t, s.Close())
		})
	}
}

// leftovers are the files of tables that no store has.
func leftovers(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "temporary.") {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestTablesThatAreNotIngested(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := open(t, pebblestore.Options{Dir: dir})
	dropped := tablesOf(t, s, []byte("x"), "a")
	check(t, dropped.Drop())
	if names := leftovers(t, dir); len(names) > 0 {
		t.Errorf("dropped, and there are %q", names)
	}
	left := tablesOf(t, s, []byte("x"), "a") // as by who is killed
	check(t, s.Close())
	if names := leftovers(t, dir); len(names) != 1 {
		t.Errorf("there are %q", names)
	}
	s = open(t, pebblestore.Options{Dir: dir})
	if names := leftovers(t, dir); len(names) > 0 {
		t.Errorf("opened again, and there are %q", names)
	}
	wantValue(t, s, "a", "-")
	check(t, s.Close())
	if err := s.Ingest([]*pebblestore.Tables{left}); !errors.Is(err, storage.ErrClosed) {
		t.Errorf("into a closed store: %v", err)
	}
}

// Many tables over each other are compacted, or go on where nothing is.
func TestManyIngestions(t *testing.T) {
	for _, o := range []pebblestore.Options{{}, {NoCompactions: true}} {
		o.Dir = filepath.Join(t.TempDir(), "store")
		s := open(t, o)
		for i := range 40 {
			check(t, s.Ingest([]*pebblestore.Tables{tablesOf(t, s, fmt.Append(nil, i), "a", fmt.Sprintf("b%02d", i), "c")}))
		}
		wantValue(t, s, "a", "39")
		wantValue(t, s, "b00", "0")
		check(t, s.Close())
	}
}

// What tables delete is gone for those who walk, too, whatever lies below.
func TestIngestedDeletions(t *testing.T) {
	s := open(t, pebblestore.Options{Dir: filepath.Join(t.TempDir(), "store"), NoCompactions: true})
	var keys []string
	for i := range 1000 {
		keys = append(keys, fmt.Sprintf("k%04d", i))
	}
	check(t, s.Ingest([]*pebblestore.Tables{tablesOf(t, s, []byte("old"), keys...)}))
	check(t, s.Ingest([]*pebblestore.Tables{tablesOf(t, s, nil, keys[100:900]...)}))
	check(t, s.Ingest([]*pebblestore.Tables{tablesOf(t, s, []byte("new"), keys[500])}))
	it, err := s.NewIter(storage.IterOptions{})
	check(t, err)
	n := 0
	for ok := it.First(); ok; ok = it.Next() {
		if key := string(it.Key()); key >= keys[100] && key < keys[900] && key != keys[500] {
			t.Fatalf("%s was deleted", key)
		}
		n++
	}
	check(t, it.Close())
	if n != 201 {
		t.Errorf("%d keys", n)
	}
	wantValue(t, s, keys[500], "new")
	wantValue(t, s, keys[501], "-")
	check(t, s.Close())
}

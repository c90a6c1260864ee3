package pebblestore_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// tablesAtop leaves a store with so many tables in its uppermost level that they are to be
// compacted, and returns how many.
func tablesAtop(t *testing.T, dir string, flushes int) int64 {
	t.Helper()
	s := open(t, pebblestore.Options{Dir: dir, Durability: storage.No, NoLog: true, NoCompactions: true})
	for range flushes {
		fill(t, s, 0, 1000, 1000, 50)
		check(t, s.Flush())
	}
	n := s.Stats().Levels[0].Tables
	check(t, s.Close())
	if n < 4 {
		t.Fatalf("%d tables", n)
	}
	return n
}

func TestCompactionsBeginWhenTheyMay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	n := tablesAtop(t, dir, 6)

	s := open(t, pebblestore.Options{Dir: dir, Durability: storage.Always, CompactAfter: time.Hour})
	time.Sleep(300 * time.Millisecond) // a scheduler that does not wait would have begun
	if st := s.Stats(); st.Levels[0].Tables != n || st.Compactions != 0 {
		t.Errorf("%d compactions too early, %d of %d tables", st.Compactions, st.Levels[0].Tables, n)
	}
	check(t, s.Compact(nil, nil)) // what is asked for does not wait
	if st := s.Stats(); st.Levels[0].Tables != 0 {
		t.Errorf("%d tables after a compaction", st.Levels[0].Tables)
	}
	check(t, s.Close())

	tablesAtop(t, dir, 12) // so many that they do not wait
	s = open(t, pebblestore.Options{Dir: dir, Durability: storage.Always, CompactAfter: time.Hour})
	for end := time.Now().Add(30 * time.Second); s.Stats().Levels[0].Tables > 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no compaction by itself: %+v", s.Stats())
		}
	}
	check(t, s.Close())

	fresh := open(t, pebblestore.Options{Dir: filepath.Join(t.TempDir(), "store"), Durability: storage.No, NoLog: true, CompactAfter: time.Hour})
	for end := time.Now().Add(30 * time.Second); fresh.Stats().Compactions == 0; { // so many that come later do not, either
		if time.Now().After(end) {
			t.Fatalf("no compaction of what was written: %+v", fresh.Stats())
		}
		fill(t, fresh, 0, 10, 10, 50)
		check(t, fresh.Flush())
	}
	check(t, fresh.Close())

	n = tablesAtop(t, dir, 5)
	s = open(t, pebblestore.Options{Dir: dir, Durability: storage.Always, CompactAfter: time.Hour})
	s.EndCompactions()
	fill(t, s, 0, 10, 10, 50)
	check(t, s.Close())
	s = open(t, pebblestore.Options{Dir: dir, NoCompactions: true})
	if got := s.Stats().Levels[0].Tables; got < n {
		t.Errorf("closing compacted: %d of %d tables", got, n)
	}
	check(t, s.Close())
}

// Who opens next need not read the log: it may be lost.
func TestClosingLeavesNothingInTheLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := open(t, pebblestore.Options{Dir: dir, Durability: storage.Always})
	fill(t, s, 0, 1000, 10, 50)
	check(t, s.Close())
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("logs: %v, %v", logs, err)
	}
	for _, name := range logs {
		check(t, os.Truncate(name, 0))
	}
	if n, err := readAll(dir); err != nil || n != 1000 {
		t.Errorf("read %d keys, %v", n, err)
	}
}

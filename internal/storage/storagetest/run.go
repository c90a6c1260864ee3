package storagetest

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

// Run tests the store that open makes: a new and empty one at each call, which
// the suite closes.
func Run(t *testing.T, open func(t testing.TB) storage.Store) {
	tests := []struct {
		name string
		run  func(*testing.T, storage.Store)
	}{
		{"get returns what was set", testGet},
		{"a batch applies in order", testBatchOrder},
		{"a batch copies what it is given", testBatchCopies},
		{"a batch is applied once and reused after reset", testBatchReuse},
		{"a batch of another kind is refused", testBatchForeign},
		{"a range delete takes its bounds as half open", testDeleteRange},
		{"an empty batch is a barrier", testBarrier},
		{"returned values may be kept", testKeptValues},
		{"an iterator walks both ways", testIteratorWalk},
		{"an iterator keeps to its bounds", testIteratorBounds},
		{"an iterator sees the state at its making", testIteratorStable},
		{"a snapshot sees the state at its making", testSnapshot},
		{"a large batch is one write", testLargeBatch},
		{"sizes and statistics answer", testStats},
		{"a closed store says so", testClosed},
		{"readers never see part of a batch", testAtomic},
		{"a reader never goes back in time", testMonotonic},
		{"range deletes are never outlived", testRangeDeleteRace},
		{"snapshots agree under writes", testSnapshotRace},
		{"many writers wait at once", testConcurrentWait},
		{"overlay writes lie over the base", testOverlay},
		{"overlay takes writes in no order", testOverlayUnordered},
		{"overlay rolls back to marks", testOverlayMarks},
		{"overlay keeps range deletes over a new base", testOverlayRebase},
		{"many keys are read at once", testGetMany},
		{"a bulk load is written in order", testBulk},
		{"model", testModel},
		{"overlay model", testOverlayModel},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil && !errors.Is(err, storage.ErrClosed) {
					t.Errorf("close: %v", err)
				}
			})
			tt.run(t, s)
		})
	}
}

// RunPersistent tests what a store promises beyond the process. openDir opens
// the store in dir, new or not.
func RunPersistent(t *testing.T, openDir func(t testing.TB, dir string) storage.Store) {
	tests := []struct {
		name string
		run  func(*testing.T, func(t testing.TB, dir string) storage.Store)
	}{
		{"reopening finds everything", testReopen},
		{"a checkpoint opens as a store", testCheckpoint},
		{"flush survives without close", testFlush},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, openDir) })
	}
}

// apply writes through f, waits, and fails the test on any error.
func apply(t testing.TB, s storage.Store, f func(b storage.Batch) error) {
	t.Helper()
	b := s.NewBatch()
	if err := f(b); err != nil {
		t.Fatalf("fill batch: %v", err)
	}
	commit(t, s, b)
	if err := b.Close(); err != nil {
		t.Fatalf("close batch: %v", err)
	}
}

func commit(t testing.TB, s storage.Store, b storage.Batch) {
	t.Helper()
	p, err := s.Apply(b)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("wait: %v", err)
	}
}

// set writes pairs: key, value, key, value.
func set(t testing.TB, s storage.Store, pairs ...string) {
	t.Helper()
	apply(t, s, func(b storage.Batch) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := b.Set([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantGet checks one key; want "-" means that it has no value.
func wantGet(t testing.TB, r storage.Reader, key, want string) {
	t.Helper()
	value, err := r.Get([]byte(key))
	switch {
	case want == "-" && err == storage.ErrNotFound:
	case want == "-" && err == nil:
		t.Errorf("get %q: %q, want not found", key, value)
	case err != nil:
		t.Errorf("get %q: %v, want %q", key, err, want)
	case string(value) != want:
		t.Errorf("get %q: %q, want %q", key, value, want)
	}
}

// contents reads all pairs of r as "k=v k=v".
func contents(t testing.TB, r storage.Reader, o storage.IterOptions) string {
	t.Helper()
	it, err := r.NewIter(o)
	if err != nil {
		t.Fatalf("new iterator: %v", err)
	}
	out := ""
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			t.Fatalf("value: %v", err)
		}
		if out != "" {
			out += " "
		}
		out += string(it.Key()) + "=" + string(value)
	}
	if err := it.Error(); err != nil {
		t.Fatalf("iterate: %v", err)
	}
	if err := it.Close(); err != nil {
		t.Fatalf("close iterator: %v", err)
	}
	return out
}

func wantContents(t testing.TB, r storage.Reader, want string) {
	t.Helper()
	if got := contents(t, r, storage.IterOptions{}); got != want {
		t.Errorf("contents: %q, want %q", got, want)
	}
}

func testReopen(t *testing.T, openDir func(testing.TB, string) storage.Store) {
	dir := filepath.Join(t.TempDir(), "store")
	s := openDir(t, dir)
	set(t, s, "a", "1", "b", "2", "c", "3")
	apply(t, s, func(b storage.Batch) error { return b.DeleteRange([]byte("b"), []byte("c")) })
	mustClose(t, s)
	for range 3 {
		s = openDir(t, dir)
		wantContents(t, s, "a=1 c=3")
		wantGet(t, s, "b", "-")
		mustClose(t, s)
	}
}

func testCheckpoint(t *testing.T, openDir func(testing.TB, string) storage.Store) {
	base := t.TempDir()
	s := openDir(t, filepath.Join(base, "store"))
	defer mustClose(t, s)
	set(t, s, "a", "1", "b", "2")
	if err := s.Checkpoint(filepath.Join(base, "copy")); err != nil {
		t.Fatalf("checkpoint: %v", err)
	}
	if err := s.Checkpoint(filepath.Join(base, "copy")); err == nil {
		t.Error("checkpoint into a directory that exists: no error")
	}
	set(t, s, "a", "later")
	c := openDir(t, filepath.Join(base, "copy"))
	wantContents(t, c, "a=1 b=2")
	set(t, c, "c", "3")
	mustClose(t, c)
	wantContents(t, s, "a=later b=2")
}

func testFlush(t *testing.T, openDir func(testing.TB, string) storage.Store) {
	base := t.TempDir()
	s := openDir(t, filepath.Join(base, "store"))
	set(t, s, "a", "1")
	if err := s.Flush(); err != nil {
		t.Fatalf("flush: %v", err)
	}
	set(t, s, "b", "2")
	if err := s.Compact(nil, nil); err != nil {
		t.Fatalf("compact: %v", err)
	}
	wantContents(t, s, "a=1 b=2")
	if size, err := s.EstimateSize(nil, nil); err != nil || size == 0 {
		t.Errorf("size after compaction: %d, %v", size, err)
	}
	mustClose(t, s)
}

func mustClose(t testing.TB, s storage.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

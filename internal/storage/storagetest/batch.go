package storagetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

func testGet(t *testing.T, s storage.Store) {
	wantGet(t, s, "a", "-")
	set(t, s, "a", "1", "b", "", "\x00\xff", "binary\x00", "", "empty key")
	wantGet(t, s, "a", "1")
	wantGet(t, s, "b", "")
	wantGet(t, s, "\x00\xff", "binary\x00")
	wantGet(t, s, "", "empty key")
	wantGet(t, s, "aa", "-")
	if value, err := s.Get([]byte("b")); err != nil || value == nil {
		t.Errorf("an empty value: %v, %v, want one that is not nil", value, err)
	}
	set(t, s, "a", "2")
	wantGet(t, s, "a", "2")
	apply(t, s, func(b storage.Batch) error { return b.Delete([]byte("a")) })
	wantGet(t, s, "a", "-")
	apply(t, s, func(b storage.Batch) error { return b.Delete([]byte("never")) })
	wantContents(t, s, "=empty key \x00\xff=binary\x00 b=")
}

func testBatchOrder(t *testing.T, s storage.Store) {
	set(t, s, "a", "0", "b", "0", "c", "0", "d", "0")
	for _, k := range []string{"a", "b", "c", "d"} { // in the cache, if there is one
		wantGet(t, s, k, "0")
	}
	apply(t, s, func(b storage.Batch) error {
		return errors.Join(
			b.Set([]byte("a"), []byte("1")),
			b.DeleteRange([]byte("a"), []byte("c")),
			b.Set([]byte("b"), []byte("2")),
			b.Delete([]byte("c")),
			b.Set([]byte("c"), []byte("3")),
			b.Set([]byte("d"), []byte("4")),
			b.Delete([]byte("d")),
		)
	})
	for _, want := range [][2]string{{"a", "-"}, {"b", "2"}, {"c", "3"}, {"d", "-"}} {
		wantGet(t, s, want[0], want[1])
		wantGet(t, s, want[0], want[1])
	}
	wantContents(t, s, "b=2 c=3")
}

func testBatchCopies(t *testing.T, s storage.Store) {
	b := s.NewBatch()
	key, value, upper := []byte("k1"), []byte("v1"), []byte("x")
	if err := errors.Join(b.DeleteRange(key, upper), b.Set(key, value), b.Delete(upper)); err != nil {
		t.Fatal(err)
	}
	copy(key, "zz")
	copy(value, "zz")
	copy(upper, "z")
	if b.Len() != 3 || b.Size() <= 0 {
		t.Errorf("batch of 3 writes: Len %d, Size %d", b.Len(), b.Size())
	}
	commit(t, s, b)
	wantContents(t, s, "k1=v1")
	b.Reset()
	if err := b.Set([]byte("k2"), []byte("another")); err != nil {
		t.Fatal(err)
	}
	wantGet(t, s, "k1", "v1")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func testBatchReuse(t *testing.T, s storage.Store) {
	b := s.NewBatch()
	for i := range 5 {
		if err := b.Set([]byte("k"), fmt.Appendf(nil, "%d", i)); err != nil {
			t.Fatal(err)
		}
		commit(t, s, b)
		if _, err := s.Apply(b); err == nil {
			t.Fatal("a batch was applied twice")
		}
		wantGet(t, s, "k", fmt.Sprint(i))
		b.Reset()
		if b.Len() != 0 {
			t.Fatalf("Len after Reset: %d", b.Len())
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

type foreignBatch struct{ storage.Batch }

func testBatchForeign(t *testing.T, s storage.Store) {
	if _, err := s.Apply(foreignBatch{}); err == nil {
		t.Error("a batch of another store was applied")
	}
}

func testDeleteRange(t *testing.T, s storage.Store) {
	all := []string{"a", "b", "ba", "c", "d"}
	tests := []struct{ lower, upper, want string }{
		{"b", "c", "a=1 c=1 d=1"},
		{"", "b", "b=1 ba=1 c=1 d=1"},
		{"b", "b", "a=1 b=1 ba=1 c=1 d=1"},
		{"c", "a", "a=1 b=1 ba=1 c=1 d=1"},
		{"a", "e", ""},
		{"bb", "zz", "a=1 b=1 ba=1"},
	}
	for _, tt := range tests {
		for _, k := range all {
			set(t, s, k, "1")
		}
		apply(t, s, func(b storage.Batch) error { return b.DeleteRange([]byte(tt.lower), []byte(tt.upper)) })
		wantContents(t, s, tt.want)
		for _, k := range all {
			want := "-"
			if strings.Contains(" "+tt.want, " "+k+"=") {
				want = "1"
			}
			wantGet(t, s, k, want)
		}
	}
	b := s.NewBatch()
	if b.DeleteRange([]byte("a"), nil) == nil || b.DeleteRange(nil, []byte("a")) == nil {
		t.Error("a range delete with an open bound: no error")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func testBarrier(t *testing.T, s storage.Store) {
	set(t, s, "a", "1")
	apply(t, s, func(storage.Batch) error { return nil })
	wantContents(t, s, "a=1")
}

func testKeptValues(t *testing.T, s storage.Store) {
	set(t, s, "k", "first")
	kept, err := s.Get([]byte("k"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		set(t, s, "k", fmt.Sprintf("v%04d", i))
		wantGet(t, s, "k", fmt.Sprintf("v%04d", i))
	}
	if string(kept) != "first" {
		t.Errorf("a kept value became %q", kept)
	}
}

func testLargeBatch(t *testing.T, s storage.Store) {
	const n = 5000
	key := func(i int) []byte { return fmt.Appendf(nil, "key%06d", i) }
	set(t, s, string(key(7)), "old", "other", "kept", string(key(n+1)), "above")
	wantGet(t, s, string(key(7)), "old")
	wantGet(t, s, string(key(8)), "-")
	wantGet(t, s, "other", "kept")
	value := []byte(strings.Repeat("v", 2000))
	apply(t, s, func(b storage.Batch) error {
		for i := range n {
			if err := b.Set(key(i), value); err != nil {
				return err
			}
		}
		return b.Delete(key(9))
	})
	wantGet(t, s, string(key(7)), string(value))
	wantGet(t, s, string(key(8)), string(value))
	wantGet(t, s, string(key(9)), "-")
	wantGet(t, s, string(key(n-1)), string(value))
	wantGet(t, s, string(key(n+1)), "above")
	wantGet(t, s, "other", "kept")
}

func testStats(t *testing.T, s storage.Store) {
	set(t, s, "a", "1")
	if st := s.Stats(); st.Kind == "" {
		t.Errorf("statistics name no kind: %+v", st)
	}
	if _, err := s.EstimateSize(nil, nil); err != nil {
		t.Errorf("estimate of all: %v", err)
	}
	if n, err := s.EstimateSize([]byte("b"), []byte("a")); err != nil || n != 0 {
		t.Errorf("estimate of an empty range: %d, %v", n, err)
	}
	if err := s.Flush(); err != nil {
		t.Errorf("flush: %v", err)
	}
	if err := s.Compact([]byte("b"), []byte("a")); err != nil {
		t.Errorf("compact an empty range: %v", err)
	}
}

func testClosed(t *testing.T, s storage.Store) {
	set(t, s, "a", "1")
	wantGet(t, s, "a", "1")
	b := s.NewBatch()
	if err := b.Set([]byte("a"), []byte("2")); err != nil {
		t.Fatal(err)
	}
	sn := s.NewSnapshot()
	if err := sn.Close(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	calls := map[string]func() error{
		"Get":          func() error { _, err := s.Get([]byte("a")); return err },
		"NewIter":      func() error { _, err := s.NewIter(storage.IterOptions{}); return err },
		"Apply":        func() error { _, err := s.Apply(b); return err },
		"Snapshot.Get": func() error { _, err := s.NewSnapshot().Get([]byte("a")); return err },
		"Flush":        s.Flush,
		"Compact":      func() error { return s.Compact(nil, nil) },
		"Checkpoint":   func() error { return s.Checkpoint(t.TempDir() + "/x") },
		"EstimateSize": func() error { _, err := s.EstimateSize(nil, nil); return err },
		"Close":        s.Close,
		"old snapshot": func() error { _, err := sn.Get([]byte("a")); return err },
		"its Close":    sn.Close,
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, storage.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	_ = s.Stats()
}

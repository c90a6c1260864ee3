package storagetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

func testOverlay(t *testing.T, s storage.Store) {
	set(t, s, "a", "1", "b", "1", "c", "1")
	o := storage.NewOverlay(s)
	wantContents(t, o, "a=1 b=1 c=1")
	value := []byte("2")
	if err := errors.Join(o.Set([]byte("b"), value), o.Set([]byte("bb"), nil), o.Delete([]byte("c"))); err != nil {
		t.Fatal(err)
	}
	value[0] = 'X'
	wantContents(t, o, "a=1 b=2 bb=")
	wantContents(t, s, "a=1 b=1 c=1")
	wantGet(t, o, "a", "1")
	wantGet(t, o, "b", "2")
	wantGet(t, o, "bb", "")
	wantGet(t, o, "c", "-")
	for key, want := range map[string]string{"a": "false false", "b": "false true", "c": "true true"} {
		if _, deleted, ok := o.Pending([]byte(key)); fmt.Sprint(deleted, ok) != want {
			t.Errorf("pending %s: deleted %v, ok %v, want %s", key, deleted, ok, want)
		}
	}
	if o.Len() != 3 || o.Size() <= 0 {
		t.Errorf("Len %d, Size %d after 3 writes", o.Len(), o.Size())
	}
	var seen string
	o.Ascend(func(key string, value []byte, deleted bool) bool {
		seen += fmt.Sprintf("%s=%s,%v ", key, value, deleted)
		return key < "bb"
	})
	if seen != "b=2,false bb=,false " {
		t.Errorf("ascend, stopped at bb: %q", seen)
	}
	b := s.NewBatch()
	if err := o.WriteTo(b); err != nil {
		t.Fatal(err)
	}
	commit(t, s, b)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	wantContents(t, s, "a=1 b=2 bb=")
}

func testOverlayMarks(t *testing.T, s storage.Store) {
	o := storage.NewOverlay(s)
	var marks []storage.Mark
	for i := range 100 { // from the small form into the tree
		marks = append(marks, o.Mark())
		if err := o.Set(fmt.Appendf(nil, "k%03d", i%60), fmt.Appendf(nil, "%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	size := o.Size()
	for _, i := range []int{99, 61, 60, 59, 33, 32, 31, 1, 0} {
		o.Rollback(marks[i])
		if want := min(i, 60); o.Len() != want {
			t.Fatalf("rolled back to %d: %d writes, want %d", i, o.Len(), want)
		}
		wantGet(t, o, fmt.Sprintf("k%03d", i%60), map[bool]string{true: fmt.Sprint(i - 60), false: "-"}[i >= 60])
		if o.Size() > size {
			t.Errorf("rolled back to %d: size grew to %d", i, o.Size())
		}
		// A mark outlives what is written after a rollback to it.
		if err := o.Set([]byte("later"), []byte("x")); err != nil {
			t.Fatal(err)
		}
		o.Rollback(marks[i])
		wantGet(t, o, "later", "-")
	}
	if o.Size() != 0 {
		t.Errorf("size of nothing: %d", o.Size())
	}
}

func testOverlayRebase(t *testing.T, s storage.Store) {
	set(t, s, "a", "1", "b", "1", "z", "1")
	old := s.NewSnapshot()
	o := storage.NewOverlay(old)
	if err := errors.Join(o.Set([]byte("a"), []byte("own")), o.DeleteRange([]byte("b"), []byte("d")), o.Set([]byte("c"), []byte("own"))); err != nil {
		t.Fatal(err)
	}
	set(t, s, "bb", "2", "e", "2", "z", "2")
	wantContents(t, o, "a=own c=own z=1")
	fresh := s.NewSnapshot()
	o.SetBase(fresh)
	if o.Base() != storage.Reader(fresh) {
		t.Error("Base is not what SetBase set")
	}
	wantContents(t, o, "a=own c=own e=2 z=2")
	wantGet(t, o, "bb", "-")
	if _, deleted, ok := o.Pending([]byte("bb")); !deleted || !ok {
		t.Errorf("a key in a deleted range: deleted %v, ok %v", deleted, ok)
	}
	var ranges string
	o.AscendRanges(func(lower, upper string) bool {
		ranges += lower + "-" + upper + " "
		return true
	})
	if ranges != "b-d " {
		t.Errorf("ranges: %q", ranges)
	}
	if err := errors.Join(old.Close(), fresh.Close()); err != nil {
		t.Fatal(err)
	}
}

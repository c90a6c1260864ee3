package storagetest

import (
	"errors"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

// step is one positioning call and the key it must stand on, "" for none.
type step struct {
	name string
	call func(storage.Iterator) bool
	want string
}

var (
	first = func(it storage.Iterator) bool { return it.First() }
	last  = func(it storage.Iterator) bool { return it.Last() }
	next  = func(it storage.Iterator) bool { return it.Next() }
	prev  = func(it storage.Iterator) bool { return it.Prev() }
)

func seekGE(key string) func(storage.Iterator) bool {
	return func(it storage.Iterator) bool { return it.SeekGE([]byte(key)) }
}

func seekLT(key string) func(storage.Iterator) bool {
	return func(it storage.Iterator) bool { return it.SeekLT([]byte(key)) }
}

func walk(t *testing.T, r storage.Reader, o storage.IterOptions, steps []step) {
	t.Helper()
	it, err := r.NewIter(o)
	if err != nil {
		t.Fatal(err)
	}
	if it.Valid() || it.Next() || it.Prev() {
		t.Error("a new iterator is positioned")
	}
	for i, st := range steps {
		ok := st.call(it)
		if ok != it.Valid() || ok != (st.want != "") {
			t.Fatalf("step %d, %s: %v (Valid %v), want key %q", i, st.name, ok, it.Valid(), st.want)
		}
		if ok && string(it.Key()) != st.want {
			t.Fatalf("step %d, %s: on %q, want %q", i, st.name, it.Key(), st.want)
		}
		if err := it.Error(); err != nil {
			t.Fatalf("step %d, %s: %v", i, st.name, err)
		}
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	if it.Valid() || it.First() || it.Next() || !errors.Is(it.Error(), storage.ErrClosed) || !errors.Is(it.Close(), storage.ErrClosed) {
		t.Error("a closed iterator does not say so")
	}
}

func testIteratorWalk(t *testing.T, s storage.Store) {
	walk(t, s, storage.IterOptions{}, []step{{"first", first, ""}, {"last", last, ""}, {"seek", seekGE("a"), ""}})
	set(t, s, "b", "1", "d", "2", "f", "3")
	walk(t, s, storage.IterOptions{}, []step{
		{"first", first, "b"},
		{"next", next, "d"},
		{"prev", prev, "b"},
		{"next", next, "d"},
		{"next", next, "f"},
		{"next", next, ""},
		{"next after the end", next, ""},
		{"prev after the end", prev, ""},
		{"last", last, "f"},
		{"prev", prev, "d"},
		{"prev", prev, "b"},
		{"prev", prev, ""},
		{"next before the start", next, ""},
		{"seek a key", seekGE("d"), "d"},
		{"seek between", seekGE("c"), "d"},
		{"prev", prev, "b"},
		{"seek past the end", seekGE("g"), ""},
		{"seek before a key", seekLT("d"), "b"},
		{"next", next, "d"},
		{"seek before between", seekLT("e"), "d"},
		{"seek before all", seekLT("b"), ""},
		{"seek before the end", seekLT("z"), "f"},
	})
	walk(t, s, storage.IterOptions{KeysOnly: true}, []step{{"first", first, "b"}, {"next", next, "d"}})
}

func testIteratorBounds(t *testing.T, s storage.Store) {
	set(t, s, "a", "", "b", "", "c", "", "d", "", "e", "")
	walk(t, s, storage.IterOptions{Lower: []byte("b"), Upper: []byte("d")}, []step{
		{"first", first, "b"},
		{"prev", prev, ""},
		{"last", last, "c"},
		{"next", next, ""},
		{"seek below", seekGE("a"), "b"},
		{"seek at the upper bound", seekGE("d"), ""},
		{"seek above", seekGE("e"), ""},
		{"seek before above", seekLT("z"), "c"},
		{"seek before the lower bound", seekLT("b"), ""},
		{"seek before below", seekLT("a"), ""},
	})
	walk(t, s, storage.IterOptions{Lower: []byte("bb")}, []step{{"first", first, "c"}, {"last", last, "e"}})
	walk(t, s, storage.IterOptions{Upper: []byte("bb")}, []step{{"last", last, "b"}, {"first", first, "a"}})
	walk(t, s, storage.IterOptions{Lower: []byte("x"), Upper: []byte("z")}, []step{{"first", first, ""}, {"last", last, ""}})
}

func testIteratorStable(t *testing.T, s storage.Store) {
	set(t, s, "a", "1", "b", "1", "c", "1")
	it, err := s.NewIter(storage.IterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	set(t, s, "a", "2", "bb", "2", "d", "2")
	apply(t, s, func(b storage.Batch) error { return b.DeleteRange([]byte("b"), []byte("bb")) })
	got := ""
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			t.Fatal(err)
		}
		got += string(it.Key()) + string(value)
	}
	if got != "a1b1c1" {
		t.Errorf("an iterator sees later writes: %s", got)
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	wantContents(t, s, "a=2 bb=2 c=1 d=2")
}

func testSnapshot(t *testing.T, s storage.Store) {
	set(t, s, "a", "1", "b", "1")
	wantGet(t, s, "b", "1")
	one := s.NewSnapshot()
	set(t, s, "a", "2")
	two, again := s.NewSnapshot(), s.NewSnapshot()
	apply(t, s, func(b storage.Batch) error { return b.DeleteRange([]byte("a"), []byte("c")) })
	three := s.NewSnapshot()
	set(t, s, "b", "4")
	for range 2 { // the second round may come from a cache
		wantGet(t, one, "a", "1")
		wantGet(t, one, "b", "1")
		wantGet(t, two, "a", "2")
		wantGet(t, two, "b", "1")
		wantGet(t, again, "a", "2")
		wantGet(t, three, "a", "-")
		wantGet(t, three, "b", "-")
		wantGet(t, s, "a", "-")
		wantGet(t, s, "b", "4")
	}
	wantContents(t, one, "a=1 b=1")
	wantContents(t, two, "a=2 b=1")
	wantContents(t, three, "")
	wantContents(t, s, "b=4")
	for _, sn := range []storage.Snapshot{one, two, again, three} {
		if err := sn.Close(); err != nil {
			t.Fatal(err)
		}
		if err := sn.Close(); !errors.Is(err, storage.ErrClosed) {
			t.Errorf("second close: %v", err)
		}
	}
}

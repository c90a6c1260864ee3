package keyspace

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// chunked opens a keyspace in which strings of a few bytes lie in chunks, and those of
// some more are written ahead.
func chunked(t *testing.T, store storage.Store) *Keyspace {
	t.Helper()
	ks, err := Open(store, Options{LongString: 10, ChunkBytes: 8})
	check(t, err)
	ks.aheadFrom, ks.aheadBatch = 64, 100
	return ks
}

func mustString(t *testing.T, r *Run, key string) *Key {
	t.Helper()
	check(t, r.Lock(0, [][]byte{[]byte(key)}, true))
	k, err := r.String(0, []byte(key))
	check(t, err)
	return &k
}

func mustHold(t *testing.T, ks *Keyspace, key string, want []byte) {
	t.Helper()
	r := ks.NewRun()
	defer apply(t, r)
	got, err := mustString(t, r, key).Value()
	check(t, err)
	if !bytes.Equal(got, want) {
		t.Fatalf("%s is %q, want %q", key, got, want)
	}
}

// subkeys counts the subkeys in a store.
func subkeys(t *testing.T, store storage.Store) (n int) {
	t.Helper()
	it, err := store.NewIter(storage.IterOptions{Lower: []byte{tagSub}, Upper: []byte{tagSub + 1}})
	check(t, err)
	for ok := it.First(); ok; ok = it.Next() {
		n++
	}
	check(t, it.Close())
	return n
}

func TestWriteTouchesFewChunks(t *testing.T) {
	ks := chunked(t, memstore.New())
	r := ks.NewRun()
	want := bytes.Repeat([]byte("0123456789"), 6)
	check(t, mustString(t, r, "k").SetString(want, 0))
	apply(t, r)
	for _, at := range []int{0, 7, 31, 59, 60} {
		check(t, mustString(t, r, "k").WriteAt(int64(at), []byte("x")))
		if n := r.w.Len(); n > 2 {
			t.Errorf("a byte at %d is %d writes", at, n)
		}
		apply(t, r)
		want = append(want[:at], append([]byte("x"), want[min(at+1, len(want)):]...)...)
		mustHold(t, ks, "k", want)
	}
	mustMeasure(t, ks)

	// Far beyond the end: what lies between is not stored.
	check(t, mustString(t, r, "far").WriteAt(10_000, []byte("end")))
	apply(t, r)
	mustHold(t, ks, "far", append(make([]byte, 10_000), "end"...))
	if n := subkeys(t, ks.store); n > 10 {
		t.Errorf("%d chunks are stored", n)
	}
	check(t, mustString(t, r, "far").WriteAt(5_000, nil))
	apply(t, r)
	mustHold(t, ks, "far", append(make([]byte, 10_000), "end"...))
	mustMeasure(t, ks)
}

// A long string from before there were chunks stays as it is until it is written to.
func TestLongStringInOnePiece(t *testing.T) {
	for _, write := range []string{"", "x", "a longer end of it"} {
		ks := chunked(t, memstore.New())
		old := bytes.Repeat([]byte("0123456789"), 10)
		r := ks.NewRun()
		k := mustString(t, r, "k")
		check(t, k.replace(&Meta{Type: TypeString, Size: int64(len(old)), value: old}))
		apply(t, r)
		mustHold(t, ks, "k", old)
		check(t, mustString(t, r, "k").WriteAt(int64(len(old))-1, []byte(write)))
		apply(t, r)
		want := old
		if write != "" {
			want = append(old[:len(old)-1:len(old)-1], write...)
		}
		mustHold(t, ks, "k", want)
		if !mustString(t, r, "k").chunked() {
			t.Error("it still lies in one piece")
		}
		apply(t, r)
		mustMeasure(t, ks)
	}
}

// What is written ahead stays until the run is applied, and goes if it never is.
func TestWriteAhead(t *testing.T) {
	value := bytes.Repeat([]byte("0123456789"), 30)
	for name, end := range map[string]func(t *testing.T, ks *Keyspace, r *Run) *Keyspace{
		"applied": func(t *testing.T, ks *Keyspace, r *Run) *Keyspace { apply(t, r); return ks },
		"aborted": func(t *testing.T, ks *Keyspace, r *Run) *Keyspace { check(t, r.Abort()); return ks },
		"crashed": func(t *testing.T, ks *Keyspace, _ *Run) *Keyspace { return chunked(t, ks.store) },
	} {
		t.Run(name, func(t *testing.T) {
			ks := chunked(t, memstore.New())
			r := ks.NewRun()
			check(t, mustString(t, r, "k").SetString(value, 0))
			if n := subkeys(t, ks.store); n < 30 {
				t.Fatalf("%d chunks are in the store", n)
			}
			ks.garbage.add(nil, true) // as FLUSHDB of another database has it
			collectAll(t, ks)
			ks = end(t, ks, r)
			ks.garbage.add(nil, true)
			collectAll(t, ks)
			if name == "applied" {
				mustHold(t, ks, "k", value)
			} else {
				mustHold(t, ks, "k", nil)
				if n := subkeys(t, ks.store); n > 0 {
					t.Errorf("%d chunks are left", n)
				}
			}
			if u := ks.Usage(); u.Garbage != 0 || u.Pending != 0 {
				t.Errorf("%+v", u)
			}
			mustMeasure(t, ks)
		})
	}
}

// In one transaction a value is written ahead, overwritten, moved and deleted.
func TestWriteAheadInOneRun(t *testing.T) {
	ks := chunked(t, memstore.New())
	r := ks.NewRun()
	value := func(c byte) []byte { return bytes.Repeat([]byte{c}, 300) }
	check(t, r.Lock(0, [][]byte{[]byte("a"), []byte("b"), []byte("c")}, true))
	for _, c := range []byte("123") {
		check(t, mustString(t, r, "a").SetString(value(c), 0))
	}
	check(t, mustString(t, r, "a").CopyTo(0, []byte("c")))
	check(t, mustString(t, r, "a").MoveTo(0, []byte("b")))
	check(t, mustString(t, r, "b").WriteAt(300, value('4')))
	check(t, mustString(t, r, "c").Delete())
	apply(t, r)
	collectAll(t, ks)
	mustHold(t, ks, "b", append(value('3'), value('4')...))
	if n := subkeys(t, ks.store); n != 75 {
		t.Errorf("%d chunks", n)
	}
	mustMeasure(t, ks)
}

// A long value that takes the place of another of its kind leaves no garbage.
func TestOverwriteInPlace(t *testing.T) {
	ks := chunked(t, memstore.New())
	r := ks.NewRun()
	for range 20 {
		value := make([]byte, 10+rand.IntN(50))
		check(t, mustString(t, r, "k").SetString(value, 0))
		apply(t, r)
		mustHold(t, ks, "k", value)
		mustMeasure(t, ks)
		if want := (len(value) + 7) / 8; subkeys(t, ks.store) != want || ks.Usage().Pending != 0 {
			t.Fatalf("%d chunks of %d bytes, %+v", subkeys(t, ks.store), len(value), ks.Usage())
		}
	}
}

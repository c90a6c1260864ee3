package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

// testBulk loads keys, some of them more than once, in several parts.
func testBulk(t *testing.T, s storage.Store) {
	loader, ok := s.(storage.BulkLoader)
	if !ok {
		t.Skip("the store has no way for loads")
	}
	set(t, s, "a", "before", "z", "before")
	b, err := loader.NewBulk()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("the store has no way for loads at present")
	}
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	r := rand.New(rand.NewPCG(1, 2))
	for part := range 4 {
		for i := range 3000 {
			key := fmt.Sprintf("%c%06d", "klm"[r.IntN(3)], r.IntN(5000))
			value := fmt.Sprint(part, "-", i)
			if r.IntN(10) == 0 {
				delete(want, key)
				err = b.Delete([]byte(key))
			} else {
				want[key] = value
				err = b.Set([]byte(key), []byte(value))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if part == 2 {
			for key := range want {
				if key >= "k002" && key < "k003" {
					delete(want, key)
				}
			}
			if err := b.DeleteRange([]byte("k002"), []byte("k003")); err != nil {
				t.Fatal(err)
			}
		}
		if b.Size() == 0 && part != 2 {
			t.Error("nothing has a size")
		}
		set(t, s, "a", fmt.Sprint("beside ", part))
		if err := b.Apply(); err != nil {
			t.Fatal(err)
		}
		if b.Size() != 0 {
			t.Errorf("%d bytes are left", b.Size())
		}
		for key, value := range want {
			wantGet(t, s, key, value)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	want["a"], want["z"] = "beside 3", "before"
	it, err := s.NewIter(storage.IterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ok := it.First(); ok; ok = it.Next() {
		if value, err := it.Value(); err != nil || want[string(it.Key())] != string(value) {
			t.Errorf("%s: %q, %v", it.Key(), value, err)
		}
		n++
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	if n != len(want) {
		t.Errorf("%d keys of %d", n, len(want))
	}
}

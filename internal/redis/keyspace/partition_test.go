package keyspace

import (
	"fmt"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// Whatever is stored for a key must be in the partition of the key, or its lease
// would not cover it.
func TestPartitionOfWhatAKeyStores(t *testing.T) {
	store := memstore.New()
	ks, err := Open(store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const partitions = 64
	for i := range 200 {
		before := map[string]bool{}
		each(t, store, func(key []byte) { before[string(key)] = true })
		name := fmt.Appendf(nil, "key:%d", i)
		r := ks.NewRun()
		if err := r.Lock(3, [][]byte{name}, true); err != nil {
			t.Fatal(err)
		}
		fillAny(t, r, name, i)
		if _, err := r.Apply(); err != nil {
			t.Fatal(err)
		}
		want := PartitionOf(appendMetaKey(nil, 1, name), partitions)
		each(t, store, func(key []byte) {
			if !before[string(key)] && key[0] != tagCounts && key[0] != tagSystem && PartitionOf(key, partitions) != want {
				t.Errorf("%q is in partition %d, its key %s in %d", key, PartitionOf(key, partitions), name, want)
			}
		})
	}
}

// fillAny makes name a key of some type with a TTL.
func fillAny(t *testing.T, r *Run, name []byte, i int) {
	t.Helper()
	var err error
	switch i % 4 {
	case 0:
		err = r.SetString(3, name, []byte("v"))
	case 1:
		var h Hash
		if h, err = r.Hash(3, name); err == nil {
			_, err = h.Set([]byte("f"), []byte("v"))
		}
	case 2:
		var l List
		if l, err = r.List(3, name); err == nil {
			err = l.PushBack([]byte("v"))
		}
	case 3:
		var s Set
		if s, err = r.Set(3, name); err == nil {
			_, err = s.Add([]byte("v"))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	k, err := r.Key(3, name)
	if err == nil {
		err = k.SetExpire(r.Now() + 1000_000)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, s storage.Store, fn func(key []byte)) {
	t.Helper()
	it, err := s.NewIter(storage.IterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		fn(it.Key())
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
}

// A range that is said to be of one partition must hold no key of another.
func TestPartitionOfRange(t *testing.T) {
	lower, upper := versionBounds(7<<placeBits | 5)
	if p, one := PartitionOfRange(lower, upper, 64); !one || p != 5 {
		t.Errorf("a collection: %d, %v", p, one)
	}
	if _, one := PartitionOfRange([]byte{tagMeta}, []byte{tagMeta + 1}, 64); one {
		t.Error("all keys are one partition")
	}
	far, _ := versionBounds(9 << placeBits)
	if _, one := PartitionOfRange(lower, far, 64); one {
		t.Error("several collections are one partition")
	}
	if p, one := PartitionOfRange([]byte{tagSystem, 'a'}, []byte{tagSystem, 'z'}, 64); !one || p != 0 {
		t.Errorf("system records: %d, %v", p, one)
	}
}

package keyspace

import (
	"fmt"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// countingStore counts the iterators that are made of it.
type countingStore struct {
	storage.Store
	iterators int
}

func (s *countingStore) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	s.iterators++
	return s.Store.NewIter(o)
}

// TestTrimDoesNotReadWhatItRemoves trims half of a list that grew here, and looks at the
// two ends of what goes alone.
func TestTrimDoesNotReadWhatItRemoves(t *testing.T) {
	store := &countingStore{Store: memstore.New()}
	ks, err := Open(store, Options{})
	check(t, err)
	run, key := ks.NewRun(), [][]byte{[]byte("list")}
	const size = 50_000
	for from := 0; from < size; from += 100 {
		check(t, run.Lock(0, key, true))
		l, err := run.List(0, key[0])
		check(t, err)
		var values [][]byte
		for i := range 100 {
			values = append(values, fmt.Append(nil, from+i))
		}
		check(t, l.PushBack(values...))
		apply(t, run)
	}
	check(t, run.Lock(0, key, true))
	l, err := run.List(0, key[0])
	check(t, err)
	store.iterators = 0
	check(t, l.Trim(100, size/2))
	if store.iterators > 4 {
		t.Errorf("%d iterators", store.iterators)
	}
	apply(t, run)
	mustMeasure(t, ks)
}

package storagetest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

const (
	raceKeys   = 8
	raceRounds = 400
)

func raceKey(i int) []byte { return fmt.Appendf(nil, "k%d", i) }

// number reads a counter; a key without value counts as 0.
func number(t testing.TB, r storage.Reader, key []byte) int {
	value, err := r.Get(key)
	if err == storage.ErrNotFound {
		return 0
	}
	if err != nil {
		t.Errorf("get: %v", err)
		return 0
	}
	n, err := strconv.Atoi(string(value))
	if err != nil {
		t.Errorf("torn value %q", value)
	}
	return n
}

// race runs readers until write returns.
func race(readers int, write func(), read func(r *rand.Rand)) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for !stop.Load() {
				read(r)
			}
		})
	}
	write()
	stop.Store(true)
	wg.Wait()
}

// writeRounds sets all race keys to 1, 2, 3…, each round in one batch.
func writeRounds(t testing.TB, s storage.Store, rounds int) {
	b := s.NewBatch()
	for n := 1; n <= rounds; n++ {
		for i := range raceKeys {
			if err := b.Set(raceKey(i), []byte(strconv.Itoa(n))); err != nil {
				t.Error(err)
			}
		}
		p, err := s.Apply(b)
		if err != nil {
			t.Errorf("apply: %v", err)
			return
		}
		if got := number(t, s, raceKey(n%raceKeys)); got != n {
			t.Errorf("the writer reads %d after writing %d", got, n)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("wait: %v", err)
		}
		b.Reset()
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func testAtomic(t *testing.T, s storage.Store) {
	race(3, func() { writeRounds(t, s, raceRounds) }, func(r *rand.Rand) {
		// Whoever has seen one key of a round sees the others too.
		i, j := r.IntN(raceKeys), r.IntN(raceKeys)
		if a, b := number(t, s, raceKey(i)), number(t, s, raceKey(j)); b < a {
			t.Errorf("read %d of one key, then %d of another of the same batch", a, b)
		}
		it, err := s.NewIter(storage.IterOptions{})
		if err != nil {
			t.Errorf("iterate: %v", err)
			return
		}
		seen := ""
		for ok := it.First(); ok; ok = it.Next() {
			value, err := it.Value()
			if err != nil {
				t.Errorf("value: %v", err)
			}
			if seen == "" {
				seen = string(value)
			}
			if string(value) != seen {
				t.Errorf("an iterator sees %s and %s of one batch", seen, value)
			}
		}
		if err := it.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func testMonotonic(t *testing.T, s storage.Store) {
	var newest [raceKeys]atomic.Int64
	write := func() {
		var wg sync.WaitGroup
		for w := range 2 { // two writers, each with its own keys beside the other's
			wg.Go(func() {
				for n := 1; n <= raceRounds; n++ {
					b := s.NewBatch()
					i := (n % (raceKeys / 2) * 2) + w
					if err := b.Set(raceKey(i), []byte(strconv.Itoa(n))); err != nil {
						t.Error(err)
					}
					p, err := s.Apply(b)
					if err != nil {
						t.Errorf("apply: %v", err)
						return
					}
					newest[i].Store(int64(n))
					if err := p.Wait(); err != nil {
						t.Errorf("wait: %v", err)
					}
					if err := b.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	race(3, write, func(r *rand.Rand) {
		i := r.IntN(raceKeys)
		applied := int(newest[i].Load())
		a := number(t, s, raceKey(i))
		if a < applied {
			t.Errorf("read %d after %d was applied", a, applied)
		}
		if b := number(t, s, raceKey(i)); b < a {
			t.Errorf("read %d, then %d", a, b)
		}
	})
	for i := range newest {
		if got := number(t, s, raceKey(i)); got != int(newest[i].Load()) {
			t.Errorf("in the end key %d is %d, want %d", i, got, newest[i].Load())
		}
	}
}

func testRangeDeleteRace(t *testing.T, s storage.Store) {
	// One writer sets the keys and deletes them by range; another sets one key
	// in the range, so that their commits overlap.
	write := func() {
		var wg sync.WaitGroup
		wg.Go(func() {
			for n := 1; n <= raceRounds/2; n++ {
				set(t, s, string(raceKey(0)), strconv.Itoa(n), string(raceKey(1)), strconv.Itoa(n))
				apply(t, s, func(b storage.Batch) error { return b.DeleteRange(raceKey(0), raceKey(3)) })
				wantGet(t, s, string(raceKey(0)), "-")
				wantGet(t, s, string(raceKey(1)), "-")
			}
		})
		wg.Go(func() {
			for n := 1; n <= raceRounds/2; n++ {
				set(t, s, string(raceKey(2)), strconv.Itoa(n))
			}
		})
		wg.Wait()
	}
	race(2, write, func(*rand.Rand) {
		for i := range 3 {
			number(t, s, raceKey(i))
		}
	})
	// What the cache says in the end is what an iterator says.
	for i := range 3 {
		want := contents(t, s, storage.IterOptions{Lower: raceKey(i), Upper: append(raceKey(i), 0)})
		got := ""
		if value, err := s.Get(raceKey(i)); err == nil {
			got = string(raceKey(i)) + "=" + string(value)
		}
		if got != want {
			t.Errorf("get says %q, an iterator %q", got, want)
		}
	}
}

func testSnapshotRace(t *testing.T, s storage.Store) {
	race(3, func() { writeRounds(t, s, raceRounds) }, func(r *rand.Rand) {
		before := number(t, s, raceKey(r.IntN(raceKeys)))
		sn := s.NewSnapshot()
		n := number(t, sn, raceKey(0))
		if n < before {
			t.Errorf("a snapshot of round %d, made after round %d was read", n, before)
		}
		for range 2 {
			for i := range raceKeys {
				if got := number(t, sn, raceKey(i)); got != n {
					t.Errorf("a snapshot shows rounds %d and %d", n, got)
				}
			}
		}
		if err := sn.Close(); err != nil {
			t.Errorf("close snapshot: %v", err)
		}
	})
}

func testConcurrentWait(t *testing.T, s storage.Store) {
	const writers, each = 16, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				set(t, s, fmt.Sprintf("w%02d-%02d", w, i), "x")
			}
		})
	}
	wg.Wait()
	it, err := s.NewIter(storage.IterOptions{KeysOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ok := it.First(); ok; ok = it.Next() {
		n++
	}
	if n != writers*each {
		t.Errorf("%d keys, want %d", n, writers*each)
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
}

package actor_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
)

// Holders take leases of random partitions by ascending number, some by trying
// first, while the janitor passivates whatever rests for a moment. Never may two
// work under one lease, and all must get theirs in the end.
func TestLeasesExclude(t *testing.T) {
	const partitions, workers, rounds = 8, 6, 400
	store := open(t, start(t), actor.Options{Route: scattered, IdleAfter: 4 * time.Millisecond})
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	var inside [partitions]int // guarded by the leases alone: the race detector judges
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			h := store.NewHolder()
			for range rounds {
				var want []uint64
				for range 1 + rng.IntN(3) {
					want = append(want, rng.Uint64N(partitions))
				}
				slices.Sort(want)
				want = slices.Compact(want)
				for _, n := range want {
					ok := false
					var err error
					if len(want) == 1 && rng.IntN(2) == 0 {
						ok, err = h.Try(n)
					}
					if !ok && err == nil {
						err = h.Acquire(n)
					}
					if err != nil {
						t.Errorf("partition %d: %v", n, err)
						return
					}
				}
				for _, n := range want {
					inside[n]++
				}
				if rng.IntN(50) == 0 {
					time.Sleep(time.Millisecond)
				}
				for _, n := range want {
					inside[n]--
					if inside[n] != 0 {
						t.Errorf("two holders in partition %d", n)
					}
				}
				for _, n := range want {
					if err := h.Release(n); err != nil {
						t.Errorf("release %d: %v", n, err)
						return
					}
				}
				if rng.IntN(100) == 0 {
					time.Sleep(8 * time.Millisecond) // long enough to be passivated
				}
			}
		}()
	}
	wg.Wait()
}

// A holder keeps its lease until somebody else asks: no message is sent for work
// on the same partition over and over.
func TestLeaseStays(t *testing.T) {
	store := open(t, start(t), actor.Options{Route: scattered})
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	messages := func() uint64 { return store.Infos()[0].Messages }
	a, b := store.NewHolder(), store.NewHolder()
	work := func(h *actor.Holder) {
		t.Helper()
		if ok, err := h.Try(3); !ok || err != nil {
			t.Fatalf("try: %v, %v", ok, err)
		}
		if err := h.Release(3); err != nil {
			t.Fatal(err)
		}
	}
	work(a)
	before := messages()
	for range 100 {
		work(a)
	}
	if n := messages() - before; n != 0 {
		t.Errorf("%d messages for work under a lease that stays", n)
	}
	work(b)
	if n := messages() - before; n != 1 {
		t.Errorf("%d messages to move a lease, want 1", n)
	}
	if ok, err := a.Try(3); !ok || err != nil {
		t.Fatalf("try: %v, %v", ok, err)
	}
	if ok, err := b.Try(3); ok || err != nil {
		t.Errorf("a second holder got a lease that is worked under: %v, %v", ok, err)
	}
	if err := a.Release(3); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkLease(b *testing.B) {
	store := open(b, start(b), actor.Options{Route: scattered})
	defer func() { _ = store.Close() }()
	one, other := store.NewHolder(), store.NewHolder()
	cycle := func(h *actor.Holder) {
		if err := h.Acquire(1); err != nil {
			b.Fatal(err)
		}
		if err := h.Release(1); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("stays", func(b *testing.B) {
		for b.Loop() {
			cycle(one)
		}
	})
	b.Run("moves", func(b *testing.B) {
		for b.Loop() {
			cycle(one)
			cycle(other)
		}
	})
}

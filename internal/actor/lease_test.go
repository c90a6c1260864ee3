package actor_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
)

// Holders take leases of random partitions by ascending number, while the janitor passivates whatever rests for a moment. Never may two
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
					if err := h.Acquire(n); err != nil {
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

// Messages are sent to wake a grain and to wait, for nothing else.
func TestLeaseMessages(t *testing.T) {
	store := open(t, start(t), actor.Options{Route: scattered})
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	messages := func() uint64 { return store.Infos()[0].Messages }
	a, b := store.NewHolder(), store.NewHolder()
	acquire := func(h *actor.Holder) {
		t.Helper()
		if err := h.Acquire(3); err != nil {
			t.Fatal(err)
		}
	}
	release := func(h *actor.Holder) {
		t.Helper()
		if err := h.Release(3); err != nil {
			t.Fatal(err)
		}
	}
	acquire(a)
	release(a)
	if n := messages(); n != 1 || !store.Infos()[0].Active {
		t.Errorf("%d messages to wake a grain, which is active: %v", n, store.Infos()[0].Active)
	}
	for range 100 {
		for _, h := range []*actor.Holder{a, b} {
			acquire(h)
			release(h)
		}
	}
	if n := messages(); n != 1 {
		t.Errorf("%d messages for a lease that nobody waits for", n-1)
	}
	acquire(a)
	got := make(chan error)
	go func() { got <- b.Acquire(3) }()
	for messages() == 1 {
		time.Sleep(time.Millisecond)
	}
	release(a)
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	release(b)
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

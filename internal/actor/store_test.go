package actor_test

import (
	"context"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
	"github.com/orbit-server/orbit/internal/storage/storagetest"
)

// byFirstByte gives every first byte of a key a partition, so that the ranges of
// tests concern one partition, several or all.
var byFirstByte = actor.Route{
	Key: func(key []byte) uint64 {
		if len(key) == 0 {
			return 0
		}
		return uint64(key[0])
	},
	Range: func(lower, upper []byte) (uint64, bool) {
		if len(lower) == 0 || len(upper) == 0 {
			return 0, false
		}
		one := lower[0] == upper[0] || len(upper) == 1 && upper[0] == lower[0]+1
		return uint64(lower[0]), one
	},
}

// scattered puts neighbours into different partitions.
var scattered = actor.Route{
	Key: func(key []byte) uint64 {
		var h uint64
		for _, b := range key {
			h = h*31 + uint64(b)
		}
		return h % 7
	},
	Range: func(_, _ []byte) (uint64, bool) { return 0, false },
}

func start(t testing.TB) *actor.System {
	t.Helper()
	s, err := actor.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s
}

func open(t testing.TB, s *actor.System, o actor.Options) *actor.Store {
	t.Helper()
	if o.Kind == "" {
		o.Kind = "test"
	}
	store, err := s.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestConformance(t *testing.T) {
	for name, route := range map[string]actor.Route{"ranges": byFirstByte, "scattered": scattered} {
		t.Run(name, func(t *testing.T) {
			storagetest.Run(t, func(t testing.TB) storage.Store {
				return open(t, start(t), actor.Options{Route: route})
			})
		})
	}
	t.Run("write-through", func(t *testing.T) {
		storagetest.Run(t, func(t testing.TB) storage.Store {
			return open(t, start(t), actor.Options{
				Route: byFirstByte, Persistence: actor.WriteThrough, Backing: memstore.New(), IdleAfter: 4 * time.Millisecond,
			})
		})
	})
	t.Run("passivated", func(t *testing.T) {
		storagetest.Run(t, func(t testing.TB) storage.Store {
			return open(t, start(t), actor.Options{
				Route: scattered, Persistence: actor.Snapshot, Backing: memstore.New(), IdleAfter: 4 * time.Millisecond, Interval: time.Millisecond,
			})
		})
	})
}

package keyspace

import (
	"context"
	"testing"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// house is a place for a keyspace to live in: one store, or partitions that
// actors own.
type house struct{ system *actor.System }

// inEachHouse runs a test in both.
func inEachHouse(t *testing.T, test func(t *testing.T, house *house)) {
	t.Run("store", func(t *testing.T) { test(t, &house{}) })
	t.Run("actors", func(t *testing.T) {
		system, err := actor.Start(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := system.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		test(t, &house{system})
	})
}

const housePartitions = 8

// open makes an empty store.
func (h *house) open(t interface{ Fatal(args ...any) }) storage.Store {
	if h.system == nil {
		return memstore.New()
	}
	store, err := h.system.Open(actor.Options{
		Kind: "redis", Route: actor.Route{
			Key:   func(key []byte) uint64 { return PartitionOf(key, housePartitions) },
			Range: func(lower, upper []byte) (uint64, bool) { return PartitionOfRange(lower, upper, housePartitions) },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func (h *house) keyspace(t testing.TB) *Keyspace {
	t.Helper()
	ks, err := Open(h.open(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

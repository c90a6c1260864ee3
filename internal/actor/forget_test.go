package actor_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

func awaitPartitions(t *testing.T, s *actor.Store, n int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(s.Infos()) != n; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d partitions, want %d: %+v", len(s.Infos()), n, s.Infos())
		}
	}
}

// A partition without data goes, with its grain, and the next write makes it anew.
// Those whose leases the caller holds stay.
func TestEmptyPartitionsGo(t *testing.T) {
	for _, persistence := range []actor.Persistence{actor.None, actor.Snapshot, actor.WriteThrough} {
		t.Run(persistence.String(), func(t *testing.T) {
			disk := memstore.New()
			o := actor.Options{Route: byFirstByte, Persistence: persistence, Backing: disk, IdleAfter: 20 * time.Millisecond, Interval: time.Hour}
			s := open(t, start(t), o)
			before := s.NewSnapshot()
			put(t, s, "a", "kept")
			for round := range 3 {
				value := fmt.Sprint(round)
				put(t, s, "b", value)
				put(t, s, "c", value)
				full := s.NewSnapshot()
				removeKeys(t, s, "b", "c")
				awaitPartitions(t, s, 1)
				want(t, s, "b", "")
				if got, err := full.Get([]byte("c")); err != nil || string(got) != value {
					t.Errorf("a snapshot of before has %q, %v", got, err)
				}
				if err := full.Close(); err != nil {
					t.Error(err)
				}
			}
			put(t, s, "b", "again")
			if _, err := before.Get([]byte("b")); err != storage.ErrNotFound { //nolint:errorlint // bare
				t.Errorf("the first snapshot: %v", err)
			}
			if err := before.Close(); err != nil {
				t.Error(err)
			}
			mustClose(t, s)
			if persistence == actor.None {
				return
			}
			s = open(t, start(t), o)
			want(t, s, "a", "kept")
			want(t, s, "b", "again")
			want(t, s, "c", "")
			mustClose(t, s)
		})
	}
}

// Writers find a partition or its successor, whenever it goes.
func TestEmptyPartitionsGoUnderWriters(t *testing.T) {
	s := open(t, start(t), actor.Options{Route: byFirstByte, IdleAfter: 4 * time.Millisecond})
	defer mustClose(t, s)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			key := fmt.Sprintf("a%d", w)
			for round := range 60 {
				put(t, s, key, fmt.Sprint(round))
				want(t, s, key, fmt.Sprint(round))
				removeKeys(t, s, key)
				time.Sleep(time.Duration(w+round%5) * time.Millisecond)
			}
		})
	}
	wg.Wait()
	awaitPartitions(t, s, 0)
}

// slow is a store whose batches wait while it is shut.
type slow struct {
	storage.Store
	shut sync.RWMutex
}

func (s *slow) Apply(b storage.Batch) (storage.Pending, error) {
	s.shut.RLock()
	defer s.shut.RUnlock()
	return s.Store.Apply(b)
}

// What a snapshot is being made of stays in memory until it is complete: what is on
// disk is older.
func TestPassivationWaitsForSnapshot(t *testing.T) {
	disk := &slow{Store: memstore.New()}
	s := open(t, start(t), actor.Options{
		Route: byFirstByte, Persistence: actor.Snapshot, Backing: disk, IdleAfter: 4 * time.Millisecond, Interval: time.Hour,
	})
	defer mustClose(t, s)
	put(t, s, "a", "old")
	put(t, s, "b", "old")
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", "new")
	removeKeys(t, s, "b")
	disk.shut.Lock()
	saved := make(chan error)
	go func() { saved <- s.Save() }()
	time.Sleep(100 * time.Millisecond) // long enough for the janitor to see that nobody uses them
	want(t, s, "a", "new")
	want(t, s, "b", "")
	disk.shut.Unlock()
	if err := <-saved; err != nil {
		t.Fatal(err)
	}
	awaitPartitions(t, s, 1)
	want(t, s, "a", "new")
	want(t, s, "b", "")
}

package actor_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

func put(t *testing.T, s storage.Store, key, value string) {
	t.Helper()
	b := s.NewBatch()
	if err := b.Set([]byte(key), []byte(value)); err != nil {
		t.Fatal(err)
	}
	p, err := s.Apply(b)
	if err == nil {
		err = p.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func removeKeys(t *testing.T, s storage.Store, keys ...string) {
	t.Helper()
	b := s.NewBatch()
	for _, key := range keys {
		if err := b.Delete([]byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := s.Apply(b)
	if err == nil {
		err = p.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, s storage.Store, key, value string) {
	t.Helper()
	got, err := s.Get([]byte(key))
	if value == "" {
		if !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s: %q, %v, want none", key, got, err)
		}
		return
	}
	if err != nil || string(got) != value {
		t.Errorf("%s: %q, %v, want %q", key, got, err, value)
	}
}

func mustClose(t *testing.T, s storage.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPersistence(t *testing.T) {
	kinds := []actor.Persistence{actor.None, actor.Snapshot, actor.WriteThrough}
	for _, first := range kinds {
		for _, second := range kinds[1:] {
			t.Run(fmt.Sprintf("%s then %s", first, second), func(t *testing.T) {
				disk := memstore.New()
				s := open(t, start(t), actor.Options{Route: scattered, Persistence: first, Backing: disk})
				for i := range 20 {
					put(t, s, fmt.Sprintf("key %d", i), "one")
				}
				mustClose(t, s)
				kept := "one"
				if first == actor.None {
					kept = ""
				}
				for range 2 { // what an earlier life wrote, also if nothing was changed since
					s = open(t, start(t), actor.Options{Route: scattered, Persistence: second, Backing: disk})
					for i := range 20 {
						want(t, s, fmt.Sprintf("key %d", i), kept)
					}
					mustClose(t, s)
				}
				s = open(t, start(t), actor.Options{Route: scattered, Persistence: second, Backing: disk})
				put(t, s, "key 3", "two")
				mustClose(t, s)
				s = open(t, start(t), actor.Options{Route: scattered, Persistence: second, Backing: disk})
				want(t, s, "key 3", "two")
				want(t, s, "key 4", kept)
				mustClose(t, s)
			})
		}
	}
}

// Data that was cut into other partitions would not be found: it is refused.
func TestAnotherLayoutIsRefused(t *testing.T) {
	disk := memstore.New()
	o := actor.Options{Kind: "test", Route: scattered, Persistence: actor.Snapshot, Backing: disk, Layout: 64}
	s := open(t, start(t), o)
	put(t, s, "key", "value")
	mustClose(t, s)
	o.Layout = 128
	var other *actor.LayoutError
	if _, err := start(t).Open(o); !errors.As(err, &other) || other.Kept != 64 {
		t.Errorf("another layout: %v", err)
	}
	o.Layout = 64
	s = open(t, start(t), o)
	want(t, s, "key", "value")
	mustClose(t, s)
}

// After a crash the last complete snapshot is there, of all partitions as of one
// moment, whatever of a later one was written.
func TestCrashKeepsTheLastSnapshot(t *testing.T) {
	disk := &failing{Store: memstore.New(), left: -1}
	system := start(t)
	s := open(t, system, actor.Options{Route: scattered, Persistence: actor.Snapshot, Backing: disk, Interval: time.Hour})
	saved := 0
	for round := 1; round <= 30; round++ {
		for i := range 20 {
			put(t, s, fmt.Sprintf("key %d", i), fmt.Sprint(round))
		}
		// Each round has a key that no other has.
		removeKeys(t, s, fmt.Sprintf("round %d", round-1))
		put(t, s, fmt.Sprintf("round %d", round), "here")
		disk.left = rand.IntN(4) - 1
		if err := s.Save(); err == nil {
			saved = round
		}
		disk.left = -1
		// Another process finds what is on the disk now.
		other := open(t, start(t), actor.Options{Route: scattered, Persistence: actor.Snapshot, Backing: copyOf(t, disk)})
		value := fmt.Sprint(saved)
		if saved == 0 {
			value = ""
		}
		for i := range 20 {
			want(t, other, fmt.Sprintf("key %d", i), value)
		}
		for r := 1; r <= round; r++ {
			here := ""
			if r == saved {
				here = "here"
			}
			want(t, other, fmt.Sprintf("round %d", r), here)
		}
		mustClose(t, other)
	}
	mustClose(t, s)
}

// failing is a store that refuses batches after some.
type failing struct {
	storage.Store
	left int // -1: does not fail
}

var errFull = errors.New("no space left on device")

func (f *failing) Apply(b storage.Batch) (storage.Pending, error) {
	if f.left == 0 {
		return nil, errFull
	}
	if f.left > 0 {
		f.left--
	}
	return f.Store.Apply(b)
}

func copyOf(t *testing.T, s storage.Store) storage.Store {
	t.Helper()
	it, err := s.NewIter(storage.IterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = it.Close() }()
	c := memstore.New()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			t.Fatal(err)
		}
		put(t, c, string(it.Key()), string(value))
	}
	return c
}

// What nobody uses leaves memory, its grain ends, and both come back.
func TestPassivation(t *testing.T) {
	for _, persistence := range []actor.Persistence{actor.None, actor.Snapshot, actor.WriteThrough} {
		t.Run(persistence.String(), func(t *testing.T) {
			s := open(t, start(t), actor.Options{
				Route: scattered, Persistence: persistence, Backing: memstore.New(), IdleAfter: 20 * time.Millisecond, Interval: time.Hour,
			})
			defer mustClose(t, s)
			for i := range 20 {
				put(t, s, fmt.Sprintf("key %d", i), "value")
			}
			rested := func() bool {
				for _, i := range s.Infos() {
					if i.Active || i.InMemory && persistence != actor.None {
						return false
					}
				}
				return true
			}
			for deadline := time.Now().Add(20 * time.Second); !rested(); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("still active: %+v", s.Infos())
				}
			}
			if n := s.Bytes(); (n == 0) != (persistence != actor.None) {
				t.Errorf("%d bytes in memory", n)
			}
			for i := range 20 {
				want(t, s, fmt.Sprintf("key %d", i), "value")
			}
			put(t, s, "key 0", "later")
			want(t, s, "key 0", "later")
		})
	}
}

func TestLimit(t *testing.T) {
	s := open(t, start(t), actor.Options{Route: scattered, Limit: 1000})
	defer mustClose(t, s)
	for i := range 9 {
		put(t, s, fmt.Sprintf("key%d", i), string(make([]byte, 96)))
	}
	apply := func(fill func(storage.Batch) error) error {
		b := s.NewBatch()
		if err := fill(b); err != nil {
			t.Fatal(err)
		}
		_, err := s.Apply(b)
		return err
	}
	big := make([]byte, 200)
	if err := apply(func(b storage.Batch) error { return b.Set([]byte("more"), big) }); !errors.Is(err, storage.ErrFull) {
		t.Errorf("a write over the limit: %v", err)
	}
	want(t, s, "more", "")
	if err := apply(func(b storage.Batch) error { return b.Set([]byte("key1"), big[:150]) }); err != nil {
		t.Errorf("a larger value in the room there is: %v", err)
	}
	err := apply(func(b storage.Batch) error {
		return errors.Join(b.Delete([]byte("key2")), b.Delete([]byte("key3")), b.Set([]byte("more"), big))
	})
	if err != nil {
		t.Errorf("a write in the place of others: %v", err)
	}
	if err := apply(func(b storage.Batch) error { return b.Delete([]byte("key4")) }); err != nil {
		t.Errorf("a delete: %v", err)
	}
	if n := s.Bytes(); n > 1000 || n < 600 {
		t.Errorf("%d bytes", n)
	}
}

package hybrid_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/hybrid"
	"github.com/orbit-server/orbit/internal/storage/memstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
	"github.com/orbit-server/orbit/internal/storage/storagetest"
)

var persistences = []actor.Persistence{actor.None, actor.Snapshot, actor.WriteThrough}

// bySecondByte gives the keys from b to c partitions by their second byte.
var bySecondByte = actor.Route{
	Key: func(key []byte) uint64 {
		if len(key) < 2 {
			return 0
		}
		return uint64(key[1])
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

var base = []byte{0xfe}

// open makes a store whose keys from b to c are in memory.
func open(t testing.TB, system *actor.System, home storage.Store, p actor.Persistence, limit int64) *hybrid.Store {
	t.Helper()
	s, err := hybrid.New(hybrid.Options{
		Home: home, Lower: []byte("b"), Upper: []byte("c"), Base: base, Defining: []byte("definition"),
		Logged: p == actor.WriteThrough, Volatile: p == actor.None,
		Open: func() (hybrid.Memory, error) {
			return system.Open(actor.Options{
				Kind: "test", Route: bySecondByte, Persistence: p, Backing: home, Base: base, Limit: limit,
				IdleAfter: 4 * time.Millisecond, Interval: time.Hour,
			})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	for _, p := range persistences {
		t.Run(p.String(), func(t *testing.T) {
			storagetest.Run(t, func(t testing.TB) storage.Store {
				return open(t, start(t), memstore.New(), p, 0)
			})
		})
	}
	t.Run("on disk", func(t *testing.T) {
		storagetest.RunPersistent(t, func(t testing.TB, dir string) storage.Store {
			return open(t, start(t), openDisk(t, dir), actor.WriteThrough, 0)
		})
	})
}

func openDisk(t testing.TB, dir string) storage.Store {
	t.Helper()
	s, err := pebblestore.Open(pebblestore.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// change applies pairs of a key and a value; a value of "-" deletes.
func change(s storage.Store, pairs ...string) error {
	b := s.NewBatch()
	for i := 0; i < len(pairs); i += 2 {
		write := func() error { return b.Set([]byte(pairs[i]), []byte(pairs[i+1])) }
		if pairs[i+1] == "-" {
			write = func() error { return b.Delete([]byte(pairs[i])) }
		}
		if err := write(); err != nil {
			return err
		}
	}
	p, err := s.Apply(b)
	if err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return b.Close()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contents(t testing.TB, r storage.Reader) string {
	t.Helper()
	it, err := r.NewIter(storage.IterOptions{})
	must(t, err)
	out := ""
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.Value()
		must(t, err)
		out += fmt.Sprintf("%s=%s ", it.Key(), v)
	}
	must(t, it.Error())
	must(t, it.Close())
	return out
}

func want(t testing.TB, r storage.Reader, text string) {
	t.Helper()
	if got := contents(t, r); got != text {
		t.Errorf("there is %q, want %q", got, text)
	}
}

// A store whose memory half is not used has none, and keeps nothing for it.
func TestMemoryIsOpenedWhenItIsWrittenTo(t *testing.T) {
	home := memstore.New()
	s := open(t, start(t), home, actor.WriteThrough, 0)
	must(t, change(s, "a", "1", "d", "2"))
	want(t, s, "a=1 d=2 ")
	if s.Memory() != nil {
		t.Error("there is a half in memory")
	}
	snap := s.NewSnapshot()
	must(t, change(s, "b1", "3"))
	want(t, snap, "a=1 d=2 ")
	want(t, s, "a=1 b1=3 d=2 ")
	must(t, snap.Close())
	must(t, s.Close())
}

// What outlives the process depends on the persistence, also if it changes.
func TestReopen(t *testing.T) {
	for _, first := range persistences {
		for _, second := range persistences {
			t.Run(fmt.Sprintf("%s then %s", first, second), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "store")
				s := open(t, start(t), openDisk(t, dir), first, 0)
				must(t, change(s, "a", "1", "b1", "2", "b2", "3"))
				must(t, s.Close())
				kept := "a=1 b1=2 b2=3 "
				if first == actor.None {
					kept = "a=1 "
				}
				text := kept
				if second == actor.None {
					text = "a=1 "
				}
				s = open(t, start(t), openDisk(t, dir), second, 0)
				want(t, s, text)
				must(t, s.Close())
				if second != actor.None {
					return
				}
				// Who only looks on loses nothing, who writes does.
				s = open(t, start(t), openDisk(t, dir), actor.WriteThrough, 0)
				want(t, s, kept)
				must(t, s.Close())
				s = open(t, start(t), openDisk(t, dir), actor.None, 0)
				must(t, change(s, "b3", "4"))
				must(t, s.Close())
				s = open(t, start(t), openDisk(t, dir), actor.WriteThrough, 0)
				want(t, s, "a=1 ")
				must(t, s.Close())
			})
		}
	}
}

// A batch that does not fit into memory changes neither half.
func TestFullMemoryChangesNothing(t *testing.T) {
	for _, p := range persistences {
		s := open(t, start(t), memstore.New(), p, 10)
		must(t, change(s, "a", "1", "b", "2"))
		if err := change(s, "a", "other", "b", "much more than fits"); err == nil {
			t.Errorf("%s: no error", p)
		}
		want(t, s, "a=1 b=2 ")
		must(t, s.Close())
	}
}

// Snapshots pair the halves: whoever sees a later change sees the earlier ones,
// wherever they are.
func TestSnapshotsAreOfOneMoment(t *testing.T) {
	for _, p := range persistences {
		t.Run(p.String(), func(t *testing.T) {
			s := open(t, start(t), memstore.New(), p, 0)
			var writers sync.WaitGroup
			for w := range 2 {
				writers.Add(1)
				go func() {
					defer writers.Done()
					for i := range 300 {
						n := fmt.Sprintf("%04d", i)
						// One after the other, then both at once.
						for _, key := range []string{"a", "b", "d"} {
							if err := change(s, fmt.Sprint(key, w), n); err != nil {
								t.Error(err)
								return
							}
						}
						if err := change(s, fmt.Sprint("a both", w), n, fmt.Sprint("b both", w), n); err != nil {
							t.Error(err)
							return
						}
					}
				}()
			}
			done := make(chan struct{})
			go func() { writers.Wait(); close(done) }()
			for reading := true; reading; {
				select {
				case <-done:
					reading = false
				default:
				}
				snap := s.NewSnapshot()
				for w := range 2 {
					get := func(key string) string {
						v, err := snap.Get([]byte(fmt.Sprint(key, w)))
						if err != nil && err != storage.ErrNotFound {
							t.Fatal(err)
						}
						return string(v)
					}
					a, b, d := get("a"), get("b"), get("d")
					if a < b || b < d || get("a both") != get("b both") {
						t.Fatalf("a %s, b %s, d %s, both %s and %s", a, b, d, get("a both"), get("b both"))
					}
				}
				must(t, snap.Close())
			}
			must(t, s.Close())
		})
	}
}

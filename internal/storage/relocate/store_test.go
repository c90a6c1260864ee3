package relocate_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
	"github.com/orbit-server/orbit/internal/storage/memstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
	"github.com/orbit-server/orbit/internal/storage/relocate"
	"github.com/orbit-server/orbit/internal/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, func(testing.TB) storage.Store { return relocate.New(memstore.New()) })
}

// The whole suite, on a store that does not stay where it is for a moment.
func TestRestlessStore(t *testing.T) {
	storagetest.Run(t, func(t testing.TB) storage.Store {
		r := &restless{Store: relocate.New(openMemory(t, "")), t: t, dir: t.TempDir()}
		ctx, stop := context.WithCancel(context.Background())
		r.stop = stop
		r.mover.Go(func() { r.move(ctx) })
		return r
	})
}

// restless moves between memory and the two stores on disk until it is closed.
type restless struct {
	*relocate.Store
	t     testing.TB
	dir   string // removed after Close
	stop  context.CancelFunc
	mover sync.WaitGroup
	left  []storage.Store
}

func (r *restless) move(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		target := homes[i%len(homes)](r.t, filepath.Join(r.dir, strconv.Itoa(i)))
		from := r.Home()
		err := r.Move(ctx, target, relocate.MoveOptions{})
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, relocate.ErrLoading) {
			r.t.Errorf("move: %v", err)
		}
		if err != nil {
			from = target
		}
		r.left = append(r.left, from)
		r.sweep()
		time.Sleep(time.Millisecond)
	}
}

// sweep closes what was left and is not looked at any more.
func (r *restless) sweep() {
	kept := r.left[:0]
	for _, s := range r.left {
		if _, ok := s.(*memstore.Store); ok {
			continue // counts no handles, and must live while its snapshots do
		}
		if relocate.Handles(s) > 0 || s.Close() != nil {
			kept = append(kept, s)
		}
	}
	r.left = kept
}

func (r *restless) Close() error {
	r.stop()
	r.mover.Wait()
	r.sweep()
	return r.Store.Close()
}

var homes = []func(t testing.TB, dir string) storage.Store{openFront, openMemory, openPebble, openMemory}

func openMemory(testing.TB, string) storage.Store { return memstore.New() }

func openPebble(t testing.TB, dir string) storage.Store {
	s, err := pebblestore.Open(pebblestore.Options{Dir: dir, Durability: storage.No, MemTableSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openFront(t testing.TB, dir string) storage.Store {
	s, err := frontstore.Open(frontstore.Options{Dir: dir, TableBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

package actor

import (
	"sync"
	"sync/atomic"

	"github.com/tochemey/goakt/v4/actor"

	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// partition is what one grain owns: its lease and its data.
type partition struct {
	store  *Store
	number uint64
	name   string

	identity  atomic.Pointer[actor.GrainIdentity]
	activated atomic.Int64 // unix ms; 0 while the grain is passivated
	messages  atomic.Uint64
	// used is set by whoever works on the partition and cleared by the
	// janitor, which so learns how long nobody did.
	used atomic.Bool
	idle atomic.Int64 // in the janitor's ticks

	lease atomic.Uint64
	mu    sync.Mutex // of queue, and of changes to lease by the grain
	queue []*Holder  // who waits for the lease, in order
	// gone says that the store has forgotten the partition, which was empty. Nobody
	// gets its lease any more; the next write makes another of the same name.
	gone atomic.Bool

	// Guarded by Store.mu.
	view   *view
	dirty  bool   // view holds what is not saved
	saving bool   // a snapshot is being written that will become saved
	saved  uint64 // generation of the last snapshot, 0 if there is none
	begun  uint64 // generation of the last one that was begun; what a failed one wrote is not used again
}

func (p *partition) touch() {
	if !p.used.Load() {
		p.used.Store(true)
	}
}

// view is a partition's data at some moment: the present one, or one that a
// snapshot or an iterator still looks at. It is cold until somebody wants it if
// the backing store has it.
type view struct {
	tree  atomic.Pointer[memstore.Tree]
	owner *partition
	// epoch is the store's when the view was made. A view of an earlier one may be
	// looked at by others: a write makes a copy of it, which costs nothing.
	epoch atomic.Uint64

	loading sync.Mutex
	saved   uint64 // generation to load it from while it is cold
}

func newView(p *partition, tree *memstore.Tree, epoch uint64) *view {
	v := &view{owner: p}
	v.tree.Store(tree)
	v.epoch.Store(epoch)
	return v
}

// warm returns the data, after loading it if it is cold.
func (v *view) warm() (*memstore.Tree, error) {
	if t := v.tree.Load(); t != nil {
		return t, nil
	}
	v.loading.Lock()
	defer v.loading.Unlock()
	if t := v.tree.Load(); t != nil {
		return t, nil
	}
	s := v.owner.store
	t, err := s.backing.load(v.owner.number, v.saved)
	if err != nil {
		return nil, err
	}
	v.tree.Store(t)
	s.loaded.Add(t.Bytes())
	return t, nil
}

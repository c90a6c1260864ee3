package pebblestore

import (
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// view is a Pebble snapshot that one or more of the store's snapshots share.
type view struct {
	snap *pebble.Snapshot
	time uint64 // the cache's clock before it was made
	refs atomic.Int64
}

func (v *view) release() error {
	if v.refs.Add(-1) > 0 {
		return nil
	}
	return v.snap.Close()
}

// sharedSnapshot keeps the newest view while nothing is written, so that a store
// that is only read makes one Pebble snapshot, not one per statement.
type sharedSnapshot struct {
	mu       sync.Mutex
	view     *view
	applying int // commits on their way: a view made now may miss one
}

func (sh *sharedSnapshot) begin() {
	sh.mu.Lock()
	sh.applying++
	v := sh.view
	sh.view = nil
	sh.mu.Unlock()
	if v != nil {
		// Releasing a Pebble snapshot cannot fail.
		_ = v.release()
	}
}

func (sh *sharedSnapshot) end() {
	sh.mu.Lock()
	sh.applying--
	sh.mu.Unlock()
}

// drop lets go of the kept view.
func (sh *sharedSnapshot) drop() {
	sh.begin()
	sh.end()
}

// acquire returns a view of now, with a reference for the caller.
func (sh *sharedSnapshot) acquire(s *Store) *view {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if v := sh.view; v != nil {
		v.refs.Add(1)
		return v
	}
	v := &view{time: s.cache.now()}
	v.snap = s.db.NewSnapshot()
	v.refs.Store(1)
	if sh.applying == 0 {
		v.refs.Store(2)
		sh.view = v
	}
	return v
}

// now is the cache's clock.
func (c *cache) now() uint64 {
	if c == nil {
		return 0
	}
	return c.clock.Load()
}

// snapshot is a storage.Snapshot; closed, it has no view.
type snapshot struct {
	store *Store
	view  *view
}

var _ storage.Snapshot = (*snapshot)(nil)

// NewSnapshot returns a view of the state of now. It must be closed.
func (s *Store) NewSnapshot() storage.Snapshot {
	if s.enter() != nil {
		return &snapshot{}
	}
	defer s.leave()
	s.handles.Add(1)
	return &snapshot{store: s, view: s.snapshots.acquire(s)}
}

func (sn *snapshot) Get(key []byte) ([]byte, error) {
	if sn.view == nil {
		return nil, storage.ErrClosed
	}
	key = stored(key)
	value, found, l := sn.store.cache.get(key, sn.view.time)
	switch found {
	case present:
		return value, nil
	case absent:
		return nil, storage.ErrNotFound
	}
	return sn.store.read(sn.view.snap, key, l)
}

func (sn *snapshot) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if sn.view == nil {
		return nil, storage.ErrClosed
	}
	return sn.store.newIterator(sn.view.snap, o)
}

func (sn *snapshot) Close() error {
	if sn.view == nil {
		return storage.ErrClosed
	}
	err := sn.view.release()
	sn.view = nil
	sn.store.handles.Add(-1)
	return err
}

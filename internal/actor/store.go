package actor

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// Route tells which partition owns a key. Partitions are numbered by the tower.
type Route struct {
	// Key is the partition that owns a key.
	Key func(key []byte) uint64
	// Range is the partition that owns all keys of [lower, upper); false if there
	// may be several. Bounds may be nil.
	Range func(lower, upper []byte) (uint64, bool)
}

// Options configure a store.
type Options struct {
	// Kind is the first part of a grain's name: "redis", "table".
	Kind  string
	Route Route
	// Layout names the way in which Route cuts the data, such as the number of
	// partitions. What was kept under another one is refused with a LayoutError.
	Layout uint64
	// Limit bounds the bytes of all keys and values; 0 is no bound. Beyond it
	// writes fail with storage.ErrFull.
	Limit int64
	// IdleAfter is how long nobody must have used a partition before it is
	// passivated; 5 minutes when 0.
	IdleAfter time.Duration
	// Persistence says what outlives the process. All but None need Backing.
	Persistence Persistence
	// Backing keeps what outlives the process. It stays the caller's to close.
	Backing storage.Store
	// Base begins all keys that Backing keeps, where there are others in it.
	Base []byte
	// Interval is the time between snapshots; 1 minute when 0.
	Interval time.Duration
	// Logger is slog.Default() when nil.
	Logger *slog.Logger
}

// Store is a storage.Store in memory whose data grains own.
type Store struct {
	Options
	system *System
	log    *slog.Logger

	mu         sync.RWMutex
	partitions *roster
	// root holds the present view of every partition. frozen is a copy of it that
	// serves all snapshots until the next write.
	root   btree.Map[uint64, *view]
	frozen *btree.Map[uint64, *view]
	epoch  uint64
	closed bool
	// bytes is the size of all keys and values in memory, but for what was loaded
	// since, which is in loaded: loading happens under a shared lock.
	bytes  int64
	loaded atomic.Int64

	backing backing
	saving  sync.Mutex
	round   uint64       // snapshots begun, guarded by mu
	savedAt atomic.Int64 // unix ms of the last complete snapshot

	commits   sync.Pool    // *commit
	snapshots atomic.Int64 // open
	janitor   sync.WaitGroup
	stop      chan struct{}
}

var _ storage.Store = (*Store)(nil)

// Open makes a store of the system. What Backing holds from before is there; it
// is loaded by those who want it.
func (s *System) Open(o Options) (*Store, error) {
	if o.IdleAfter == 0 {
		o.IdleAfter = 5 * time.Minute
	}
	if o.Interval == 0 {
		o.Interval = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Persistence != None && o.Backing == nil {
		return nil, fmt.Errorf("actor store %s: persistence %s needs a store behind it", o.Kind, o.Persistence)
	}
	st := &Store{
		Options: o, system: s, log: o.Logger, epoch: 1,
		partitions: newRoster(), stop: make(chan struct{}),
	}
	st.backing = backing{store: o.Backing, persistence: o.Persistence, base: o.Base}
	if err := st.recover(); err != nil {
		return nil, fmt.Errorf("actor store %s: %w", o.Kind, err)
	}
	st.janitor.Add(1)
	go st.keep()
	return st, nil
}

// partition finds a partition, and makes it if there is none.
func (s *Store) partition(number uint64) *partition {
	s.mu.RLock()
	p := s.partitions.at(number)
	s.mu.RUnlock()
	if p != nil {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.partitionLocked(number)
}

func (s *Store) partitionLocked(number uint64) *partition {
	p := s.partitions.at(number)
	if p == nil {
		p = &partition{store: s, number: number, name: fmt.Sprintf("%s-%d", s.Kind, number)}
		p.view = newView(p, new(memstore.Tree), s.epoch)
		if s.closed {
			return p // whoever asked will be told
		}
		s.partitions.add(p)
		s.root.Set(number, p.view)
		s.system.dir.add(p)
	}
	return p
}

// Has tells whether anything was written to a partition.
func (s *Store) Has(number uint64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.partitions.at(number) != nil
}

// present is the present view of a partition, nil if there is no such partition.
func (s *Store) present(number uint64) (*view, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, storage.ErrClosed
	}
	if p := s.partitions.at(number); p != nil {
		p.touch()
		return p.view, nil
	}
	return nil, nil
}

// Get is storage.Reader's.
func (s *Store) Get(key []byte) ([]byte, error) {
	number := s.Route.Key(key)
	s.mu.RLock()
	if p := s.partitions.at(number); p != nil && !s.closed {
		p.touch()
		if t := p.view.tree.Load(); t != nil {
			value, err := t.Find(key)
			s.mu.RUnlock()
			return value, err
		}
	}
	s.mu.RUnlock()
	v, err := s.present(number)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, storage.ErrNotFound
	}
	// Cold: others may write to the view once it is loaded, so look at a copy.
	return s.readCold(v, key)
}

func (s *Store) readCold(v *view, key []byte) ([]byte, error) {
	if _, err := v.warm(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return v.tree.Load().Find(key)
}

// NewIter is storage.Reader's.
func (s *Store) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	number, one := s.Route.Range(o.Lower, o.Upper)
	if !one {
		if m, ok := s.mergePresent(o); ok {
			return m, nil
		}
		root, err := s.freeze()
		if err != nil {
			return nil, err
		}
		return newMerged(root, o)
	}
	v, err := s.present(number)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return new(memstore.Tree).NewIter(o), nil
	}
	if _, err := v.warm(); err != nil {
		return nil, err
	}
	// Whoever writes next makes a copy, unless somebody did already.
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.partitions.at(number); p != nil {
		if p.view.tree.Load() != nil {
			v = p.view
		}
	}
	v.epoch.Store(0)
	return v.tree.Load().NewIter(o), nil
}

// NewBatch is storage.Store's.
func (s *Store) NewBatch() storage.Batch { return &memstore.Batch{} }

// Durability is that of the backing store if every write goes there.
func (s *Store) Durability() storage.Durability {
	if s.Persistence == WriteThrough {
		return s.Backing.Durability()
	}
	return storage.No
}

// SetDurability is the backing store's, if every write goes there; else it changes
// nothing.
func (s *Store) SetDurability(d storage.Durability) {
	if setter, can := s.Backing.(storage.DurabilitySetter); can && s.Persistence == WriteThrough {
		setter.SetDurability(d)
	}
}

// Progress is that of the backing store if every write goes there.
func (s *Store) Progress() (applied, synced uint64, ok bool) {
	if p, is := s.Backing.(storage.Progress); is && s.Persistence == WriteThrough {
		return p.Progress()
	}
	return 0, 0, false
}

// Flush makes what goes to the backing store durable: all, with WriteThrough, else
// a snapshot of now.
func (s *Store) Flush() error {
	if err := s.open(); err != nil {
		return err
	}
	switch s.Persistence {
	case Snapshot:
		return s.Save()
	case WriteThrough:
		return s.Backing.Flush()
	default:
		return nil
	}
}

// Checkpoint is not supported: there is no on-disk form of data in memory.
func (s *Store) Checkpoint(string) error {
	if err := s.open(); err != nil {
		return err
	}
	return fmt.Errorf("actor store %s: checkpoint: %w", s.Kind, errors.ErrUnsupported)
}

// Compact reclaims space of the backing store; memory has nothing to reclaim.
func (s *Store) Compact(lower, upper []byte) error {
	if err := s.open(); err != nil {
		return err
	}
	if s.Persistence == None || lower != nil || upper != nil { // a part of it lies in many places there
		return nil
	}
	return s.Backing.Compact(nil, nil)
}

// EstimateSize is exact: the bytes of the keys and values in [lower, upper).
func (s *Store) EstimateSize(lower, upper []byte) (uint64, error) {
	views, err := s.viewsOf(lower, upper)
	if err != nil {
		return 0, err
	}
	var size uint64
	for _, v := range views {
		t, err := v.warm()
		if err != nil {
			return 0, err
		}
		size += t.Size(lower, upper)
	}
	return size, nil
}

// viewsOf are views that nobody writes to of all partitions that may own keys of
// [lower, upper).
func (s *Store) viewsOf(lower, upper []byte) ([]*view, error) {
	root, err := s.freeze()
	if err != nil {
		return nil, err
	}
	var views []*view
	if number, one := s.Route.Range(lower, upper); one {
		if v, ok := root.Get(number); ok {
			views = append(views, v)
		}
		return views, nil
	}
	root.Scan(func(_ uint64, v *view) bool {
		views = append(views, v)
		return true
	})
	return views, nil
}

// Stats is storage.Store's. Keys of partitions that are not in memory count by
// what their snapshot says.
func (s *Store) Stats() storage.Stats {
	stats := storage.Stats{Kind: "memory", MemtableBytes: uint64(max(s.Bytes(), 0))}
	if s.Persistence != None {
		stats = s.Backing.Stats()
		stats.Kind, stats.MemtableBytes = "memory", uint64(max(s.Bytes(), 0))
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	stats.Keys = 0
	for _, p := range s.partitions.all {
		if t := p.view.tree.Load(); t != nil {
			stats.Keys += int64(t.Len())
		}
	}
	return stats
}

// Bytes is the size of all keys and values in memory.
func (s *Store) Bytes() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.bytes + s.loaded.Load()
}

// Handles counts the snapshots that are open. They need Backing for what is not in
// memory.
func (s *Store) Handles() int64 { return s.snapshots.Load() }

// Close saves, if that was asked for, and drops the contents. Open snapshots keep
// what they see of partitions in memory.
func (s *Store) Close() error {
	s.mu.RLock()
	closed := s.closed
	s.mu.RUnlock()
	if closed {
		return storage.ErrClosed
	}
	close(s.stop)
	s.janitor.Wait()
	var err error
	if s.Persistence == Snapshot {
		err = s.Save()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, p := range s.partitions.all {
		s.system.dir.remove(p)
	}
	s.partitions, s.frozen = newRoster(), nil
	s.root.Clear()
	return err
}

// Closed tells that Close was called.
func (s *Store) Closed() bool { return s.open() != nil }

func (s *Store) open() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return storage.ErrClosed
	}
	return nil
}

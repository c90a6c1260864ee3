package hybrid

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/storage"
)

// Memory is the half in memory.
type Memory interface {
	storage.Store
	// ApplyWith applies a batch of its own and one of the home store as if they
	// were one. What it keeps at home of its own is added to home's. See
	// actor.Store.ApplyWith for keep.
	ApplyWith(own, home storage.Batch, keep bool) (storage.Pending, error)
	// Save keeps all that was applied, if that is not done anyway.
	Save() error
	// Retain forgets what nobody keeps; before anybody uses the store.
	Retain(keep func(partition uint64) bool) error
	// Has tells whether there is such a partition.
	Has(partition uint64) bool
}

// Options of a store. Home and Memory get closed with it.
type Options struct {
	Home storage.Store
	// Lower and Upper bound the keys in memory.
	Lower, Upper []byte
	// Base begins the keys of the home store where Memory keeps what outlives the
	// process. Only Memory sees them, and no others follow. It has a PrefixEnd.
	Base []byte
	// Open opens the half in memory. It is called when the first key is written to
	// it, or at once if the home store has something under Base.
	Open func() (Memory, error)
	// Logged says that everything in memory is kept at home by the batch that
	// writes it; Volatile that nothing is. What was kept before is not seen then, and
	// goes with the first change.
	Logged, Volatile bool
	// Defining is a key of the home store. A batch that writes it changes what keys
	// in memory mean: it is refused unless all these outlive the process with it.
	Defining []byte
}

// Store is a storage.Store.
type Store struct {
	Options
	// memory is nil until it is opened.
	memory atomic.Pointer[Memory]
	closed atomic.Bool
	// stale says that the home store keeps what a Volatile store does not see.
	stale atomic.Bool

	// mu is held shared by whoever applies, so that a snapshot of both halves,
	// under the exclusive lock, is of one moment.
	mu       sync.RWMutex
	defining sync.Mutex
	waits    homeWaits
}

var _ storage.Store = (*Store)(nil)

// New makes a store of the two.
func New(o Options) (*Store, error) {
	s := &Store{Options: o}
	kept, err := s.keepsAny()
	switch {
	case err != nil:
		return nil, err
	case !kept:
		return s, nil
	case o.Volatile:
		s.stale.Store(true)
		return s, nil
	}
	_, err = s.open()
	return s, err
}

// keepsAny tells whether the home store keeps anything for the half in memory.
func (s *Store) keepsAny() (kept bool, err error) {
	it, err := s.Home.NewIter(storage.IterOptions{Lower: s.Base, KeysOnly: true})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	return it.First(), it.Error()
}

// forget removes what an earlier run kept, as it is not true any more.
func (s *Store) forget() error {
	if !s.stale.Load() {
		return nil
	}
	b := s.Home.NewBatch()
	if err := b.DeleteRange(s.Base, storage.PrefixEnd(s.Base)); err != nil {
		return errors.Join(err, b.Close())
	}
	p, err := s.Home.Apply(b)
	if err == nil {
		err = p.Wait()
	}
	if err == nil {
		s.stale.Store(false)
	}
	return errors.Join(err, b.Close())
}

// open gives the half in memory, and makes it if there is none.
func (s *Store) open() (Memory, error) {
	if m := s.memory.Load(); m != nil {
		return *m, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.memory.Load(); m != nil {
		return *m, nil
	}
	if s.closed.Load() {
		return nil, storage.ErrClosed
	}
	if err := s.forget(); err != nil {
		return nil, err
	}
	m, err := s.Open()
	if err != nil {
		return nil, fmt.Errorf("open the tables in memory: %w", err)
	}
	s.waits.begin()
	s.memory.Store(&m)
	return m, nil
}

// Memory is the half in memory, nil while there is none.
func (s *Store) Memory() Memory {
	if m := s.memory.Load(); m != nil {
		return *m
	}
	return nil
}

// Retain forgets what a snapshot still had in memory though nobody keeps it. It is
// for a store that nobody uses yet.
func (s *Store) Retain(keep func(partition uint64) bool) error {
	if m := s.Memory(); m != nil {
		return m.Retain(keep)
	}
	return nil
}

// Has tells whether anything was written to a partition in memory.
func (s *Store) Has(partition uint64) bool {
	m := s.Memory()
	return m != nil && m.Has(partition)
}

// inMemory tells whether a key belongs to the half in memory.
func (s *Store) inMemory(key []byte) bool {
	return bytes.Compare(key, s.Lower) >= 0 && bytes.Compare(key, s.Upper) < 0
}

// Get is storage.Reader's.
func (s *Store) Get(key []byte) ([]byte, error) {
	if bytes.Compare(key, s.Lower) < 0 {
		return s.Home.Get(key)
	}
	return s.get(key, s.Home, s.half())
}

// half is the half in memory as a reader, nil if there is none.
func (s *Store) half() storage.Reader {
	if m := s.Memory(); m != nil {
		return m
	}
	return nil
}

// get reads from one of the halves.
func (s *Store) get(key []byte, home, memory storage.Reader) ([]byte, error) {
	switch {
	case bytes.Compare(key, s.Base) >= 0:
		return nil, s.none()
	case !s.inMemory(key):
		return home.Get(key)
	case memory == nil:
		return nil, s.none()
	}
	return memory.Get(key)
}

// none is the error of a key that has no value.
func (s *Store) none() error {
	if s.closed.Load() {
		return storage.ErrClosed
	}
	return storage.ErrNotFound
}

// NewIter is storage.Reader's.
func (s *Store) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if o.Upper != nil && bytes.Compare(o.Upper, s.Lower) <= 0 {
		return s.Home.NewIter(o)
	}
	if p := s.pieces(o); len(p) == 1 {
		return s.iterate(p, s.Home, s.half())
	}
	// Of one moment, which is what a snapshot is for.
	snap := s.NewSnapshot()
	it, err := snap.NewIter(o)
	if err != nil {
		return nil, errors.Join(err, snap.Close())
	}
	return &owning{it, snap}, nil
}

// owning is an iterator that closes what it reads.
type owning struct {
	storage.Iterator
	reads io.Closer
}

func (o *owning) Close() error {
	err := o.Iterator.Close()
	if err == storage.ErrClosed {
		return err
	}
	return errors.Join(err, o.reads.Close())
}

// Durability is storage.Store's.
func (s *Store) Durability() storage.Durability { return s.Home.Durability() }

// Flush is storage.Store's.
func (s *Store) Flush() error {
	if m := s.Memory(); m != nil {
		if err := m.Flush(); err != nil {
			return err
		}
	}
	return s.Home.Flush()
}

// Checkpoint copies the home store, and so what it keeps of the half in memory.
func (s *Store) Checkpoint(dir string) error {
	if m := s.Memory(); m != nil {
		if err := m.Save(); err != nil {
			return err
		}
	}
	return s.Home.Checkpoint(dir)
}

// Compact is storage.Store's.
func (s *Store) Compact(lower, upper []byte) error { return s.Home.Compact(lower, upper) }

// EstimateSize is storage.Store's.
func (s *Store) EstimateSize(lower, upper []byte) (uint64, error) {
	var sum uint64
	for _, p := range s.pieces(storage.IterOptions{Lower: lower, Upper: upper}) {
		of := s.Home
		if p.memory {
			m := s.Memory()
			if m == nil {
				continue
			}
			of = m
		}
		n, err := of.EstimateSize(p.o.Lower, p.o.Upper)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// Stats are the home store's, with the bytes of both.
func (s *Store) Stats() storage.Stats {
	stats := s.Home.Stats()
	if m := s.Memory(); m != nil {
		stats.MemtableBytes += m.Stats().MemtableBytes
	}
	return stats
}

// Handles counts the iterators and snapshots that are open in either half, as far
// as these count them.
func (s *Store) Handles() (n int64) {
	halves := []storage.Store{s.Home}
	if m := s.Memory(); m != nil {
		halves = append(halves, m)
	}
	for _, half := range halves {
		if counting, ok := half.(interface{ Handles() int64 }); ok {
			n += counting.Handles()
		}
	}
	return n
}

// Close closes both halves.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return storage.ErrClosed
	}
	var err error
	s.mu.Lock()
	m := s.Memory()
	s.mu.Unlock()
	if m != nil {
		err = m.Close()
	}
	return errors.Join(err, s.Home.Close())
}

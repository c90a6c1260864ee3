package hybrid

import (
	"bytes"
	"errors"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/storage"
)

// batch is a batch of each half.
type batch struct {
	store *Store
	home  storage.Batch
	// memory is nil until something is written to that half.
	memory storage.Batch
	// ranges were deleted while there was nothing in memory.
	ranges [][2][]byte
	writes int
	// defines says that Options.Defining was written.
	defines bool
}

var errForeignBatch = errors.New("hybrid: batch of another store")

// NewBatch is storage.Store's.
func (s *Store) NewBatch() storage.Batch { return &batch{store: s, home: s.Home.NewBatch()} }

// Set is storage.Writer's.
func (b *batch) Set(key, value []byte) error {
	w, err := b.of(key)
	if err != nil {
		return err
	}
	b.writes++
	return w.Set(key, value)
}

// Delete is storage.Writer's.
func (b *batch) Delete(key []byte) error {
	w, err := b.of(key)
	if err != nil {
		return err
	}
	b.writes++
	return w.Delete(key)
}

// DeleteRange is storage.Writer's.
func (b *batch) DeleteRange(lower, upper []byte) error {
	s := b.store
	if lower == nil || upper == nil {
		return b.home.DeleteRange(lower, upper) // which says what is wrong
	}
	b.writes++
	if bytes.Compare(upper, s.Base) > 0 {
		upper = s.Base
	}
	from, to := later(lower, s.Lower), earlier(upper, s.Upper)
	if bytes.Compare(from, to) < 0 {
		if err := b.deleteInMemory(from, to); err != nil {
			return err
		}
	}
	if bytes.Compare(lower, s.Lower) >= 0 && bytes.Compare(upper, s.Upper) <= 0 {
		return nil
	}
	return b.home.DeleteRange(lower, upper) // between the bounds it has nothing
}

func (b *batch) deleteInMemory(lower, upper []byte) error {
	if b.store.Memory() == nil {
		b.ranges = append(b.ranges, [2][]byte{bytes.Clone(lower), bytes.Clone(upper)})
		return nil
	}
	w, err := b.ofMemory()
	if err != nil {
		return err
	}
	return w.DeleteRange(lower, upper)
}

// Reserve is storage.Reserver's, for the store on disk.
func (b *batch) Reserve(bytes int) {
	if r, ok := b.home.(storage.Reserver); ok {
		r.Reserve(bytes)
	}
}

// of is the batch that a key's write goes to.
func (b *batch) of(key []byte) (storage.Batch, error) {
	s := b.store
	if s.inMemory(key) {
		return b.ofMemory()
	}
	if bytes.Compare(key, s.Base) >= 0 {
		return nil, errors.New("hybrid: the key is one of those that the store keeps for itself")
	}
	b.defines = b.defines || bytes.Equal(key, s.Defining)
	return b.home, nil
}

func (b *batch) ofMemory() (storage.Batch, error) {
	if b.memory == nil {
		m, err := b.store.open()
		if err != nil {
			return nil, err
		}
		b.memory = m.NewBatch()
	}
	for _, r := range b.ranges {
		if err := b.memory.DeleteRange(r[0], r[1]); err != nil {
			return nil, err
		}
	}
	b.ranges = nil
	return b.memory, nil
}

// WriteTo is storage.Batch's. The home batch comes first: a range that it deletes may
// span what the other wrote since.
func (b *batch) WriteTo(w storage.Writer) error {
	if err := b.home.WriteTo(visible{w, b.store.Base}); err != nil {
		return err
	}
	for _, r := range b.ranges {
		if err := w.DeleteRange(r[0], r[1]); err != nil {
			return err
		}
	}
	if b.memory == nil {
		return nil
	}
	return b.memory.WriteTo(w)
}

// visible leaves out what the half in memory has added to a batch that was applied.
type visible struct {
	storage.Writer
	base []byte
}

func (v visible) Set(key, value []byte) error {
	if bytes.Compare(key, v.base) >= 0 {
		return nil
	}
	return v.Writer.Set(key, value)
}

func (v visible) Delete(key []byte) error {
	if bytes.Compare(key, v.base) >= 0 {
		return nil
	}
	return v.Writer.Delete(key)
}

func (v visible) DeleteRange(lower, upper []byte) error {
	if bytes.Compare(lower, v.base) >= 0 {
		return nil
	}
	return v.Writer.DeleteRange(lower, upper)
}

// Len is storage.Batch's.
func (b *batch) Len() int { return b.writes }

// Size is storage.Batch's.
func (b *batch) Size() int {
	if b.memory != nil {
		return b.home.Size() + b.memory.Size()
	}
	return b.home.Size()
}

// Reset is storage.Batch's.
func (b *batch) Reset() {
	b.home.Reset()
	if b.memory != nil {
		b.memory.Reset()
	}
	b.ranges, b.writes, b.defines = nil, 0, false
}

// Close is storage.Batch's.
func (b *batch) Close() error {
	err := b.home.Close()
	if b.memory != nil {
		err = errors.Join(err, b.memory.Close())
	}
	return err
}

// Apply is storage.Store's. A batch for one half goes straight there. One for both
// is a single batch of the home store, with which the half in memory becomes
// visible; so its order is that of the log, and both survive a crash or neither, as
// far as the half in memory survives at all.
func (s *Store) Apply(from storage.Batch) (storage.Pending, error) {
	b, ok := from.(*batch)
	if !ok || b.store != s {
		return nil, errForeignBatch
	}
	if len(b.ranges) > 0 && s.Memory() != nil {
		if _, err := b.ofMemory(); err != nil {
			return nil, err
		}
	}
	if b.defines {
		return s.define(b)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.apply(b, false)
}

// define applies a batch that changes what keys in memory mean. A crash must find
// what it builds on, and what it writes.
func (s *Store) define(b *batch) (storage.Pending, error) {
	if err := s.forget(); err != nil {
		return nil, err
	}
	if s.Memory() == nil {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return s.apply(b, false)
	}
	s.defining.Lock()
	defer s.defining.Unlock()
	if err := s.Memory().Save(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if b.memory == nil {
		b.memory = s.Memory().NewBatch()
	}
	return s.apply(b, true)
}

// apply applies a batch. The caller holds mu, shared.
func (s *Store) apply(b *batch, keep bool) (storage.Pending, error) {
	m := s.Memory()
	switch {
	case b.memory == nil || b.memory.Len() == 0 && !keep:
		if m == nil || s.Logged {
			return s.Home.Apply(b.home)
		}
		return s.waits.apply(s.Home, b.home)
	case s.Logged || keep:
		return m.ApplyWith(b.memory, b.home, keep)
	case b.home.Len() > 0:
		s.waits.unfinished.Add(1)
		p, err := m.ApplyWith(b.memory, b.home, false)
		return s.waits.pending(p, err)
	}
	if _, err := m.Apply(b.memory); err != nil {
		return nil, err
	}
	return barrier{s}, nil
}

// homeWaits counts the batches of the home store that may not be durable yet. What
// is not logged need not wait for a disk on its own account, but has perhaps read
// what is on its way there: nothing that is acknowledged may outlive what it saw.
type homeWaits struct {
	unfinished atomic.Int64
	// unknown says that there are some from before they were counted.
	unknown atomic.Bool
}

func (w *homeWaits) begin() { w.unknown.Store(true) }

func (w *homeWaits) apply(home storage.Store, b storage.Batch) (storage.Pending, error) {
	w.unfinished.Add(1)
	p, err := home.Apply(b)
	return w.pending(p, err)
}

func (w *homeWaits) pending(p storage.Pending, err error) (storage.Pending, error) {
	if err != nil {
		w.unfinished.Add(-1)
		return nil, err
	}
	return counted{p, w}, nil
}

// counted is a counted batch of the home store.
type counted struct {
	storage.Pending
	waits *homeWaits
}

// Wait is storage.Pending's. What could not be made durable stays counted.
func (c counted) Wait() error {
	err := c.Pending.Wait()
	if err == nil {
		c.waits.unfinished.Add(-1)
	}
	return err
}

// barrier is the Pending of a batch that is in memory only.
type barrier struct{ store *Store }

// Wait waits for what the home store has on its way.
func (b barrier) Wait() error {
	w := &b.store.waits
	unknown := w.unknown.Load()
	if !unknown && w.unfinished.Load() == 0 {
		return nil
	}
	empty := b.store.Home.NewBatch()
	p, err := b.store.Home.Apply(empty)
	if err == nil {
		err = p.Wait()
	}
	if err == nil && unknown {
		w.unknown.Store(false)
	}
	return errors.Join(err, empty.Close())
}

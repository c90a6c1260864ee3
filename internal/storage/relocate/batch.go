package relocate

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

var (
	errForeignBatch = errors.New("relocate: batch of another store")
	errApplied      = errors.New("relocate: the batch was applied before")
)

// batch is a batch of the home that it was made for. Applied in another home, its
// writes go into a batch of that.
type batch struct {
	storage.Batch
	store    *Store
	home     *home
	replayed bool // applied in another home
}

// Reserve is storage.Reserver's.
func (b *batch) Reserve(bytes int) {
	if r, ok := b.Batch.(storage.Reserver); ok {
		r.Reserve(bytes)
	}
}

// Keep is storage.Keeper's.
func (b *batch) Keep(key, value []byte) error {
	if k, ok := b.Batch.(storage.Keeper); ok {
		return k.Keep(key, value)
	}
	return b.Set(key, value)
}

// NewBatch is storage.Store's.
func (s *Store) NewBatch() storage.Batch {
	h := s.home.Load()
	return &batch{Batch: h.NewBatch(), store: s, home: h}
}

// Reset is storage.Batch's. It leaves a batch of the present home.
func (b *batch) Reset() {
	b.replayed = false
	if h := b.store.home.Load(); h != b.home {
		// What was left has nothing more to say: its batch was waited for.
		_ = b.Batch.Close()
		b.Batch, b.home = h.NewBatch(), h
		return
	}
	b.Batch.Reset()
}

// Apply is storage.Store's.
func (s *Store) Apply(b storage.Batch) (storage.Pending, error) {
	mine, ok := b.(*batch)
	if !ok || mine.store != s {
		return nil, errForeignBatch
	}
	s.gate.RLock()
	if s.move == nil && s.home.Load() == mine.home {
		pending, err := mine.home.Apply(mine.Batch)
		s.gate.RUnlock()
		return pending, err
	}
	s.gate.RUnlock()
	return s.applyInMove(mine)
}

// applyInMove applies a batch while a move records, or one of an earlier home.
func (s *Store) applyInMove(b *batch) (storage.Pending, error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	for s.move != nil && s.move.full() {
		s.room.Wait()
	}
	var written *memstore.Batch
	if s.move != nil {
		written = new(memstore.Batch)
		if err := b.WriteTo(written); err != nil {
			return nil, err
		}
	}
	pending, err := s.applyAtHome(b)
	if err == nil && written != nil {
		s.move.record(written)
	}
	return pending, err
}

func (s *Store) applyAtHome(b *batch) (storage.Pending, error) {
	h := s.home.Load()
	if b.home == h {
		return h.Apply(b.Batch)
	}
	if b.replayed {
		return nil, errApplied
	}
	replay := h.NewBatch()
	err := b.WriteTo(replay)
	if err == nil {
		var pending storage.Pending
		if pending, err = h.Apply(replay); err == nil {
			b.replayed = true
			return closing{pending, replay}, nil
		}
	}
	return nil, errors.Join(err, replay.Close())
}

// closing gives a batch back once it has been waited for.
type closing struct {
	storage.Pending
	batch storage.Batch
}

func (c closing) Wait() error { return errors.Join(c.Pending.Wait(), c.batch.Close()) }

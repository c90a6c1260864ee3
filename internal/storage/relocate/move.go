package relocate

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

const (
	// chunkBytes is about how much is copied between two looks at what was written
	// meanwhile.
	chunkBytes = 8 << 20
	// batchBytes and batchKeys bound a batch of the copy.
	batchBytes, batchKeys = 1 << 20, 10_000
	// deltaBytes is what may be recorded before writers wait.
	deltaBytes = 16 << 20
	// lastBytes is how little there must be left for writers to be held up.
	lastBytes = 256 << 10
	// drains are the attempts to get there, each with half the room for writers: those
	// who write faster than the target does are held back until they no longer do.
	drains = 8
)

// Errors of a move that cannot begin.
var (
	ErrMoving  = errors.New("relocate: the store is moving already")
	ErrLoading = errors.New("relocate: data is being loaded into the store")
)

// Progress is how far a move has come.
type Progress struct {
	Keys  int64
	Bytes int64 // of keys and values
}

// MoveOptions say how to move. All may be zero.
type MoveOptions struct {
	// Keep says which keys move; nil keeps all.
	Keep func(key []byte) bool
	// Progress is called now and then.
	Progress func(Progress)
	// Commit is called when the target has everything, on disk as far as it keeps
	// anything there, and nobody writes. It makes the choice of the target outlive
	// the process. After an error the store stays where it was.
	Commit func() error
}

// move is a move under way. What is written is recorded, for the target.
type move struct {
	delta []*memstore.Batch // in order
	size  int
	room  int // what may be recorded before writers wait
}

func (m *move) full() bool { return m.size >= m.room }

func (m *move) record(b *memstore.Batch) {
	m.delta = append(m.delta, b)
	m.size += b.Size()
}

// take empties the record. The caller holds the gate.
func (s *Store) take() ([]*memstore.Batch, int) {
	m := s.move
	delta, size := m.delta, m.size
	m.delta, m.size = nil, 0
	s.room.Broadcast()
	return delta, size
}

// Move moves the content into target, which is empty, while the store is in use,
// and has target be the home from then on. After an error everything is as it was,
// and target is the caller's to throw away. The home that was left is not closed:
// iterators and snapshots of it may be open (see Handles).
//
// The copy goes through the keys in order, in chunks. A chunk is read from an
// iterator made when all before it was up to date; what is written meanwhile is
// recorded, and written to the target as far as the copy has come. What lies beyond
// is seen by the next chunk's iterator. So memory is bounded by what is written
// during a chunk, and writers are held up only where they write faster than the
// target does, and for the last step.
func (s *Store) Move(ctx context.Context, target storage.Store, o MoveOptions) error {
	w := &mover{Store: s, ctx: ctx, target: target, o: o}
	s.gate.Lock()
	switch {
	case s.move != nil:
		s.gate.Unlock()
		return ErrMoving
	case s.loads > 0: // past Apply, which a move listens to
		s.gate.Unlock()
		return ErrLoading
	}
	s.move = &move{room: deltaBytes}
	s.gate.Unlock()
	if d := s.durability.Load(); d != nil {
		setDurability(target, *d)
	}
	err := w.run()
	if err != nil {
		s.gate.Lock()
		s.move = nil
		s.room.Broadcast()
		s.gate.Unlock()
	}
	return err
}

// mover carries one move out.
type mover struct {
	*Store
	ctx    context.Context
	target storage.Store
	o      MoveOptions
	done   Progress
}

func (w *mover) run() error {
	if err := w.copyAll(); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	// Most of what must be on disk goes there while writers go on.
	for i := range drains {
		w.gate.Lock()
		delta, size := w.take()
		w.move.room = max(deltaBytes>>i, lastBytes)
		w.gate.Unlock()
		if err := w.replay(delta, nil); err != nil {
			return fmt.Errorf("catch up: %w", err)
		}
		if i == 0 {
			if err := w.target.Flush(); err != nil {
				return fmt.Errorf("save: %w", err)
			}
			continue
		}
		if size <= lastBytes {
			break
		}
	}
	return w.switchOver()
}

// switchOver holds writers up until the target is the home.
func (w *mover) switchOver() error {
	w.gate.Lock()
	defer w.gate.Unlock()
	delta, _ := w.take()
	if err := w.replay(delta, nil); err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	if err := w.target.Flush(); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	if d := w.durability.Load(); d != nil {
		setDurability(w.target, *d)
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.o.Commit != nil {
		if err := w.o.Commit(); err != nil {
			return err
		}
	}
	applied, _, _ := w.Progress()
	w.home.Store(&home{w.target, applied})
	w.move = nil
	w.room.Broadcast()
	return nil
}

// copyAll copies chunk by chunk.
func (w *mover) copyAll() error {
	var next []byte
	for {
		w.gate.Lock()
		delta, _ := w.take()
		it, err := w.home.Load().NewIter(storage.IterOptions{Lower: next})
		w.gate.Unlock()
		if err != nil {
			return err
		}
		if next != nil {
			err = w.replay(delta, next)
		}
		if err == nil {
			next, err = w.copyChunk(it)
		}
		if err = errors.Join(err, it.Close()); err != nil {
			return err
		}
		if w.o.Progress != nil {
			w.o.Progress(w.done)
		}
		if next == nil {
			return nil
		}
	}
}

// copyChunk copies from the iterator's beginning on and returns the first key that
// it left, nil at the end.
func (w *mover) copyChunk(it storage.Iterator) (next []byte, err error) {
	f := w.fill(nil)
	defer func() { err = f.finish(err) }()
	copied := 0
	for ok := it.First(); ok; ok = it.Next() {
		if copied >= chunkBytes {
			next = append([]byte{}, it.Key()...)
			break
		}
		if w.o.Keep != nil && !w.o.Keep(it.Key()) {
			continue
		}
		value, err := it.Value()
		if err == nil {
			err = f.Set(it.Key(), value)
		}
		if err != nil {
			return nil, err
		}
		n := len(it.Key()) + len(value)
		copied += n
		w.done.Keys++
		w.done.Bytes += int64(n)
	}
	return next, it.Error()
}

// replay writes to the target what was recorded, as far as it lies below upper;
// nil is no bound.
func (w *mover) replay(delta []*memstore.Batch, upper []byte) (err error) {
	f := w.fill(upper)
	defer func() { err = f.finish(err) }()
	for _, written := range delta {
		if err := written.WriteTo(f); err != nil {
			return err
		}
	}
	return nil
}

// filler writes to the target, in bounded batches, what is to be kept of the
// keys below upper.
type filler struct {
	*mover
	batch storage.Batch
	upper []byte // nil is no bound
}

var _ storage.Writer = (*filler)(nil)

func (w *mover) fill(upper []byte) *filler { return &filler{w, w.target.NewBatch(), upper} }

func (f *filler) beyond(key []byte) bool {
	return f.upper != nil && bytes.Compare(key, f.upper) >= 0
}

// Set is storage.Writer's.
func (f *filler) Set(key, value []byte) error {
	if f.beyond(key) || f.o.Keep != nil && !f.o.Keep(key) {
		return nil
	}
	return errors.Join(f.batch.Set(key, value), f.applyFull())
}

// Delete is storage.Writer's.
func (f *filler) Delete(key []byte) error {
	if f.beyond(key) {
		return nil
	}
	return errors.Join(f.batch.Delete(key), f.applyFull())
}

// DeleteRange is storage.Writer's.
func (f *filler) DeleteRange(lower, upper []byte) error {
	if f.beyond(lower) {
		return nil
	}
	if f.beyond(upper) {
		upper = f.upper
	}
	return errors.Join(f.batch.DeleteRange(lower, upper), f.applyFull())
}

func (f *filler) applyFull() error {
	if f.batch.Size() < batchBytes && f.batch.Len() < batchKeys {
		return nil
	}
	return f.apply()
}

// apply writes the batch to the target and empties it.
func (f *filler) apply() error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	pending, err := f.target.Apply(f.batch)
	if err == nil {
		err = pending.Wait()
	}
	if err == nil {
		f.batch.Reset()
	}
	return err
}

// finish applies what is left, unless something failed.
func (f *filler) finish(err error) error {
	if err == nil && f.batch.Len() > 0 {
		err = f.apply()
	}
	return errors.Join(err, f.batch.Close())
}

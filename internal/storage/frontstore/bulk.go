package frontstore

import "github.com/orbit-server/orbit/internal/storage"

// bulk is a storage.Bulk. What it takes goes to Pebble sorted, past the journal and
// the table of recent writes: that has none of its keys, and so hides none.
type bulk struct {
	store   *Store
	filling *unsorted
	spare   *unsorted
	moving  *moving // nil: everything applied is on disk
}

// moving is a load's writes on their way to Pebble.
type moving struct {
	visible, done    chan struct{}
	moveErr, diskErr error // valid once visible, or done, is closed
}

var _ storage.BulkLoader = (*Store)(nil)

// NewBulk begins a load.
func (s *Store) NewBulk() (storage.Bulk, error) {
	if s.options.ReadOnly {
		return nil, errReadOnly
	}
	return &bulk{store: s, filling: new(unsorted), spare: new(unsorted)}, nil
}

func (b *bulk) Set(key, value []byte) error { return b.filling.add(opSet, key, value) }

func (b *bulk) Delete(key []byte) error { return b.filling.add(opDelete, key, nil) }

// DeleteRange is none of a load's usual writes: it waits for all before it.
func (b *bulk) DeleteRange(lower, upper []byte) error {
	if lower == nil || upper == nil {
		return errOpenRange
	}
	if err := b.Apply(); err != nil {
		return err
	}
	if err := b.Wait(); err != nil {
		return err
	}
	batch := b.store.inner.NewBatch()
	if err := batch.DeleteRange(lower, upper); err != nil {
		return err
	}
	return b.store.moveBatch(batch)
}

func (b *bulk) Size() int { return len(b.filling.body) }

// Apply gives what was written to a goroutine, when that is done with what it got
// before: so a load keeps two parts in memory.
func (b *bulk) Apply() error {
	if len(b.filling.body) == 0 {
		return nil
	}
	if err := b.Close(); err != nil {
		return err
	}
	s := b.store
	if err := s.enter(); err != nil {
		return err
	}
	m := &moving{visible: make(chan struct{}), done: make(chan struct{})}
	writes := b.filling
	b.filling, b.spare, b.moving = b.spare, writes, m
	b.filling.reset()
	go func() {
		defer s.life.RUnlock()
		defer close(m.done)
		m.moveErr = s.moveUnsorted(writes)
		close(m.visible)
		if m.diskErr = m.moveErr; m.diskErr == nil {
			m.diskErr = s.inner.Flush()
		}
	}()
	return nil
}

func (s *Store) moveUnsorted(writes *unsorted) error {
	// As in handOver: Pebble must not have what means nothing without writes that the
	// journal may lose.
	if err := s.journal.sync(); err != nil {
		return err
	}
	m := s.newMover()
	if err := writes.each(m.write); err != nil {
		return err
	}
	return m.end()
}

// Wait is storage.Bulk's.
func (b *bulk) Wait() error {
	if b.moving == nil {
		return nil
	}
	<-b.moving.visible
	return b.moving.moveErr
}

// Close is storage.Bulk's. After a failure it repeats that.
func (b *bulk) Close() error {
	if b.moving == nil {
		return nil
	}
	<-b.moving.done
	if err := b.moving.diskErr; err != nil {
		return err
	}
	b.moving = nil
	return nil
}

package actor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// Persistence says what of a store in memory outlives the process.
type Persistence uint8

const (
	// None: nothing.
	None Persistence = iota
	// Snapshot: all data as of one moment, written now and then, when a partition
	// is passivated, and at the end. After a crash the last complete one is there.
	Snapshot
	// WriteThrough: everything. A write goes to the backing store too and is as
	// durable as that makes it; partitions are loaded when they are first used.
	WriteThrough
)

var persistenceNames = [...]string{"none", "snapshot", "write-through"}

func (p Persistence) String() string { return persistenceNames[p] }

// ParsePersistence reads the name used in flags and files.
func ParsePersistence(s string) (Persistence, error) {
	for i, name := range persistenceNames {
		if s == name {
			return Persistence(i), nil
		}
	}
	return None, fmt.Errorf("unknown actor persistence %q: use none, snapshot or write-through", s)
}

// The backing store's keys. Numbers are big-endian.
//
//	p                             the Persistence that everything else is for
//	l                             Options.Layout
//	t                             when the last complete snapshot was taken, unix ms
//	m partition:8                 its snapshot: generation
//	d partition:8 generation:8 k  an entry of a snapshot
//	w partition:8 k               an entry written through
const (
	tagPersistence = 'p'
	tagLayout      = 'l'
	tagTime        = 't'
	tagManifest    = 'm'
	tagSnapshot    = 'd'
	tagWritten     = 'w'
)

// chunk is the size of a batch to the backing store in bulk work.
const chunk = 1 << 20

// backing is the store behind a store of actors.
type backing struct {
	store       storage.Store
	persistence Persistence
}

func manifestKey(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{tagManifest}, number)
}

// prefix is where a partition's entries lie; generation is for snapshots only.
func (p Persistence) prefix(number, generation uint64) []byte {
	if p == WriteThrough {
		return binary.BigEndian.AppendUint64([]byte{tagWritten}, number)
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{tagSnapshot}, number), generation)
}

// each calls fn for the entries of a partition in order. The slices are valid
// during the call only.
func (b *backing) each(p Persistence, number, generation uint64, fn func(key, value []byte) error) (err error) {
	prefix := p.prefix(number, generation)
	it, err := b.store.NewIter(storage.IterOptions{Lower: prefix, Upper: storage.PrefixEnd(prefix)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			return err
		}
		if err := fn(it.Key()[len(prefix):], value); err != nil {
			return err
		}
	}
	return it.Error()
}

// load reads a partition.
func (b *backing) load(number, generation uint64) (*memstore.Tree, error) {
	t := new(memstore.Tree)
	err := b.each(b.persistence, number, generation, func(key, value []byte) error {
		t.Apply([]memstore.Op{{Kind: memstore.OpSet, Key: string(key), Value: append(make([]byte, 0, len(value)), value...)}})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load partition %d: %w", number, err)
	}
	return t, nil
}

// apply writes through what a commit writes. The caller holds the store's mu, so
// that both stores see the same order.
func (b *backing) apply(s *Store, c *commit, ops []memstore.Op) (storage.Pending, error) {
	out := b.store.NewBatch()
	for i := range ops {
		number, one := s.owner(&ops[i])
		if one {
			if err := writeOp(out, number, &ops[i]); err != nil {
				return nil, errors.Join(err, out.Close())
			}
			continue
		}
		for _, p := range c.parts {
			if err := writeOp(out, p.number, &ops[i]); err != nil {
				return nil, errors.Join(err, out.Close())
			}
		}
	}
	pending, err := b.store.Apply(out)
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return closing{pending, out}, nil
}

// closing gives a batch back once it has been waited for.
type closing struct {
	storage.Pending
	batch storage.Batch
}

func (c closing) Wait() error { return errors.Join(c.Pending.Wait(), c.batch.Close()) }

func writeOp(out storage.Batch, number uint64, o *memstore.Op) error {
	key := append(WriteThrough.prefix(number, 0), o.Key...)
	switch o.Kind {
	case memstore.OpSet:
		return out.Set(key, o.Value)
	case memstore.OpDelete:
		return out.Delete(key)
	default:
		return out.DeleteRange(key, append(WriteThrough.prefix(number, 0), o.Value...))
	}
}

// bulk writes many entries in batches.
type bulk struct {
	store storage.Store
	batch storage.Batch
}

func (b *backing) newBulk() *bulk { return &bulk{store: b.store, batch: b.store.NewBatch()} }

func (w *bulk) set(key, value []byte) error {
	if err := w.batch.Set(key, value); err != nil {
		return err
	}
	if w.batch.Size() < chunk {
		return nil
	}
	return w.flush()
}

// flush applies what is collected and waits for it.
func (w *bulk) flush() error {
	if w.batch.Len() > 0 {
		pending, err := w.store.Apply(w.batch)
		if err != nil {
			return err
		}
		if err := pending.Wait(); err != nil {
			return err
		}
	}
	w.batch.Reset()
	return nil
}

func (w *bulk) close(err error) error { return errors.Join(err, w.batch.Close()) }

// Save writes a snapshot of now: what changed since the last one, under new
// generations, and then, in one batch, which generations count. It returns when
// the snapshot is on disk.
func (s *Store) Save() error {
	if s.Persistence != Snapshot {
		return nil
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	now := time.Now()
	changed := s.takeDirty()
	err := s.saveViews(changed, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range changed {
		if err != nil {
			v.owner.dirty = true
		} else {
			v.owner.saved = v.saved
		}
	}
	if err != nil {
		return fmt.Errorf("actor store %s: save: %w", s.Kind, err)
	}
	s.savedAt.Store(now.UnixMilli())
	return nil
}

// takeDirty returns the views of now of what is not saved, all as of one moment.
func (s *Store) takeDirty() (changed []*view) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++ // from here on, writes go to copies
	for _, p := range s.partitions {
		if p.dirty {
			p.dirty = false
			p.view.saved = p.saved + 1
			changed = append(changed, p.view)
		}
	}
	return changed
}

func (s *Store) saveViews(changed []*view, now time.Time) (err error) {
	w := s.backing.newBulk()
	defer func() { err = w.close(err) }()
	for _, v := range changed {
		prefix := Snapshot.prefix(v.owner.number, v.saved)
		it := v.tree.Load().NewIter(storage.IterOptions{})
		for ok := it.First(); ok; ok = it.Next() {
			value, err := it.Value()
			if err == nil {
				err = w.set(append(prefix[:len(prefix):len(prefix)], it.Key()...), value)
			}
			if err != nil {
				return errors.Join(err, it.Close())
			}
		}
		if err := it.Close(); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	for _, v := range changed {
		old := Snapshot.prefix(v.owner.number, v.saved-1)
		err := w.batch.DeleteRange(old, storage.PrefixEnd(old))
		if v.tree.Load().Len() == 0 {
			err = errors.Join(err, w.batch.Delete(manifestKey(v.owner.number)))
		} else {
			err = errors.Join(err, w.batch.Set(manifestKey(v.owner.number), binary.BigEndian.AppendUint64(nil, v.saved)))
		}
		if err != nil {
			return err
		}
	}
	if err := w.batch.Set([]byte{tagTime}, binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli()))); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return s.backing.store.Flush()
}

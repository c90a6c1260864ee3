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
//	n                             how many snapshots were begun before the last complete one
//	r number:4                    a write that counts if the last complete snapshot lacks it
//
// All begin with Options.Base.
const (
	tagPersistence = 'p'
	tagLayout      = 'l'
	tagTime        = 't'
	tagManifest    = 'm'
	tagSnapshot    = 'd'
	tagWritten     = 'w'
	tagRound       = 'n'
	tagKept        = 'r'
)

// chunk is the size of a batch to the backing store in bulk work.
const chunk = 1 << 20

// backing is the store behind a store of actors.
type backing struct {
	store       storage.Store
	persistence Persistence
	base        []byte
}

// key begins the keys of a record.
func (b *backing) key(tag byte) []byte {
	return append(append(make([]byte, 0, len(b.base)+32), b.base...), tag)
}

// span bounds the records with a tag.
func (b *backing) span(tag byte) storage.IterOptions {
	return storage.IterOptions{Lower: b.key(tag), Upper: b.key(tag + 1)}
}

func (b *backing) manifestKey(number uint64) []byte {
	return binary.BigEndian.AppendUint64(b.key(tagManifest), number)
}

// prefix is where a partition's entries lie; generation is for snapshots only.
func (b *backing) prefix(p Persistence, number, generation uint64) []byte {
	if p == WriteThrough {
		return binary.BigEndian.AppendUint64(b.key(tagWritten), number)
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b.key(tagSnapshot), number), generation)
}

// each calls fn for the entries of a partition in order. The slices are valid
// during the call only.
func (b *backing) each(p Persistence, number, generation uint64, fn func(key, value []byte) error) error {
	prefix := b.prefix(p, number, generation)
	return storage.Each(b.store, prefix, storage.PrefixEnd(prefix), func(key, value []byte) error {
		return fn(key[len(prefix):], value)
	})
}

// load reads a partition.
func (b *backing) load(number, generation uint64) (*memstore.Tree, error) {
	t := new(memstore.Tree)
	err := b.each(b.persistence, number, generation, func(key, value []byte) error {
		t.Set(key, append(make([]byte, 0, len(value)), value...))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load partition %d: %w", number, err)
	}
	return t, nil
}

// writeThrough puts what a commit writes to partitions into out.
func (s *Store) writeThrough(numbers []uint64, ops []memstore.Op, out storage.Writer) error {
	for i := range ops {
		if r := s.route(&ops[i]); r.one {
			if err := s.backing.writeOp(out, r.number, &ops[i]); err != nil {
				return err
			}
			continue
		}
		for _, number := range numbers {
			if err := s.backing.writeOp(out, number, &ops[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// closing gives a batch back once it has been waited for.
type closing struct {
	storage.Pending
	batch storage.Batch
}

func (c closing) Wait() error { return errors.Join(c.Pending.Wait(), c.batch.Close()) }

func (b *backing) writeOp(out storage.Writer, number uint64, o *memstore.Op) error {
	key := append(b.prefix(WriteThrough, number, 0), o.Key...)
	switch o.Kind {
	case memstore.OpSet:
		return out.Set(key, o.Value)
	case memstore.OpDelete:
		return out.Delete(key)
	default:
		return out.DeleteRange(key, append(b.prefix(WriteThrough, number, 0), o.Value...))
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
	changed, round := s.takeDirty()
	err := s.saveViews(changed, round, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range changed {
		v.owner.saving = false
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

// takeDirty returns the views of now of what is not saved, all as of one moment,
// and that moment's number.
func (s *Store) takeDirty() (changed []*view, round uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++ // from here on, writes go to copies
	s.round++
	for _, p := range s.partitions.all {
		if p.dirty {
			p.dirty, p.saving = false, true
			p.begun++
			p.view.saved = p.begun
			changed = append(changed, p.view)
		}
	}
	return changed, s.round
}

func (s *Store) saveViews(changed []*view, round uint64, now time.Time) (err error) {
	b := &s.backing
	w := b.newBulk()
	defer func() { err = w.close(err) }()
	for _, v := range changed {
		prefix := b.prefix(Snapshot, v.owner.number, v.saved)
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
		err := w.batch.DeleteRange(b.prefix(Snapshot, v.owner.number, 0), b.prefix(Snapshot, v.owner.number, v.saved))
		if v.tree.Load().Len() == 0 {
			err = errors.Join(err, w.batch.Delete(b.manifestKey(v.owner.number)))
		} else {
			err = errors.Join(err, w.batch.Set(b.manifestKey(v.owner.number), binary.BigEndian.AppendUint64(nil, v.saved)))
		}
		if err != nil {
			return err
		}
	}
	err = w.batch.Set(b.key(tagTime), binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli())))
	if err = errors.Join(err, w.batch.Set(b.key(tagRound), binary.BigEndian.AppendUint64(nil, round))); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return b.store.Flush()
}

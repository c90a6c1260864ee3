package actor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// LayoutError says that what Backing keeps was cut into other partitions.
type LayoutError struct{ Kept, Asked uint64 }

func (e *LayoutError) Error() string {
	return fmt.Sprintf("the data is kept in layout %d, not %d", e.Kept, e.Asked)
}

var errBacking = errors.New("snapshot records do not decode")

// recover makes a cold partition of each that the backing store has.
func (s *Store) recover() error {
	if s.Persistence == None {
		return nil
	}
	b := &s.backing
	was, err := b.recorded()
	if err == nil {
		err = b.checkLayout(was, s.Layout)
	}
	if err != nil {
		return err
	}
	unsaved, err := s.readKept(was)
	if err != nil {
		return err
	}
	if was != s.Persistence {
		if err := s.convert(was, unsaved); err != nil {
			return err
		}
	}
	kept, err := b.kept(s.Persistence)
	if err != nil {
		return err
	}
	if err := b.dropUnfinished(kept); err != nil {
		return err
	}
	for number, generation := range kept {
		p := s.partitionLocked(number)
		p.saved, p.begun = generation, generation
		p.view.tree.Store(nil)
		p.view.saved = generation
	}
	at, err := b.number(tagTime)
	s.savedAt.Store(int64(at))
	if err != nil || s.Persistence != Snapshot {
		return err
	}
	return s.replay(unsaved)
}

// number reads one of the records that hold a number; 0 if there is none.
func (b *backing) number(tag byte) (uint64, error) {
	raw, err := b.store.Get(b.key(tag))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(raw) != 8:
		return 0, fmt.Errorf("%w: %w", storage.ErrCorrupt, errBacking)
	}
	return binary.BigEndian.Uint64(raw), nil
}

// recorded is what the backing store was last used for, None if it is new.
func (b *backing) recorded() (Persistence, error) {
	n, err := b.number(tagPersistence)
	if err == nil && n > uint64(WriteThrough) {
		err = fmt.Errorf("persistence %d is unknown: %w", n, storage.ErrNewerFormat)
	}
	return Persistence(n), err
}

// checkLayout compares the layout with the one of what is kept, and records it if
// nothing is.
func (b *backing) checkLayout(was Persistence, layout uint64) error {
	kept, err := b.number(tagLayout)
	switch {
	case err != nil:
		return err
	case was != None && kept != layout:
		return &LayoutError{Kept: kept, Asked: layout}
	case was != None:
		return nil
	}
	w := b.newBulk()
	err = w.batch.Set(b.key(tagLayout), binary.BigEndian.AppendUint64(nil, layout))
	if err == nil {
		err = w.flush()
	}
	return w.close(err)
}

// kept lists the partitions of the backing store and their generations.
func (b *backing) kept(p Persistence) (kept map[uint64]uint64, err error) {
	kept = make(map[uint64]uint64)
	tag := byte(tagManifest)
	if p == WriteThrough {
		tag = tagWritten
	}
	it, err := b.store.NewIter(b.span(tag))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; {
		if len(it.Key()) < len(b.base)+9 {
			return nil, fmt.Errorf("%w: %w", storage.ErrCorrupt, errBacking)
		}
		key := it.Key()[len(b.base):]
		number := binary.BigEndian.Uint64(key[1:])
		if p == WriteThrough {
			kept[number] = 0
			ok = it.SeekGE(storage.PrefixEnd(b.prefix(p, number, 0)))
			continue
		}
		value, err := it.Value()
		if err != nil {
			return nil, err
		}
		if len(value) != 8 {
			return nil, fmt.Errorf("%w: %w", storage.ErrCorrupt, errBacking)
		}
		kept[number] = binary.BigEndian.Uint64(value)
		ok = it.Next()
	}
	return kept, it.Error()
}

// dropUnfinished removes the entries of snapshots that were not completed.
func (b *backing) dropUnfinished(kept map[uint64]uint64) (err error) {
	w := b.newBulk()
	defer func() { err = w.close(err) }()
	span := b.span(tagSnapshot)
	span.KeysOnly = true
	it, err := b.store.NewIter(span)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; {
		if len(it.Key()) < len(b.base)+17 {
			return fmt.Errorf("%w: %w", storage.ErrCorrupt, errBacking)
		}
		key := it.Key()[len(b.base):]
		number, generation := binary.BigEndian.Uint64(key[1:]), binary.BigEndian.Uint64(key[9:])
		prefix := b.prefix(Snapshot, number, generation)
		if kept[number] != generation {
			if err := w.batch.DeleteRange(prefix, storage.PrefixEnd(prefix)); err != nil {
				return err
			}
		}
		ok = it.SeekGE(storage.PrefixEnd(prefix))
	}
	if err := it.Error(); err != nil {
		return err
	}
	return w.flush()
}

// convert rewrites the backing store for another persistence than it was used
// for. Until the last batch, everything is there as it was.
func (s *Store) convert(was Persistence, unsaved []memstore.Op) (err error) {
	b := &s.backing
	w := b.newBulk()
	defer func() { err = w.close(err) }()
	to := b.persistence
	if was != None {
		kept, err := b.kept(was)
		if err != nil {
			return err
		}
		// What an earlier attempt left.
		if err := b.dropAll(w.batch, to); err != nil {
			return err
		}
		for number, generation := range kept {
			prefix := b.prefix(to, number, 1)
			err := b.each(was, number, generation, func(key, value []byte) error {
				return w.set(append(prefix[:len(prefix):len(prefix)], key...), value)
			})
			if err != nil {
				return err
			}
		}
		if err := s.writeThrough(slices.Collect(maps.Keys(kept)), unsaved, w.batch); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
		if err := b.dropAll(w.batch, was); err != nil {
			return err
		}
		for number := range kept {
			if to != Snapshot {
				break
			}
			if err := w.batch.Set(b.manifestKey(number), binary.BigEndian.AppendUint64(nil, 1)); err != nil {
				return err
			}
		}
	}
	if err := w.batch.Set(b.key(tagPersistence), binary.BigEndian.AppendUint64(nil, uint64(to))); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return b.store.Flush()
}

// dropAll removes everything that a persistence keeps.
func (b *backing) dropAll(w storage.Writer, p Persistence) error {
	tags := []byte{tagWritten}
	if p == Snapshot {
		tags = []byte{tagManifest, tagSnapshot, tagRound, tagKept}
	}
	for _, tag := range tags {
		if err := w.DeleteRange(b.key(tag), b.key(tag+1)); err != nil {
			return err
		}
	}
	return nil
}

package actor

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// writeBacking gives the backing store what a commit has for it. The caller holds mu.
func (s *Store) writeBacking(c *commit, ops []memstore.Op, with beside) (storage.Pending, error) {
	through := s.Persistence == WriteThrough && len(ops) > 0
	if with.batch == nil && !through {
		return done{}, nil
	}
	out := with.batch
	if out == nil {
		out = s.backing.store.NewBatch()
	}
	var err error
	if through {
		err = s.writeThrough(c.numbers, ops, out)
	}
	if with.keep {
		err = s.backing.writeKept(s.round, ops, out)
	}
	var pending storage.Pending
	if err == nil {
		pending, err = s.backing.store.Apply(out)
	}
	switch {
	case with.batch != nil:
		return pending, err
	case err != nil:
		return nil, errors.Join(err, out.Close())
	}
	return closing{pending, out}, nil
}

// writeKept puts writes into out that the snapshots up to round lack.
func (b *backing) writeKept(round uint64, ops []memstore.Op, out storage.Writer) error {
	kept := b.span(tagKept)
	if err := out.DeleteRange(kept.Lower, kept.Upper); err != nil {
		return err
	}
	key := func(i int) []byte { return binary.BigEndian.AppendUint32(b.key(tagKept), uint32(i)) }
	if err := out.Set(key(0), binary.BigEndian.AppendUint64(nil, round)); err != nil {
		return err
	}
	for i := range ops {
		o := &ops[i]
		record := binary.AppendUvarint([]byte{byte(o.Kind)}, uint64(len(o.Key)))
		record = append(append(record, o.Key...), o.Value...)
		if err := out.Set(key(i+1), record); err != nil {
			return err
		}
	}
	return nil
}

// readKept reads what writeKept wrote, if the last complete snapshot lacks it.
func (s *Store) readKept(was Persistence) (ops []memstore.Op, err error) {
	if was != Snapshot {
		return nil, nil
	}
	b := &s.backing
	if s.round, err = b.number(tagRound); err != nil {
		return nil, err
	}
	it, err := b.store.NewIter(b.span(tagKept))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			return nil, err
		}
		if len(it.Key()) != len(b.base)+5 {
			return nil, fmt.Errorf("%w: %w", storage.ErrCorrupt, errBacking)
		}
		if binary.BigEndian.Uint32(it.Key()[len(b.base)+1:]) > 0 {
			o, err := decodeKept(value)
			if err != nil {
				return nil, err
			}
			ops = append(ops, o)
			continue
		}
		if len(value) != 8 {
			return nil, fmt.Errorf("%w: %w", storage.ErrCorrupt, errBacking)
		}
		round := binary.BigEndian.Uint64(value)
		if round < s.round {
			return nil, nil // a snapshot that was begun later has it
		}
		s.round = round
	}
	return ops, it.Error()
}

func decodeKept(record []byte) (memstore.Op, error) {
	if len(record) > 1 && memstore.OpKind(record[0]) <= memstore.OpDeleteRange {
		n, size := binary.Uvarint(record[1:])
		if rest := record[1+max(size, 0):]; size > 0 && n <= uint64(len(rest)) {
			return memstore.Op{
				Kind: memstore.OpKind(record[0]), Key: string(rest[:n]), Value: append(make([]byte, 0, len(rest)-int(n)), rest[n:]...),
			}, nil
		}
	}
	return memstore.Op{}, fmt.Errorf("%w: %w", storage.ErrCorrupt, errBacking)
}

// replay makes writes to memory again that a snapshot lacks.
func (s *Store) replay(ops []memstore.Op) error {
	if len(ops) == 0 {
		return nil
	}
	c := s.newCommit()
	defer s.endCommit(c)
	s.prepare(c, ops)
	if err := s.lockWarm(c); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.writeMemory(c, ops)
	return nil
}

// Retain forgets the partitions that nobody keeps: what a snapshot still had though
// it is gone. It is for a store that nobody uses yet.
func (s *Store) Retain(keep func(number uint64) bool) error {
	var gone []uint64
	s.mu.Lock()
	for number, p := range s.partitions.all {
		if keep(number) {
			continue
		}
		if t := p.view.tree.Load(); t != nil {
			s.bytes -= t.Bytes()
		}
		gone = append(gone, number)
		s.partitions.remove(number)
		s.root.Delete(number)
		s.system.dir.remove(p)
	}
	s.frozen = nil
	s.mu.Unlock()
	if len(gone) == 0 || s.Persistence == None {
		return nil
	}
	b := &s.backing
	w := b.newBulk()
	var errs []error
	for _, number := range gone {
		for _, tag := range []byte{tagManifest, tagSnapshot, tagWritten} {
			prefix := binary.BigEndian.AppendUint64(b.key(tag), number)
			errs = append(errs, w.batch.DeleteRange(prefix, storage.PrefixEnd(prefix)))
		}
	}
	return w.close(errors.Join(append(errs, w.flush())...))
}

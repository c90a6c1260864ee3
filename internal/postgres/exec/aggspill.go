package exec

import (
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// aggSpill is the rows of groups that found no place in memory, divided by hash.
type aggSpill struct {
	parts *partitions
	depth int
	at    int          // partition being read
	in    *spillReader // its rows, while they are grouped
	batch *vec.Batch
	// full tells that partitions no longer take rows.
	full bool
	// above is what this one was made under, to go back to.
	above *aggSpill
}

// writing tells whether rows of new groups go to disk.
func (s *aggSpill) writing() bool { return s != nil && s.parts != nil && !s.full }

// start begins to put rows aside: at first, or while a partition of s is read.
func (s *aggSpill) start(r *run, o *aggregateOp) (*aggSpill, error) {
	depth := 0
	if s != nil {
		depth = s.depth + 1
		if depth >= maxPartitionDepth {
			return s, nil // hold it in memory, up to the statement's limit
		}
	}
	p, err := newPartitions(r.ec, o.spec.inTypes, depth)
	if err != nil {
		return s, err
	}
	n := &aggSpill{parts: p, depth: depth, at: -1, above: s}
	if s != nil {
		n.in, s.in = s.in, nil
		n.batch = s.batch
	}
	return n, nil
}

func (s *aggSpill) put(h uint64, b *vec.Batch, at int) error { return s.parts.of(h).add(b, at) }

// read gives the next rows of the partition in turn, nil at its end.
func (s *aggSpill) read(o *aggregateOp) (*vec.Batch, error) {
	if s.batch == nil {
		s.batch = vec.NewBatch(o.spec.inKinds, 0)
	}
	s.batch.Reset()
	more, err := s.in.batch(s.batch)
	if err != nil || !more {
		s.in = nil
		return nil, err
	}
	return s.batch, nil
}

// nextSpilled goes on with the next partition of rows put aside, with an empty
// table; false when there is none.
func (o *aggregateOp) nextSpilled(r *run) (bool, error) {
	for s := o.spill; s != nil; s = o.spill {
		if !s.full {
			s.full = true
			r.noteSpill(o.spec.node, s.parts.bytes())
		}
		if s.at++; s.at >= len(s.parts.files) {
			o.spill = s.above
			if err := s.parts.close(); err != nil {
				return false, err
			}
			continue
		}
		f := s.parts.files[s.at]
		if f.rows == 0 {
			continue
		}
		o.forget(r)
		var err error
		if s.in, err = f.reader(); err != nil {
			return false, err
		}
		o.loaded, o.set, o.at = false, 0, 0
		return true, nil
	}
	return false, nil
}

func (s *aggSpill) close() error {
	var err error
	for ; s != nil; s = s.above {
		err = errors.Join(err, s.parts.close())
	}
	return err
}

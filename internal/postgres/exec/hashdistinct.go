package exec

import (
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type hashDistinctSpec struct {
	node  plan.Node
	input spec
	types []types.OID
	kinds []types.Kind
}

func (c *compiler) hashDistinct(n *plan.HashDistinct) (spec, error) {
	in, err := c.node(n.Input)
	return &hashDistinctSpec{n, in, columnTypes(n.Input), kindsOf(n.Input)}, err
}

func (s *hashDistinctSpec) make() operator {
	return &hashDistinctOp{spec: s, input: s.input.make(), set: newRowSet(s.types)}
}

// hashDistinctOp lets each row through once. When the rows let through outgrow
// work_mem, further ones that are not among them go to disk by their hash; each
// part is then read with a set of its own.
type hashDistinctOp struct {
	spec  *hashDistinctSpec
	input operator
	set   *rowSet
	sel   []int32
	out   vec.Batch

	spill *distinctSpill
	batch *vec.Batch
}

// distinctSpill is rows put aside, divided by hash; above is what it was made
// under, to go on with when it is done.
type distinctSpill struct {
	parts *partitions
	depth int
	full  bool // all rows are in
	at    int  // part being read
	in    *spillReader
	above *distinctSpill
}

func (s *distinctSpill) close() error {
	var err error
	for ; s != nil; s = s.above {
		err = errors.Join(err, s.parts.close())
	}
	return err
}

func (o *hashDistinctOp) open(r *run) error {
	if err := o.discard(r); err != nil {
		return err
	}
	return o.input.open(r)
}

func (o *hashDistinctOp) discard(r *run) error {
	o.set.drop(r)
	s := o.spill
	o.spill = nil
	return s.close()
}

// source gives the next rows, of the input or of the part in turn.
func (o *hashDistinctOp) source(r *run, limit int) (*vec.Batch, error) {
	reading := o.reading()
	if reading == nil {
		return o.input.next(r, limit)
	}
	if o.batch == nil {
		o.batch = vec.NewBatch(o.spec.kinds, 0)
	}
	o.batch.Reset()
	more, err := reading.in.batch(o.batch)
	if err != nil || !more {
		return nil, err
	}
	return o.batch, nil
}

// reading is what a part is being read of, nil while the input is.
func (o *hashDistinctOp) reading() *distinctSpill {
	s := o.spill
	if s != nil && !s.full {
		s = s.above
	}
	return s
}

func (o *hashDistinctOp) next(r *run, limit int) (*vec.Batch, error) {
	for {
		if err := r.check(); err != nil {
			return nil, err
		}
		b, err := o.source(r, limit)
		if err != nil {
			return nil, err
		}
		if b == nil {
			more, err := o.nextPart(r)
			if err != nil || !more {
				return nil, err
			}
			continue
		}
		if o.sel == nil {
			o.sel = make([]int32, 0, b.Rows())
		}
		if o.sel, err = o.novel(r, b, o.sel[:0]); err != nil {
			return nil, err
		}
		o.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: o.sel}
		return &o.out, nil
	}
}

// novel gives the rows of b that come for the first time.
func (o *hashDistinctOp) novel(r *run, b *vec.Batch, sel []int32) ([]int32, error) {
	if o.spill == nil || o.spill.full {
		sel, err := o.set.novel(r, b, sel)
		if err != nil || o.set.held <= r.ec.workMem() {
			return sel, err
		}
		return sel, o.startSpill(r)
	}
	for k, h := range o.set.hash(b) {
		if at := b.Index(k); o.set.find(h, b, at) < 0 {
			if err := o.spill.parts.of(h).add(b, at); err != nil {
				return sel, err
			}
		}
	}
	return sel, nil
}

func (o *hashDistinctOp) startSpill(r *run) error {
	depth := 0
	if o.spill != nil {
		depth = o.spill.depth + 1
	}
	if depth >= maxPartitionDepth {
		return nil // hold it in memory, up to the statement's limit
	}
	p, err := newPartitions(r.ec, o.spec.types, depth)
	if err != nil {
		return err
	}
	o.spill = &distinctSpill{parts: p, depth: depth, at: -1, above: o.spill}
	return nil
}

// nextPart goes on with the next part of rows put aside; false when there is none.
func (o *hashDistinctOp) nextPart(r *run) (bool, error) {
	r.noteMemory(o.spec.node, o.set.held)
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
		o.set.drop(r)
		var err error
		s.in, err = f.reader()
		return true, err
	}
	return false, nil
}

func (o *hashDistinctOp) close(r *run) error {
	err := o.discard(r)
	if e := o.input.close(r); err == nil {
		err = e
	}
	return err
}

package exec

import (
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// joinParts are both sides of a hash join on disk, divided by the same bits of
// the hash, and the place in joining them pair by pair. Pairs whose inner side
// does not fit either are divided again, and wait in later.
type joinParts struct {
	inner, outer *partitions
	depth        int
	at           int // pair being joined
	reader       *spillReader
	batch        *vec.Batch
	later        []*joinParts
}

// spillTable moves the table built so far into files.
func (o *hashJoinOp) spillTable(r *run) (*joinParts, error) {
	p, err := o.newParts(r.ec, 0)
	if err != nil {
		return nil, err
	}
	width := len(o.spec.innerKinds)
	for e := range o.rows.n {
		c, at := o.rows.at(e)
		if err := p.inner.of(o.index.hashes[e]).add(&vec.Batch{Cols: c.Cols[:width], N: c.N}, at); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	o.forgetTable(r)
	return p, nil
}

func (o *hashJoinOp) newParts(ec *Context, depth int) (*joinParts, error) {
	p := &joinParts{depth: depth, at: -1}
	var err error
	if p.inner, err = newPartitions(ec, o.spec.innerTypes, depth); err != nil {
		return nil, err
	}
	if p.outer, err = newPartitions(ec, o.spec.outerTypes, depth); err != nil {
		return nil, errors.Join(err, p.inner.close())
	}
	return p, nil
}

// divide writes the rows of b to the partitions to, by the hash of their keys.
func (p *joinParts) divide(r *run, o *hashJoinOp, keys []evaluator, b *vec.Batch, to *partitions) error {
	cols, err := o.evalKeys(r, keys, b)
	if err != nil {
		return err
	}
	o.hashes = hashRows(o.spec.keyTypes, cols, b.N, b.Sel, o.hashes[:0])
	for k, h := range o.hashes {
		if err := to.of(h).add(b, b.Index(k)); err != nil {
			return err
		}
	}
	return nil
}

// divideOuter puts the whole outer side into files, and starts with the first pair.
func (o *hashJoinOp) divideOuter(r *run) error {
	for {
		if err := r.check(); err != nil {
			return err
		}
		b, err := o.outer.next(r, vec.MaxRows)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := o.parts.divide(r, o, o.spec.outerKeys, b, o.parts.outer); err != nil {
			return err
		}
	}
	r.noteSpill(o.spec.node, o.parts.inner.bytes()+o.parts.outer.bytes())
	_, err := o.nextPartition(r)
	return err
}

// nextPartition loads the inner side of the next pair of files; false when all
// are joined, or nothing was put into files.
func (o *hashJoinOp) nextPartition(r *run) (bool, error) {
	for o.parts != nil {
		p := o.parts
		if p.at++; p.at >= len(p.inner.files) {
			if err := p.closeFiles(); err != nil {
				return false, err
			}
			if len(p.later) == 0 {
				p.at = len(p.inner.files) // stays at the end
				return false, nil
			}
			next := p.later[len(p.later)-1]
			next.later = append(next.later, p.later[:len(p.later)-1]...)
			p.later = nil
			o.parts = next
			continue
		}
		if p.inner.files[p.at].rows == 0 && p.outer.files[p.at].rows == 0 {
			continue
		}
		again, err := o.loadPartition(r, p)
		if err != nil {
			return false, err
		}
		if !again {
			return true, nil
		}
	}
	return false, nil
}

// loadPartition builds the table of one pair; again tells that the pair was
// divided once more instead.
func (o *hashJoinOp) loadPartition(r *run, p *joinParts) (again bool, err error) {
	o.forgetTable(r)
	o.startTable()
	o.tail = 0
	in, err := p.inner.files[p.at].reader()
	if err != nil {
		return false, err
	}
	b := vec.NewBatch(o.spec.innerKinds, 0)
	for {
		if err := r.check(); err != nil {
			return false, err
		}
		b.Reset()
		more, err := in.batch(b)
		if err != nil {
			return false, err
		}
		if !more {
			break
		}
		if err := o.insert(r, b); err != nil {
			return false, err
		}
		if o.held > r.ec.workMem() && p.depth+1 < maxPartitionDepth {
			return true, o.divideAgain(r, p)
		}
	}
	p.reader, err = p.outer.files[p.at].reader()
	return false, err
}

// divideAgain divides a pair by further bits, for later.
func (o *hashJoinOp) divideAgain(r *run, p *joinParts) error {
	o.forgetTable(r)
	sub, err := o.newParts(r.ec, p.depth+1)
	if err != nil {
		return err
	}
	p.later = append(p.later, sub)
	for _, side := range []struct {
		from  *spillFile
		to    *partitions
		keys  []evaluator
		kinds []types.Kind
	}{
		{p.inner.files[p.at], sub.inner, o.spec.innerKeys, o.spec.innerKinds},
		{p.outer.files[p.at], sub.outer, o.spec.outerKeys, o.spec.outerKinds},
	} {
		in, err := side.from.reader()
		if err != nil {
			return err
		}
		b := vec.NewBatch(side.kinds, 0)
		for {
			if err := r.check(); err != nil {
				return err
			}
			b.Reset()
			more, err := in.batch(b)
			if err != nil {
				return err
			}
			if !more {
				break
			}
			if err := sub.divide(r, o, side.keys, b, side.to); err != nil {
				return err
			}
		}
	}
	return nil
}

// outerBatch gives the next outer rows of the pair being joined.
func (p *joinParts) outerBatch(o *hashJoinOp) (*vec.Batch, error) {
	if p.reader == nil {
		return nil, nil
	}
	if p.batch == nil {
		p.batch = vec.NewBatch(o.spec.outerKinds, 0)
	}
	p.batch.Reset()
	more, err := p.reader.batch(p.batch)
	if err != nil || !more {
		p.reader = nil
		return nil, err
	}
	return p.batch, nil
}

func (p *joinParts) closeFiles() error {
	err := p.inner.close()
	if e := p.outer.close(); err == nil {
		err = e
	}
	return err
}

func (p *joinParts) close() error {
	if p == nil {
		return nil
	}
	err := p.closeFiles()
	for _, l := range p.later {
		if e := l.close(); err == nil {
			err = e
		}
	}
	return err
}

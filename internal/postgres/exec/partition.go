package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// partition is the rows of one window partition with what the calls need of them.
type partition struct {
	spec *windowSpec
	rows *rowStore
	// keys are the partition and order keys of each row.
	keys *rowStore
	// peers is the peer group of each row; starts the first row of each group, and
	// one past the last row.
	peers    []int32
	starts   []int32
	args     [][][]types.Datum // per call, per row
	filtered [][]bool          // per call: the rows that FILTER lets through, nil for all
	results  [][]types.Datum   // per call
	given    int
	lastSize int64 // of the rows taken last
}

func newPartition(s *windowSpec) *partition {
	kinds := make([]types.Kind, len(s.keyTypes))
	for i, t := range s.keyTypes {
		kinds[i] = kindOf(t)
	}
	return &partition{
		spec: s, rows: newRowStore(s.inKinds), keys: newRowStore(kinds),
		args: make([][][]types.Datum, len(s.calls)), filtered: make([][]bool, len(s.calls)),
	}
}

// take adds rows of b from the from-th on as long as they belong to the
// partition. done tells that one did not.
func (p *partition) take(r *run, b *vec.Batch, from int) (n int, done bool, err error) {
	s := p.spec
	var cols []*vec.Vec
	for _, e := range append(append([]evaluator(nil), s.partition...), s.order...) {
		v, err := e.vector(r, b, b.Sel)
		if err != nil {
			return 0, false, err
		}
		cols = append(cols, v)
	}
	all := &vec.Batch{Cols: cols, N: b.N}
	var sel []int32
	for k := from; k < b.Rows(); k++ {
		at := b.Index(k)
		if p.keys.n > 0 && !p.sameKeys(cols, at, 0, len(s.partition)) {
			done = true
			break
		}
		if p.keys.n == 0 || !p.sameKeys(cols, at, len(s.partition), len(cols)) {
			p.starts = append(p.starts, int32(p.keys.n))
		}
		p.peers = append(p.peers, int32(len(p.starts)-1))
		p.keys.tail().AppendRowOf(all, at)
		p.keys.n++
		sel = append(sel, int32(at))
	}
	if len(sel) == 0 {
		return 0, done, nil
	}
	part := &vec.Batch{Cols: b.Cols, N: b.N, Sel: sel}
	p.lastSize = p.rows.add(part) + int64(len(sel))*int64(32*(len(cols)+len(s.calls)))
	return len(sel), done, p.evalArgs(r, part)
}

// sameKeys compares key columns lo to hi of a row with the last row kept.
func (p *partition) sameKeys(cols []*vec.Vec, at, lo, hi int) bool {
	c, last := p.keys.at(p.keys.n - 1)
	for k := lo; k < hi; k++ {
		if !equalAt(p.spec.keyTypes[k], c.Cols[k], last, cols[k], at) {
			return false
		}
	}
	return true
}

// evalArgs evaluates the calls' arguments over rows just added.
func (p *partition) evalArgs(r *run, b *vec.Batch) error {
	for i, call := range p.spec.calls {
		for _, at := range b.Sel {
			in := rowRef{b: b, at: int(at)}
			if call.filter != nil {
				ok, err := isTrue(r, call.filter, in)
				if err != nil {
					return err
				}
				p.filtered[i] = append(p.filtered[i], ok)
			}
			vs, err := values(r, call.args, in)
			if err != nil {
				return err
			}
			p.args[i] = append(p.args[i], vs)
		}
	}
	return nil
}

// compute evaluates all calls over the partition, once it is complete.
func (p *partition) compute(r *run) error {
	p.starts = append(p.starts, int32(p.rows.n))
	p.results = make([][]types.Datum, len(p.spec.calls))
	for i := range p.spec.calls {
		f, err := newFrames(r, p, i)
		if err != nil {
			return err
		}
		if p.results[i], err = f.results(r); err != nil {
			return err
		}
	}
	return nil
}

// give appends the next row with its results; false when all are given.
func (p *partition) give(out *vec.Batch) bool {
	if p.given >= p.rows.n {
		return false
	}
	c, at := p.rows.at(p.given)
	for i, col := range c.Cols {
		out.Cols[i].AppendFrom(col, at)
	}
	for i := range p.results {
		out.Cols[len(c.Cols)+i].Append(p.results[i][p.given])
	}
	out.N++
	p.given++
	return true
}

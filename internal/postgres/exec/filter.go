package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// sieve applies a condition to batches. Operators that have one embed it.
type sieve struct {
	sel []int32
	out vec.Batch
}

// apply gives the rows of b for which cond (nil: none) is true.
func (s *sieve) apply(r *run, cond evaluator, b *vec.Batch) (*vec.Batch, error) {
	if cond == nil || b.Rows() == 0 {
		return b, nil
	}
	if s.sel == nil {
		s.sel = make([]int32, 0, b.Rows())
	}
	s.sel = s.sel[:0]
	if b.Rows() == 1 {
		at := b.Index(0)
		ok, err := isTrue(r, cond, rowRef{b: b, at: at})
		if err != nil || ok {
			return b, err
		}
	} else {
		var err error
		if s.sel, err = choose(r, cond, b, b.Sel, s.sel); err != nil {
			return nil, err
		}
		if len(s.sel) == b.Rows() {
			return b, nil
		}
	}
	r.removed += int64(b.Rows() - len(s.sel))
	s.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: s.sel}
	return &s.out, nil
}

// pieces hands out a batch in parts, for operators that must not do more than
// what is asked for.
type pieces struct {
	from *vec.Batch
	at   int
	sel  []int32
	out  vec.Batch
}

func (p *pieces) reset() { p.from, p.at = nil, 0 }

// next gives at most limit rows of what input gives; nil at its end.
func (p *pieces) next(limit int, input func() (*vec.Batch, error)) (*vec.Batch, error) {
	if p.from == nil || p.at >= p.from.Rows() {
		b, err := input()
		if err != nil || b == nil || b.Rows() <= limit {
			p.from = nil
			return b, err
		}
		p.from, p.at = b, 0
	}
	if p.sel == nil {
		p.sel = make([]int32, 0, limit)
	}
	p.sel = p.sel[:0]
	for ; p.at < p.from.Rows() && len(p.sel) < limit; p.at++ {
		p.sel = append(p.sel, int32(p.from.Index(p.at)))
	}
	p.out = vec.Batch{Cols: p.from.Cols, N: p.from.N, Sel: p.sel}
	return &p.out, nil
}

type filterSpec struct {
	input spec
	cond  evaluator
}

func (c *compiler) filter(n *plan.Filter) (spec, error) {
	in, err := c.node(n.Input)
	if err != nil {
		return nil, err
	}
	cond, err := c.expr(n.Cond)
	return &filterSpec{in, cond}, err
}

func (s *filterSpec) make() operator { return &filterOp{spec: s, input: s.input.make()} }

type filterOp struct {
	spec  *filterSpec
	input operator
	sieve
}

func (o *filterOp) open(r *run) error { return o.input.open(r) }

func (o *filterOp) next(r *run, limit int) (*vec.Batch, error) {
	b, err := o.input.next(r, limit)
	if err != nil || b == nil {
		return nil, err
	}
	return o.apply(r, o.spec.cond, b)
}

func (o *filterOp) close(r *run) error { return o.input.close(r) }

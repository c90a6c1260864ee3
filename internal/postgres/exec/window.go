package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type windowSpec struct {
	input     spec
	inKinds   []types.Kind
	kinds     []types.Kind
	partition []evaluator
	order     []evaluator
	// keyTypes are those of partition, then of order.
	keyTypes []types.OID
	keys     []plan.SortKey
	calls    []*windowCall
}

// windowCall is a plan.WindowCall compiled.
type windowCall struct {
	call   *plan.WindowCall
	fn     *builtin.Function
	args   []evaluator
	filter evaluator
	// start and end are the bounds' offsets, nil where there are none.
	start, end evaluator
}

func (c *compiler) window(n *plan.Window) (spec, error) {
	s := &windowSpec{
		inKinds: kindsOf(n.Input), kinds: kindsOf(n), keyTypes: typesOf(n.Partition), keys: n.Order,
	}
	var err error
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	if s.partition, err = c.exprs(n.Partition); err != nil {
		return nil, err
	}
	for _, k := range n.Order {
		e, err := c.expr(k.Expr)
		if err != nil {
			return nil, err
		}
		s.order, s.keyTypes = append(s.order, e), append(s.keyTypes, k.Expr.Type())
	}
	for i := range n.Calls {
		w := &n.Calls[i]
		call := &windowCall{call: w, fn: w.Fn}
		if w.Fn.Agg == nil && w.Fn.Window == nil {
			call.fn = w.Fn.For(typesOf(w.Args), w.Type)
		}
		if call.args, err = c.exprs(w.Args); err != nil {
			return nil, err
		}
		if call.filter, err = c.optional(w.Filter); err != nil {
			return nil, err
		}
		if call.start, err = c.optional(w.Frame.Start.Offset); err != nil {
			return nil, err
		}
		if call.end, err = c.optional(w.Frame.End.Offset); err != nil {
			return nil, err
		}
		s.calls = append(s.calls, call)
	}
	return s, nil
}

func (s *windowSpec) make() operator { return &windowOp{spec: s, input: s.input.make()} }

// windowOp reads one partition at a time, and gives its rows with the results.
type windowOp struct {
	spec  *windowSpec
	input operator

	part  *partition
	batch *vec.Batch // input read ahead
	ahead int        // of batch: the first row of the next partition
	ended bool
	out   *vec.Batch
	held  int64
}

func (o *windowOp) open(r *run) error {
	o.discard(r)
	return o.input.open(r)
}

func (o *windowOp) discard(r *run) {
	r.shrink(o.held)
	o.held, o.part, o.batch, o.ahead, o.ended = 0, nil, nil, 0, false
	if o.out != nil {
		o.out.Reset()
	}
}

// readPartition collects the rows of the next partition; nil when there is none.
func (o *windowOp) readPartition(r *run) (*partition, error) {
	r.shrink(o.held)
	o.held = 0
	p := newPartition(o.spec)
	for {
		if o.batch == nil || o.ahead >= o.batch.Rows() {
			if o.ended {
				break
			}
			if err := r.check(); err != nil {
				return nil, err
			}
			b, err := o.input.next(r, vec.MaxRows)
			if err != nil {
				return nil, err
			}
			o.batch, o.ahead = b, 0
			if b == nil {
				o.ended = true
				break
			}
		}
		n, done, err := p.take(r, o.batch, o.ahead)
		if err != nil {
			return nil, err
		}
		o.ahead += n
		if n > 0 {
			size := p.lastSize
			o.held += size
			if err := r.grow(size); err != nil {
				return nil, err
			}
		}
		if done {
			break
		}
	}
	if p.rows.n == 0 {
		return nil, nil
	}
	return p, p.compute(r)
}

func (o *windowOp) next(r *run, limit int) (*vec.Batch, error) {
	for {
		if o.part == nil {
			var err error
			if o.part, err = o.readPartition(r); err != nil || o.part == nil {
				return nil, err
			}
		}
		if o.out == nil {
			o.out = vec.NewBatch(o.spec.kinds, 0)
		}
		o.out.Reset()
		for o.part != nil && o.out.N < min(limit, vec.MaxRows) {
			if !o.part.give(o.out) {
				o.part = nil
				if o.out.N > 0 {
					break
				}
			}
		}
		if o.out.N > 0 {
			return o.out, nil
		}
	}
}

func (o *windowOp) close(r *run) error {
	o.discard(r)
	return o.input.close(r)
}

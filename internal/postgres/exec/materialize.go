package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// kept is rows read once from an operator and given many times.
type kept struct {
	store *rowStore
	from  reader
	full  bool
}

// fill reads op to its end.
func (k *kept) fill(r *run, op operator, kinds []types.Kind) error {
	k.drop(r)
	k.store = newRowStore(kinds)
	for {
		b, err := op.next(r, vec.MaxRows)
		if err != nil {
			return err
		}
		if b == nil {
			k.full = true
			return nil
		}
		if err := r.grow(k.store.add(b)); err != nil {
			return err
		}
	}
}

// drop forgets the rows.
func (k *kept) drop(r *run) {
	if k.store != nil {
		r.shrink(k.store.reset())
	}
	k.from, k.full = reader{}, false
}

type materializeSpec struct {
	input spec
	kinds []types.Kind
	// pass leaves the keeping to the operator above.
	pass bool
}

func (c *compiler) materialize(n *plan.Materialize) (spec, error) {
	in, err := c.node(n.Input)
	return &materializeSpec{input: in, kinds: kindsOf(n)}, err
}

func (s *materializeSpec) make() operator { return &materializeOp{spec: s, input: s.input.make()} }

// materializeOp reads its input whole, then gives it.
type materializeOp struct {
	spec  *materializeSpec
	input operator
	rows  kept
}

func (o *materializeOp) open(r *run) error {
	o.rows.drop(r)
	return o.input.open(r)
}

func (o *materializeOp) next(r *run, limit int) (*vec.Batch, error) {
	if o.spec.pass {
		return o.input.next(r, limit)
	}
	if !o.rows.full {
		if err := o.rows.fill(r, o.input, o.spec.kinds); err != nil {
			return nil, err
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return o.rows.from.next(o.rows.store), nil
}

func (o *materializeOp) close(r *run) error {
	o.rows.drop(r)
	return o.input.close(r)
}

type appendSpec struct {
	list  []spec
	kinds []types.Kind
}

func (c *compiler) append(n *plan.Append) (spec, error) {
	s := &appendSpec{kinds: kindsOf(n)}
	for _, in := range n.List {
		sub, err := c.node(in)
		if err != nil {
			return nil, err
		}
		s.list = append(s.list, sub)
	}
	return s, nil
}

func (s *appendSpec) make() operator {
	o := &appendOp{spec: s}
	for _, in := range s.list {
		o.list = append(o.list, in.make())
	}
	return o
}

// appendOp gives one input after the other.
type appendOp struct {
	spec *appendSpec
	list []operator
	at   int
	// opened tells that the current input was started.
	opened bool
}

func (o *appendOp) open(*run) error {
	o.at, o.opened = 0, false
	return nil
}

func (o *appendOp) next(r *run, limit int) (*vec.Batch, error) {
	for ; o.at < len(o.list); o.at, o.opened = o.at+1, false {
		if !o.opened {
			if err := o.list[o.at].open(r); err != nil {
				return nil, err
			}
			o.opened = true
		}
		b, err := o.list[o.at].next(r, limit)
		if err != nil || b != nil {
			return b, err
		}
	}
	return nil, nil
}

func (o *appendOp) close(r *run) error {
	var first error
	for _, in := range o.list {
		if err := in.close(r); first == nil {
			first = err
		}
	}
	return first
}

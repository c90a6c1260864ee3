package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type virtualScanSpec struct {
	node   *plan.VirtualScan
	kinds  []types.Kind
	eq     map[int]evaluator
	filter evaluator
}

func (c *compiler) virtualScan(n *plan.VirtualScan) (spec, error) {
	s := &virtualScanSpec{node: n, kinds: kindsOf(n), eq: make(map[int]evaluator, len(n.Eq))}
	for col, e := range n.Eq {
		ev, err := c.expr(e)
		if err != nil {
			return nil, err
		}
		s.eq[col] = ev
	}
	var err error
	s.filter, err = c.optional(n.Filter)
	return s, err
}

func (s *virtualScanSpec) make() operator { return &virtualScanOp{spec: s} }

// virtualScanOp computes a table's rows at the first next.
type virtualScanOp struct {
	spec *virtualScanSpec
	rows kept
	sieve
}

func (o *virtualScanOp) open(r *run) error {
	o.rows.drop(r)
	return nil
}

func (o *virtualScanOp) fill(r *run) error {
	s := o.spec
	if r.ec.Virtual == nil {
		return pgerr.New(pgerr.FeatureNotSupported, "relation %q cannot be read here", s.node.Rel.Name)
	}
	o.rows.full, o.rows.store = true, newRowStore(s.kinds)
	eq := make(map[int]types.Datum, len(s.eq))
	for col, e := range s.eq {
		d, err := e.row(r, rowRef{b: nothing})
		if err != nil {
			return err
		}
		if d.IsNull() {
			return nil // no row has it
		}
		eq[col] = d
	}
	return r.ec.Virtual.Rows(r.ec, s.node.Rel, s.node.Columns, eq, func(row []types.Datum) error {
		if err := r.check(); err != nil {
			return err
		}
		return r.grow(o.rows.store.addRow(row))
	})
}

func (o *virtualScanOp) next(r *run, _ int) (*vec.Batch, error) {
	if !o.rows.full {
		if err := o.fill(r); err != nil {
			return nil, err
		}
	}
	b := o.rows.from.next(o.rows.store)
	if b == nil {
		return nil, nil
	}
	return o.apply(r, o.spec.filter, b)
}

func (o *virtualScanOp) close(r *run) error {
	o.rows.drop(r)
	return nil
}

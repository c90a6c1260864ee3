package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// projection computes expressions over batches.
type projection struct {
	exprs []evaluator
	types []types.OID
	// byRow is set when an expression is volatile: rows are then computed one
	// after the other, each from left to right, and no more than asked for.
	byRow bool
}

func (c *compiler) projection(es []plan.Expr) (projection, error) {
	out, err := c.exprs(es)
	return projection{exprs: out, types: typesOf(es), byRow: anyVolatile(es)}, err
}

// project fills out with the expressions over b. own is memory for columns that
// out cannot share with b or with the registers.
func (p *projection) project(r *run, b, own, out *vec.Batch) (*vec.Batch, error) {
	if p.byRow || b.Rows() == 1 {
		if own.Cols == nil {
			own.Cols = make([]*vec.Vec, len(p.types))
			for i, t := range p.types {
				own.Cols[i] = vec.New(kindOf(t), b.Rows())
			}
		}
		own.Reset()
		for k := range b.Rows() {
			in := rowRef{b: b, at: b.Index(k)}
			for i, e := range p.exprs {
				d, err := e.row(r, in)
				if err != nil {
					return nil, err
				}
				own.Cols[i].Append(d)
			}
			own.N++
		}
		return own, nil
	}
	if out.Cols == nil {
		out.Cols = make([]*vec.Vec, len(p.exprs))
	}
	out.N, out.Sel = b.N, b.Sel
	for i, e := range p.exprs {
		v, err := e.vector(r, b, b.Sel)
		if err != nil {
			return nil, err
		}
		out.Cols[i] = v
	}
	return out, nil
}

type projectSpec struct {
	input spec
	projection
}

func (c *compiler) project(n *plan.Project) (spec, error) {
	in, err := c.node(n.Input)
	if err != nil {
		return nil, err
	}
	p, err := c.projection(n.Exprs)
	return &projectSpec{in, p}, err
}

func (s *projectSpec) make() operator { return &projectOp{spec: s, input: s.input.make()} }

type projectOp struct {
	spec     *projectSpec
	input    operator
	own, out vec.Batch
	parts    pieces
}

func (o *projectOp) open(r *run) error {
	o.parts.reset()
	return o.input.open(r)
}

func (o *projectOp) next(r *run, limit int) (*vec.Batch, error) {
	var b *vec.Batch
	var err error
	if o.spec.byRow {
		b, err = o.parts.next(limit, func() (*vec.Batch, error) { return o.input.next(r, limit) })
	} else {
		b, err = o.input.next(r, limit)
	}
	if err != nil || b == nil {
		return nil, err
	}
	return o.spec.project(r, b, &o.own, &o.out)
}

func (o *projectOp) close(r *run) error {
	o.own.Reset()
	return o.input.close(r)
}

type resultSpec struct {
	projection
	filter evaluator
}

func (c *compiler) result(n *plan.Result) (spec, error) {
	es, err := c.single(n.Exprs)
	if err != nil {
		return nil, err
	}
	cond, err := c.optional(n.Filter)
	return &resultSpec{projection{exprs: es, types: typesOf(n.Exprs)}, cond}, err
}

func (s *resultSpec) make() operator { return &resultOp{spec: s} }

// resultOp gives one row without looking at any.
type resultOp struct {
	spec     *resultSpec
	own, out vec.Batch
	done     bool
}

// nothing is the row without columns that a Result computes over.
var nothing = &vec.Batch{N: 1}

func (o *resultOp) open(*run) error {
	o.done = false
	return nil
}

func (o *resultOp) next(r *run, _ int) (*vec.Batch, error) {
	if o.done {
		return nil, nil
	}
	o.done = true
	if o.spec.filter != nil {
		ok, err := isTrue(r, o.spec.filter, rowRef{b: nothing})
		if err != nil || !ok {
			return nil, err
		}
	}
	return o.spec.project(r, nothing, &o.own, &o.out)
}

func (o *resultOp) close(*run) error {
	o.own.Reset()
	return nil
}

type valuesSpec struct {
	rows  [][]evaluator
	kinds []types.Kind
}

func (c *compiler) values(n *plan.Values) (spec, error) {
	s := &valuesSpec{rows: make([][]evaluator, len(n.Rows)), kinds: kindsOf(n)}
	for i, row := range n.Rows {
		var err error
		if s.rows[i], err = c.single(row); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *valuesSpec) make() operator { return &valuesOp{spec: s} }

type valuesOp struct {
	spec *valuesSpec
	at   int
	out  *vec.Batch
}

func (o *valuesOp) open(*run) error {
	o.at = 0
	return nil
}

func (o *valuesOp) next(r *run, limit int) (*vec.Batch, error) {
	if o.at >= len(o.spec.rows) {
		return nil, nil
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if o.out == nil {
		o.out = vec.NewBatch(o.spec.kinds, min(limit, len(o.spec.rows)))
	}
	o.out.Reset()
	for ; o.at < len(o.spec.rows) && o.out.N < limit; o.at++ {
		for i, e := range o.spec.rows[o.at] {
			d, err := e.row(r, rowRef{b: nothing})
			if err != nil {
				return nil, err
			}
			o.out.Cols[i].Append(d)
		}
		o.out.N++
	}
	return o.out, nil
}

func (o *valuesOp) close(*run) error {
	if o.out != nil {
		o.out.Reset()
	}
	return nil
}

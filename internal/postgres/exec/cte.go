package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type withSpec struct {
	ctes  []cteSpec
	input spec
}

type cteSpec struct {
	id       int
	plan     spec
	kinds    []types.Kind
	modifies bool
}

func (c *compiler) with(n *plan.With) (spec, error) {
	s := &withSpec{}
	for _, cte := range n.CTEs {
		p, err := c.node(cte.Plan)
		if err != nil {
			return nil, err
		}
		s.ctes = append(s.ctes, cteSpec{cte.ID, p, kindsOf(cte.Plan), cte.Modifies})
		c.ctes = max(c.ctes, cte.ID+1)
	}
	var err error
	s.input, err = c.node(n.Input)
	return s, err
}

func (s *withSpec) make() operator { return &withOp{spec: s, input: s.input.make()} }

// withOp gives its input's rows; the CTEs are read by the scans in it.
type withOp struct {
	spec  *withSpec
	input operator
}

func (o *withOp) open(r *run) error {
	for i := range o.spec.ctes {
		s := &o.spec.ctes[i]
		if c := r.ctes[s.id]; c == nil {
			r.ctes[s.id] = &cteState{spec: s, op: s.plan.make()}
		} else {
			c.spec = s
			c.drop(r)
		}
	}
	return o.input.open(r)
}

func (o *withOp) next(r *run, limit int) (*vec.Batch, error) { return o.input.next(r, limit) }

func (o *withOp) close(r *run) error { return o.input.close(r) }

// cteState is a CTE in an execution: its rows are read from its plan as scans
// want them, at most once.
type cteState struct {
	spec    *cteSpec
	op      operator
	store   *rowStore
	started bool
	ended   bool
	reading bool
}

// more reads further rows; false at the end.
func (c *cteState) more(r *run) (bool, error) {
	if c.ended {
		return false, nil
	}
	if c.reading {
		return false, pgerr.New(pgerr.InternalError, "a common table expression reads itself")
	}
	c.reading = true
	defer func() { c.reading = false }()
	if !c.started {
		c.started, c.store = true, newRowStore(c.spec.kinds)
		if err := c.op.open(r); err != nil {
			return false, err
		}
	}
	b, err := c.op.next(r, vec.MaxRows)
	if err != nil {
		return false, err
	}
	if b == nil {
		c.ended = true
		return false, nil
	}
	return true, r.grow(c.store.add(b))
}

func (c *cteState) drop(r *run) {
	if c.store != nil {
		r.shrink(c.store.reset())
	}
	c.started, c.ended, c.reading = false, false, false
}

func (c *cteState) close(r *run) error {
	c.drop(r)
	return c.op.close(r)
}

// finishCTEs runs data-modifying CTEs to their end, whether or not anything read
// them.
func (r *run) finishCTEs() error {
	for _, c := range r.ctes {
		if c == nil || !c.spec.modifies {
			continue
		}
		for more := true; more; {
			var err error
			if more, err = c.more(r); err != nil {
				return err
			}
		}
	}
	return nil
}

type cteScanSpec struct {
	id     int
	work   bool
	filter evaluator
}

func (c *compiler) cteScan(n *plan.CTEScan) (spec, error) {
	if n.Work {
		c.workScans++
	}
	c.ctes = max(c.ctes, n.ID+1)
	cond, err := c.optional(n.Filter)
	return &cteScanSpec{n.ID, n.Work, cond}, err
}

func (s *cteScanSpec) make() operator { return &cteScanOp{spec: s} }

// cteScanOp reads a CTE's rows, or the working table of a recursive one.
type cteScanOp struct {
	spec *cteScanSpec
	at   int // rows read
	part vec.Batch
	sieve
}

func (o *cteScanOp) open(*run) error {
	o.at = 0
	return nil
}

func (o *cteScanOp) next(r *run, _ int) (*vec.Batch, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	store := r.works[o.spec.id]
	if !o.spec.work {
		c := r.ctes[o.spec.id]
		if c == nil {
			return nil, pgerr.New(pgerr.InternalError, "common table expression %d is not there", o.spec.id)
		}
		for c.store == nil || o.at >= c.store.n {
			more, err := c.more(r)
			if err != nil || !more {
				return nil, err
			}
		}
		store = c.store
	}
	if store == nil || o.at >= store.n {
		return nil, nil
	}
	b, from := store.at(o.at)
	o.at += b.N - from
	if from == 0 {
		o.part = vec.Batch{Cols: b.Cols, N: b.N}
	} else {
		o.part = vec.Batch{Cols: b.Cols, N: b.N, Sel: rowNumbers[from:b.N]}
	}
	return o.apply(r, o.spec.filter, &o.part)
}

func (o *cteScanOp) close(*run) error { return nil }

type recursiveUnionSpec struct {
	id          int
	start, step spec
	all         bool
	types       []types.OID
	kinds       []types.Kind
}

func (c *compiler) recursiveUnion(n *plan.RecursiveUnion) (spec, error) {
	c.ctes = max(c.ctes, n.ID+1)
	start, err := c.node(n.Start)
	if err != nil {
		return nil, err
	}
	step, err := c.node(n.Step)
	return &recursiveUnionSpec{n.ID, start, step, n.All, columnTypes(n), kindsOf(n)}, err
}

func (s *recursiveUnionSpec) make() operator {
	o := &recursiveUnionOp{spec: s, start: s.start.make(), step: s.step.make()}
	if !s.all {
		o.seen = newRowSet(s.types)
	}
	return o
}

// recursiveUnionOp gives Start's rows, then Step's over the rows of the round
// before, until a round gives nothing.
type recursiveUnionOp struct {
	spec        *recursiveUnionSpec
	start, step operator
	seen        *rowSet
	fresh       *rowStore // rows of this round
	stepping    bool
	ended       bool
	sel         []int32
	out         vec.Batch
}

func (o *recursiveUnionOp) open(r *run) error {
	o.drop(r)
	o.fresh = newRowStore(o.spec.kinds)
	return o.start.open(r)
}

func (o *recursiveUnionOp) drop(r *run) {
	o.seen.drop(r)
	if o.fresh != nil {
		r.shrink(o.fresh.reset())
	}
	if w := r.works[o.spec.id]; w != nil {
		r.shrink(w.reset())
	}
	o.stepping, o.ended = false, false
}

func (o *recursiveUnionOp) next(r *run, limit int) (*vec.Batch, error) {
	for !o.ended {
		if err := r.check(); err != nil {
			return nil, err
		}
		from := o.start
		if o.stepping {
			from = o.step
		}
		b, err := from.next(r, limit)
		if err != nil {
			return nil, err
		}
		if b == nil {
			if err := o.round(r); err != nil {
				return nil, err
			}
			continue
		}
		if o.seen != nil {
			if o.sel == nil {
				o.sel = make([]int32, 0, b.Rows())
			}
			if o.sel, err = o.seen.novel(r, b, o.sel[:0]); err != nil {
				return nil, err
			}
			o.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: o.sel}
			b = &o.out
		}
		if b.Rows() == 0 {
			continue
		}
		return b, r.grow(o.fresh.add(b))
	}
	return nil, nil
}

// round makes the rows just given the working table, and starts Step over it.
func (o *recursiveUnionOp) round(r *run) error {
	if o.fresh.n == 0 {
		o.ended = true
		return nil
	}
	if w := r.works[o.spec.id]; w != nil {
		r.shrink(w.reset())
	}
	r.works[o.spec.id], o.fresh = o.fresh, newRowStore(o.spec.kinds)
	o.stepping = true
	return o.step.open(r)
}

func (o *recursiveUnionOp) close(r *run) error {
	o.drop(r)
	err := o.start.close(r)
	if e := o.step.close(r); err == nil {
		err = e
	}
	return err
}

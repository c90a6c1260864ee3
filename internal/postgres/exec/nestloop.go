package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type nestLoopSpec struct {
	joinShape
	binds []bindEval
	// keep has the inner side read once and kept; it does not depend on the outer row.
	keep bool
}

func (c *compiler) nestLoop(n *plan.NestLoop) (spec, error) {
	s := &nestLoopSpec{}
	var err error
	if s.binds, err = c.binds(n.Binds); err != nil {
		return nil, err
	}
	if s.joinShape, err = c.joinShape(n.Kind, n.Outer, n.Inner, n.Cond); err != nil {
		return nil, err
	}
	if s.keep = len(s.binds) == 0; s.keep {
		if m, ok := s.inner.(*materializeSpec); ok {
			m.pass = true // the join keeps the rows itself
		}
	}
	if s.keepsInner() && len(s.binds) > 0 {
		return nil, pgerr.New(pgerr.InternalError, "a right or full join cannot depend on its outer row")
	}
	return s, nil
}

func (s *nestLoopSpec) make() operator {
	return &nestLoopOp{spec: s, outer: s.outer.make(), inner: s.inner.make()}
}

// nestLoopOp runs the inner side for every outer row.
type nestLoopOp struct {
	spec         *nestLoopSpec
	outer, inner operator
	joinRows

	rows    kept
	matches []bool // per inner row of rows, for right and full joins

	batch   *vec.Batch // outer
	at      int        // of the rows of batch
	running bool       // the inner side is being read for that row
	matched bool

	from  *vec.Batch // inner
	base  int        // number of from's first row in rows
	sel   []int32    // rows of from still to pair
	ended bool       // the outer side gave all
	tail  int        // next inner row to look at for a match
}

func (o *nestLoopOp) open(r *run) error {
	o.rows.drop(r)
	o.matches = o.matches[:0]
	o.batch, o.at, o.running, o.sel, o.ended, o.tail = nil, 0, false, nil, false, 0
	return o.outer.open(r)
}

func (o *nestLoopOp) next(r *run, limit int) (*vec.Batch, error) {
	o.begin(&o.spec.joinShape)
	limit = min(limit, vec.MaxRows)
	for o.out.N < limit {
		switch {
		case len(o.sel) > 0:
			n := min(len(o.sel), o.room())
			o.pair(o.batch, o.batch.Index(o.at), o.from, o.sel[:n])
			o.sel = o.sel[n:]
		case o.running:
			if err := o.step(r); err != nil {
				return nil, err
			}
		case o.ended:
			if !o.spec.keepsInner() || o.tail >= len(o.matches) {
				return o.rest()
			}
			if !o.matches[o.tail] {
				o.innerOnly(o.rows.store.at(o.tail))
			}
			o.tail++
		case o.batch != nil && o.at < o.batch.Rows():
			if err := o.startInner(r); err != nil {
				return nil, err
			}
		default:
			if o.out.N > 0 && o.batch != nil {
				return o.out, nil // before the outer side is asked, which may take long
			}
			b, err := o.outer.next(r, limit)
			if err != nil {
				return nil, err
			}
			o.batch, o.at = b, 0
			if b == nil {
				if err := o.finish(r); err != nil {
					return nil, err
				}
			}
		}
	}
	return o.out, nil
}

// rest gives what is left at the end.
func (o *nestLoopOp) rest() (*vec.Batch, error) {
	if o.out.N > 0 {
		return o.out, nil
	}
	return nil, nil
}

// finish notes the outer side's end; a right or full join needs the inner rows
// even if there was no outer one.
func (o *nestLoopOp) finish(r *run) error {
	o.ended = true
	if o.spec.keepsInner() && !o.rows.full {
		return o.fill(r)
	}
	return nil
}

func (o *nestLoopOp) fill(r *run) error {
	if err := o.inner.open(r); err != nil {
		return err
	}
	if err := o.rows.fill(r, o.inner, o.spec.innerKinds); err != nil {
		return err
	}
	if o.spec.keepsInner() {
		o.matches = make([]bool, o.rows.store.n)
	}
	return nil
}

func (o *nestLoopOp) startInner(r *run) error {
	if err := r.check(); err != nil {
		return err
	}
	o.running, o.matched = true, false
	if o.spec.keep {
		if !o.rows.full {
			if err := o.fill(r); err != nil {
				return err
			}
		}
		o.rows.from, o.base = reader{}, 0
		return nil
	}
	if err := fillSlots(r, o.spec.binds, rowRef{b: o.batch, at: o.batch.Index(o.at)}); err != nil {
		return err
	}
	return o.inner.open(r)
}

// step reads the inner side once for the current outer row.
func (o *nestLoopOp) step(r *run) error {
	var err error
	if o.spec.keep {
		if o.from != nil && o.rows.from.at > 0 {
			o.base += o.from.N
		}
		o.from = o.rows.from.next(o.rows.store)
	} else {
		want := vec.MaxRows
		if !o.spec.pairs() && o.spec.cond == nil {
			want = 1
		}
		o.from, err = o.inner.next(r, want)
	}
	if err != nil {
		return err
	}
	at := o.batch.Index(o.at)
	if o.from == nil {
		o.running = false
		if !o.matched && (o.spec.keepsOuter() || o.spec.kind == plan.Anti) {
			o.outerOnly(o.batch, at)
		}
		o.at++
		return nil
	}
	if o.from.Rows() == 0 {
		return nil
	}
	sel, err := o.choose(r, &o.spec.joinShape, o.batch, at, o.from)
	if err != nil || len(sel) == 0 {
		return err
	}
	o.matched = true
	if !o.spec.pairs() {
		if o.spec.kind == plan.Semi {
			o.outerOnly(o.batch, at)
		}
		o.running = false
		o.at++
		return nil
	}
	if o.spec.keepsInner() {
		for _, i := range sel {
			o.matches[o.base+int(i)] = true
		}
	}
	o.sel = sel
	return nil
}

func (o *nestLoopOp) close(r *run) error {
	o.rows.drop(r)
	o.reset()
	o.from, o.batch = nil, nil
	err := o.outer.close(r)
	if e := o.inner.close(r); err == nil {
		err = e
	}
	return err
}

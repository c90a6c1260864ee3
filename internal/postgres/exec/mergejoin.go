package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type mergeJoinSpec struct {
	joinShape
	outerKeys, innerKeys []evaluator
	keyTypes             []types.OID
}

func (c *compiler) mergeJoin(n *plan.MergeJoin) (spec, error) {
	s := &mergeJoinSpec{keyTypes: n.KeyTypes}
	var err error
	if s.joinShape, err = c.joinShape(n.Kind, n.Outer, n.Inner, n.Cond); err != nil {
		return nil, err
	}
	if s.outerKeys, err = c.exprs(n.OuterKeys); err != nil {
		return nil, err
	}
	s.innerKeys, err = c.exprs(n.InnerKeys)
	return s, err
}

func (s *mergeJoinSpec) make() operator {
	return &mergeJoinOp{
		spec:  s,
		outer: mergeSide{op: s.outer.make(), exprs: s.outerKeys},
		inner: mergeSide{op: s.inner.make(), exprs: s.innerKeys},
	}
}

// mergeSide reads one sorted input row by row, with its keys.
type mergeSide struct {
	op    operator
	exprs []evaluator
	batch *vec.Batch
	at    int
	keys  []types.Datum
	null  bool // a key is NULL
	ended bool
}

func (m *mergeSide) open(r *run) error {
	m.batch, m.at, m.ended = nil, 0, false
	return m.op.open(r)
}

// advance moves to the next row.
func (m *mergeSide) advance(r *run) error {
	m.at++
	for m.batch == nil || m.at >= m.batch.Rows() {
		if err := r.check(); err != nil {
			return err
		}
		b, err := m.op.next(r, vec.MaxRows)
		if err != nil {
			return err
		}
		m.batch, m.at = b, 0
		if b == nil {
			m.ended = true
			return nil
		}
	}
	m.keys, m.null = m.keys[:0], false
	in := rowRef{b: m.batch, at: m.batch.Index(m.at)}
	for _, e := range m.exprs {
		d, err := e.row(r, in)
		if err != nil {
			return err
		}
		m.null = m.null || d.IsNull()
		m.keys = append(m.keys, d)
	}
	return nil
}

// mergeJoinOp joins two inputs in the order of their keys. Inner rows with equal
// keys are held as a group, which each outer row with these keys is joined with.
type mergeJoinOp struct {
	spec         *mergeJoinSpec
	outer, inner mergeSide
	joinRows
	started bool

	group    *rowStore
	groupKey []types.Datum
	found    []bool // per row of the group
	held     int64

	matching bool // the outer row is being joined with the group
	matched  bool
	chunk    reader
	from     *vec.Batch
	base     int
	sel      []int32

	tail    int // row of the group to look at for a match
	tailing bool
}

func (o *mergeJoinOp) open(r *run) error {
	o.drop(r)
	if err := o.inner.open(r); err != nil {
		return err
	}
	return o.outer.open(r)
}

func (o *mergeJoinOp) drop(r *run) {
	o.forgetGroup(r)
	o.started, o.matching, o.tailing, o.sel, o.tail = false, false, false, nil, 0
	o.reset()
}

func (o *mergeJoinOp) forgetGroup(r *run) {
	r.shrink(o.held)
	o.held, o.found, o.groupKey = 0, o.found[:0], o.groupKey[:0]
	if o.group == nil {
		o.group = newRowStore(o.spec.innerKinds)
	}
	o.group.reset()
}

// readGroup collects the next inner rows with equal keys.
func (o *mergeJoinOp) readGroup(r *run) error {
	o.forgetGroup(r)
	if o.inner.ended {
		return nil
	}
	o.groupKey = append(o.groupKey, o.inner.keys...)
	row := make([]types.Datum, 0, len(o.spec.innerKinds))
	for !o.inner.ended && o.compare(o.inner.keys) == 0 {
		row = o.inner.batch.Row(o.inner.at, row)
		n := o.group.addRow(row)
		o.found = append(o.found, false)
		o.held += n
		if err := r.grow(n); err != nil {
			return err
		}
		if err := o.inner.advance(r); err != nil {
			return err
		}
	}
	return nil
}

// compare orders keys against the group's, NULL last.
func (o *mergeJoinOp) compare(keys []types.Datum) int {
	for i, t := range o.spec.keyTypes {
		if c := types.CompareNulls(t, keys[i], o.groupKey[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (o *mergeJoinOp) next(r *run, limit int) (*vec.Batch, error) {
	if !o.started {
		o.started = true
		if err := o.inner.advance(r); err != nil {
			return nil, err
		}
		if err := o.readGroup(r); err != nil {
			return nil, err
		}
		if err := o.outer.advance(r); err != nil {
			return nil, err
		}
	}
	o.begin(&o.spec.joinShape)
	limit = min(limit, vec.MaxRows)
	for o.out.N < limit {
		var err error
		switch {
		case len(o.sel) > 0:
			n := min(len(o.sel), o.room())
			o.pair(o.outer.batch, o.outer.batch.Index(o.outer.at), o.from, o.sel[:n])
			o.sel = o.sel[n:]
		case o.matching:
			err = o.step(r)
		case o.tailing:
			err = o.giveUnmatched(r)
		case o.outer.ended && o.group.n == 0:
			if o.out.N == 0 {
				return nil, nil
			}
			return o.out, nil
		case o.outer.ended:
			o.tailing, o.tail = true, 0
		case o.group.n == 0:
			err = o.finishOuter(r)
		default:
			err = o.align(r)
		}
		if err != nil {
			return nil, err
		}
	}
	return o.out, nil
}

// align compares the outer row with the group, and moves on what is behind.
func (o *mergeJoinOp) align(r *run) error {
	switch c := o.compare(o.outer.keys); {
	case c > 0:
		o.tailing, o.tail = true, 0
	case c < 0 || o.outer.null:
		o.matched = false
		return o.finishOuter(r)
	default:
		o.matching, o.matched = true, false
		o.chunk, o.base, o.from = reader{}, 0, nil
	}
	return nil
}

// step joins the outer row with the next chunk of the group.
func (o *mergeJoinOp) step(r *run) error {
	if o.from != nil {
		o.base += o.from.N
	}
	o.from = o.chunk.next(o.group)
	if o.from == nil {
		o.matching = false
		return o.finishOuter(r)
	}
	sel, err := o.choose(r, &o.spec.joinShape, o.outer.batch, o.outer.batch.Index(o.outer.at), o.from)
	if err != nil || len(sel) == 0 {
		return err
	}
	o.matched = true
	if !o.spec.pairs() {
		o.matching = false
		return o.finishOuter(r)
	}
	for _, i := range sel {
		o.found[o.base+int(i)] = true
	}
	o.sel = sel
	return nil
}

// finishOuter gives the outer row itself if the join's kind says so, and moves on.
func (o *mergeJoinOp) finishOuter(r *run) error {
	want := o.spec.kind == plan.Semi
	if o.matched == want && (want || o.spec.kind == plan.Anti || o.spec.keepsOuter()) {
		o.outerOnly(o.outer.batch, o.outer.batch.Index(o.outer.at))
	}
	o.matched = false
	return o.outer.advance(r)
}

// giveUnmatched gives a row of the group that had no match, or at the group's end
// reads the next one.
func (o *mergeJoinOp) giveUnmatched(r *run) error {
	if o.spec.keepsInner() {
		for ; o.tail < o.group.n; o.tail++ {
			if !o.found[o.tail] {
				c, at := o.group.at(o.tail)
				o.innerOnly(c, at)
				o.tail++
				return nil
			}
		}
	}
	o.tailing = false
	return o.readGroup(r)
}

func (o *mergeJoinOp) close(r *run) error {
	o.drop(r)
	o.outer.batch, o.inner.batch = nil, nil
	err := o.outer.op.close(r)
	if e := o.inner.op.close(r); err == nil {
		err = e
	}
	return err
}

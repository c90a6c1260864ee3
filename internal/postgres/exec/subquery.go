package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// subqueryEval is a sub-select in an expression. Without binds it is computed
// once per execution and remembered.
type subqueryEval struct {
	result
	id    int // its state in the run
	kind  plan.SubqueryKind
	plan  spec
	binds []bindEval
	left  []evaluator
	op    string
	fns   []comparison
	eqs   []comparison // for row orderings
	elem  types.OID
	types []types.OID
	names []string
	// hashed tells = ANY over one column of a type that can be probed as a set.
	hashed types.OID
	// depends says that the result depends on slots (its own binds or those of an
	// enclosing part of the plan), so that it is computed anew every time.
	depends bool
}

// bindEval fills a slot before a part of the plan runs.
type bindEval struct {
	slot int
	expr evaluator
}

// subState is a sub-select's state in one execution.
type subState struct {
	op    operator
	ready bool
	value types.Datum // Exists, Scalar, ArrayOf, RowOf
	rows  [][]types.Datum
	set   *datumSet
	null  bool // a NULL is among set's values
	held  int64
}

func (s *subState) close(r *run) error {
	r.shrink(s.held)
	op := s.op
	*s = subState{op: op}
	if op == nil {
		return nil
	}
	return op.close(r)
}

func fillSlots(r *run, binds []bindEval, in rowRef) error {
	for _, b := range binds {
		d, err := b.expr.row(r, in)
		if err != nil {
			return err
		}
		r.slots[b.slot] = d
	}
	return nil
}

func (e *subqueryEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	if !e.depends && len(e.left) == 0 {
		if err := e.compute(r); err != nil {
			return nil, err
		}
		return e.fill(r, r.subs[e.id].value, b.N), nil
	}
	return e.byRow(r, e, b, sel)
}

func (e *subqueryEval) row(r *run, in rowRef) (types.Datum, error) {
	s := &r.subs[e.id]
	if e.depends {
		if err := fillSlots(r, e.binds, in); err != nil {
			return types.Null, err
		}
		s.ready = false
	}
	switch e.kind {
	case plan.Any, plan.All:
		left, err := values(r, e.left, in)
		if err != nil {
			return types.Null, err
		}
		if e.depends {
			return e.compareAll(r, left)
		}
		if err := e.compute(r); err != nil {
			return types.Null, err
		}
		return e.compareKept(r, left)
	default:
		if err := e.compute(r); err != nil {
			return types.Null, err
		}
		return s.value, nil
	}
}

// each runs the sub-select and gives its rows to f until it wants no more.
func (e *subqueryEval) each(r *run, limit int, f func(b *vec.Batch, at int) (more bool, err error)) error {
	s := &r.subs[e.id]
	if s.op == nil {
		s.op = e.plan.make()
	}
	if err := s.op.open(r); err != nil {
		return err
	}
	for {
		b, err := s.op.next(r, limit)
		if err != nil || b == nil {
			return err
		}
		for i := range b.Rows() {
			if more, err := f(b, b.Index(i)); err != nil || !more {
				return err
			}
		}
	}
}

// compute evaluates the sub-select unless its result is there.
func (e *subqueryEval) compute(r *run) error {
	s := &r.subs[e.id]
	if s.ready {
		return nil
	}
	r.shrink(s.held)
	s.value, s.held = types.Null, 0
	var err error
	switch e.kind {
	case plan.Exists:
		s.value = types.Bool(false)
		err = e.each(r, 1, func(*vec.Batch, int) (bool, error) {
			s.value = types.Bool(true)
			return false, nil
		})
	case plan.Scalar:
		n := 0
		err = e.each(r, 2, func(b *vec.Batch, at int) (bool, error) {
			if n++; n > 1 {
				return false, tooManyRows()
			}
			s.value = b.Cols[0].Get(at)
			return true, nil
		})
	case plan.RowOf:
		n := 0
		err = e.each(r, 2, func(b *vec.Batch, at int) (bool, error) {
			if n++; n > 1 {
				return false, tooManyRows()
			}
			s.value = e.record(b, at)
			return true, nil
		})
	case plan.ArrayOf:
		err = e.array(r, s)
	default:
		err = e.keep(r, s)
	}
	s.ready = err == nil
	return err
}

func tooManyRows() error {
	return pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
}

func (e *subqueryEval) record(b *vec.Batch, at int) types.Datum {
	rec := &types.Record{Type: types.RecordOID, Types: e.types, Names: e.names, Fields: make([]types.Datum, len(e.types))}
	for i := range rec.Fields {
		rec.Fields[i] = b.Cols[i].Get(at)
	}
	return types.RecordDatum(rec)
}

func (e *subqueryEval) array(r *run, s *subState) error {
	var items []types.Datum
	err := e.each(r, vec.MaxRows, func(b *vec.Batch, at int) (bool, error) {
		d := b.Cols[0].Get(at)
		items = append(items, d)
		n := datumSize(d)
		s.held += n
		return true, r.grow(n)
	})
	if err != nil {
		return err
	}
	s.value, err = newArray(e.elem, items, types.ElemOf(e.types[0]) != 0)
	return err
}

// keep remembers the rows of an uncorrelated ANY or ALL.
func (e *subqueryEval) keep(r *run, s *subState) error {
	s.rows, s.set, s.null = nil, nil, false
	if e.hashed != 0 {
		s.set = newDatumSet(e.hashed)
	}
	return e.each(r, vec.MaxRows, func(b *vec.Batch, at int) (bool, error) {
		var n int64
		if s.set != nil {
			d := b.Cols[0].Get(at)
			if d.IsNull() {
				s.null = true
				return true, nil
			}
			if s.set.add(d) {
				n = datumSize(d) + 24
			}
		} else {
			row := make([]types.Datum, len(e.fns))
			for i := range row {
				row[i] = b.Cols[i].Get(at)
				n += datumSize(row[i])
			}
			s.rows = append(s.rows, row)
		}
		s.held += n
		return true, r.grow(n)
	})
}

// compareKept compares left with the rows that keep remembered.
func (e *subqueryEval) compareKept(r *run, left []types.Datum) (types.Datum, error) {
	s := &r.subs[e.id]
	if s.set != nil {
		switch x := left[0]; {
		case s.set.n == 0 && !s.null:
			return types.Bool(false), nil
		case x.IsNull():
			return types.Null, nil
		case s.set.has(x):
			return types.Bool(true), nil
		case s.null:
			return types.Null, nil
		}
		return types.Bool(false), nil
	}
	acc := e.start()
	for _, row := range s.rows {
		if more, err := acc.add(r, left, func(i int) (types.Datum, error) { return row[i], nil }); err != nil || !more {
			return acc.value(), err
		}
	}
	return acc.value(), nil
}

// compareAll runs the sub-select for this row alone.
func (e *subqueryEval) compareAll(r *run, left []types.Datum) (types.Datum, error) {
	acc := e.start()
	err := e.each(r, vec.MaxRows, func(b *vec.Batch, at int) (bool, error) {
		return acc.add(r, left, func(i int) (types.Datum, error) { return b.Cols[i].Get(at), nil })
	})
	return acc.value(), err
}

// quantifier accumulates ANY or ALL over rows, three-valued.
type quantifier struct {
	e             *subqueryEval
	decided, null bool
}

func (e *subqueryEval) start() *quantifier { return &quantifier{e: e} }

func (q *quantifier) add(r *run, left []types.Datum, right func(i int) (types.Datum, error)) (more bool, err error) {
	all := q.e.kind == plan.All
	d, err := compareRows(r, q.e.op, q.e.fns, q.e.eqs, func(i int) (types.Datum, error) { return left[i], nil }, right)
	switch {
	case err != nil:
		return false, err
	case d.IsNull():
		q.null = true
	case d.Bool() != all:
		q.decided = true
		return false, nil
	}
	return true, nil
}

func (q *quantifier) value() types.Datum {
	all := q.e.kind == plan.All
	switch {
	case q.decided:
		return types.Bool(!all)
	case q.null:
		return types.Null
	}
	return types.Bool(all)
}

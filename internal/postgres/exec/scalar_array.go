package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// scalarArrayEval is left op ANY|ALL (array).
type scalarArrayEval struct {
	result
	left, array evaluator
	op          comparison
	all         bool
	// probes tells = ANY of an array that is the same throughout the execution:
	// columns are looked up in a set of its elements, kept as this memo.
	probes bool
	memo   int
}

func (e *scalarArrayEval) row(r *run, in rowRef) (types.Datum, error) {
	x, err := e.left.row(r, in)
	if err != nil {
		return types.Null, err
	}
	d, err := e.array.row(r, in)
	if err != nil || d.IsNull() {
		return types.Null, err
	}
	return anyOrAll(r, e.op, e.all, x, d.Array().Items)
}

// probe looks for x among the elements of a set.
func (m *memo) probe(x types.Datum) types.Datum {
	switch {
	case m.set.n == 0 && !m.setNull:
		return types.Bool(false)
	case x.IsNull():
		return types.Null
	case m.set.has(x):
		return types.Bool(true)
	case m.setNull:
		return types.Null
	}
	return types.Bool(false)
}

// minProbed is how many elements make a set worth its while.
const minProbed = 4

func (e *scalarArrayEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	if !e.probes || countOf(sel, b.N) == 0 {
		return e.byRow(r, e, b, sel)
	}
	m := &r.memos[e.memo]
	if !m.ready {
		d, err := e.array.row(r, rowRef{b: nothing})
		if err != nil {
			return nil, err
		}
		m.ready = true
		if m.value = d; !d.IsNull() && len(d.Array().Items) >= minProbed {
			m.fill(e.op.same, d.Array().Items)
		}
	}
	if m.set == nil {
		return e.byRow(r, e, b, sel)
	}
	return e.byRowOf(r, e.left, b, sel, m.probe)
}

// fill makes the set.
func (m *memo) fill(typ types.OID, items []types.Datum) {
	m.set = newDatumSet(typ)
	for _, d := range items {
		if d.IsNull() {
			m.setNull = true
			continue
		}
		m.set.add(d)
	}
}

// anyOrAll compares x with each item, three-valued.
func anyOrAll(r *run, op comparison, all bool, x types.Datum, items []types.Datum) (types.Datum, error) {
	null := false
	for _, it := range items {
		d, err := op.apply(r, x, it)
		switch {
		case err != nil:
			return types.Null, err
		case d.IsNull():
			null = true
		case d.Bool() != all:
			return d, nil
		}
	}
	if null {
		return types.Null, nil
	}
	return types.Bool(all), nil
}

// datumSet is a set of values of one type, none of them NULL.
type datumSet struct {
	typ  types.OID
	ints map[int64]struct{}
	rest map[uint64][]types.Datum
	n    int
}

func newDatumSet(typ types.OID) *datumSet {
	s := &datumSet{typ: typ}
	if k := kindOf(typ); k == types.KindInt {
		s.ints = make(map[int64]struct{})
	} else {
		s.rest = make(map[uint64][]types.Datum)
	}
	return s
}

// add puts d in, and reports whether it is new.
func (s *datumSet) add(d types.Datum) bool {
	if s.has(d) {
		return false
	}
	s.n++
	if s.ints != nil {
		s.ints[d.Int()] = struct{}{}
		return true
	}
	h := types.Hash(s.typ, d)
	s.rest[h] = append(s.rest[h], d)
	return true
}

func (s *datumSet) has(d types.Datum) bool {
	if s.ints != nil {
		_, ok := s.ints[d.Int()]
		return ok
	}
	for _, x := range s.rest[types.Hash(s.typ, d)] {
		if types.Equal(s.typ, x, d) {
			return true
		}
	}
	return false
}

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
	// set, when given, holds the elements of a constant array for = ANY; setNull
	// tells that a NULL is among them.
	set     *datumSet
	setNull bool
}

func (e *scalarArrayEval) row(r *run, in rowRef) (types.Datum, error) {
	x, err := e.left.row(r, in)
	if err != nil {
		return types.Null, err
	}
	if e.set != nil {
		return e.probe(x), nil
	}
	d, err := e.array.row(r, in)
	if err != nil || d.IsNull() {
		return types.Null, err
	}
	return anyOrAll(r, e.op, e.all, x, d.Array().Items)
}

func (e *scalarArrayEval) probe(x types.Datum) types.Datum {
	switch {
	case x.IsNull():
		return types.Null
	case e.set.has(x):
		return types.Bool(true)
	case e.setNull:
		return types.Null
	}
	return types.Bool(false)
}

func (e *scalarArrayEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	if e.set != nil {
		return e.byRowOf(r, e.left, b, sel, e.probe)
	}
	return e.byRow(r, e, b, sel)
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

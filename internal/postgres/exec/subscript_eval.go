package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// subEval is one subscript compiled; nil parts were left off.
type subEval struct{ lower, upper evaluator }

// subscriptEval is arg[…], arg[l:u], or with store an assignment.
type subscriptEval struct {
	result
	arg   evaluator
	subs  []subEval
	slice bool
	store evaluator
	elem  types.OID // element type of an array
	jsonb bool
}

func (e *subscriptEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRow(r, e, b, sel)
}

func (e *subscriptEval) row(r *run, in rowRef) (types.Datum, error) {
	d, err := e.arg.row(r, in)
	if err != nil {
		return types.Null, err
	}
	if e.jsonb {
		return e.inJSONB(r, in, d)
	}
	subs, null, err := e.bounds(r, in)
	if err != nil {
		return types.Null, err
	}
	if e.store != nil {
		return e.assign(r, in, d, subs, null)
	}
	if null || d.IsNull() {
		return types.Null, nil
	}
	if e.slice {
		return slice(d.Array(), subs), nil
	}
	return element(d.Array(), subs), nil
}

// bounds evaluates the subscripts; null tells that one is NULL.
func (e *subscriptEval) bounds(r *run, in rowRef) (subs []bound, null bool, err error) {
	subs = make([]bound, len(e.subs))
	read := func(x evaluator) (int, bool, error) {
		if x == nil {
			return 0, false, nil
		}
		d, err := x.row(r, in)
		if err != nil {
			return 0, false, err
		}
		if d.IsNull() {
			null = true
			return 0, false, nil
		}
		n, err := subscriptInt(d)
		return n, true, err
	}
	for i, s := range e.subs {
		b := &subs[i]
		if b.lower, b.hasLower, err = read(s.lower); err != nil {
			return nil, false, err
		}
		if b.upper, b.hasUpper, err = read(s.upper); err != nil {
			return nil, false, err
		}
		if e.slice && s.lower == nil && s.upper != nil && e.mixed() {
			b.lower, b.hasLower = 1, true // a[2:3][4] means [1:4]
		}
	}
	return subs, null, nil
}

// mixed tells a slice in which some subscript is a plain index.
func (e *subscriptEval) mixed() bool {
	for _, s := range e.subs {
		if s.lower != nil {
			return true
		}
	}
	return false
}

func (e *subscriptEval) assign(r *run, in rowRef, d types.Datum, subs []bound, null bool) (types.Datum, error) {
	v, err := e.store.row(r, in)
	if err != nil {
		return types.Null, err
	}
	if null {
		return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "array subscript in assignment must not be null")
	}
	var a *types.Array
	if !d.IsNull() {
		a = d.Array()
	}
	if !e.slice {
		return storeElement(a, e.elem, subs, v)
	}
	if v.IsNull() {
		return d, nil
	}
	return storeSlice(a, e.elem, subs, v.Array())
}

func (e *subscriptEval) inJSONB(r *run, in rowRef, d types.Datum) (types.Datum, error) {
	if e.store != nil || e.slice {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "assigning to a jsonb subscript is not supported")
	}
	if d.IsNull() {
		return types.Null, nil
	}
	j := d.JSONB()
	for _, s := range e.subs {
		sub, err := s.upper.row(r, in)
		if err != nil || sub.IsNull() {
			return types.Null, err
		}
		if j = jsonbAt(j, sub); j == nil {
			return types.Null, nil
		}
	}
	return types.JSONBDatum(j), nil
}

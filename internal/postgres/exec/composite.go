package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// rowOnly evaluates columns row by row, for expressions over composite values.
type rowOnly struct {
	result
	f func(r *run, in rowRef) (types.Datum, error)
}

func (e *rowOnly) row(r *run, in rowRef) (types.Datum, error) { return e.f(r, in) }

func (e *rowOnly) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRow(r, e, b, sel)
}

// values evaluates expressions for one row into a new slice.
func values(r *run, es []evaluator, in rowRef) ([]types.Datum, error) {
	out := make([]types.Datum, len(es))
	for i, e := range es {
		d, err := e.row(r, in)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// newArray makes the value of ARRAY[…]; with nested, of arrays that must agree
// in their dimensions.
func newArray(elem types.OID, items []types.Datum, nested bool) (types.Datum, error) {
	if !nested {
		a := &types.Array{Elem: elem, Items: items}
		if len(items) > 0 {
			a.Dims = []types.Dim{{Length: len(items), Lower: 1}}
		}
		return types.ArrayDatum(a), nil
	}
	out := &types.Array{Elem: elem}
	var inner []types.Dim
	empty := 0
	for i, d := range items {
		if d.IsNull() || len(d.Array().Dims) == 0 {
			empty++ // as an empty array: they are dropped if all are
			continue
		}
		a := d.Array()
		if inner == nil {
			inner = a.Dims
			if empty > 0 {
				return types.Null, mismatchedArrays()
			}
		} else if empty > 0 || !sameLengths(inner, a.Dims) {
			return types.Null, mismatchedArrays()
		}
		if i == 0 {
			out.Items = make([]types.Datum, 0, len(items)*len(a.Items))
		}
		out.Items = append(out.Items, a.Items...)
	}
	if inner == nil {
		return types.ArrayDatum(out), nil
	}
	if empty > 0 {
		return types.Null, mismatchedArrays()
	}
	if len(inner) >= maxDims {
		return types.Null, pgerr.New(pgerr.ProgramLimitExceeded,
			"number of array dimensions (%d) exceeds the maximum allowed (%d)", len(inner)+1, maxDims)
	}
	out.Dims = append([]types.Dim{{Length: len(items), Lower: 1}}, inner...)
	return types.ArrayDatum(out), nil
}

// maxDims is PostgreSQL's MAXDIM.
const maxDims = 6

func sameLengths(a, b []types.Dim) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Length != b[i].Length {
			return false
		}
	}
	return true
}

func mismatchedArrays() error {
	return pgerr.New(pgerr.ArraySubscriptError,
		"multidimensional arrays must have array expressions with matching dimensions")
}

// field takes a field of a row value; NULL of a NULL row.
func field(d types.Datum, i int) types.Datum {
	if d.IsNull() || d.Kind() != types.KindRecord {
		return types.Null
	}
	if fs := d.Record().Fields; i < len(fs) {
		return fs[i]
	}
	return types.Null
}

// rowCompareEval compares two rows column by column.
type rowCompareEval struct {
	result
	op          string
	left, right []evaluator
	fns, eqs    []comparison
}

func (e *rowCompareEval) row(r *run, in rowRef) (types.Datum, error) {
	return compareRows(r, e.op, e.fns, e.eqs,
		func(i int) (types.Datum, error) { return e.left[i].row(r, in) },
		func(i int) (types.Datum, error) { return e.right[i].row(r, in) })
}

func (e *rowCompareEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	return e.byRow(r, e, b, sel)
}

// compareRows applies op to rows given column by column: = and <> are three-
// valued over all columns; the orderings are decided by the first columns that
// are not equal, and NULL if that is not known.
func compareRows(r *run, op string, fns, eqs []comparison, left, right func(i int) (types.Datum, error)) (types.Datum, error) {
	null := false
	for i := range fns {
		a, err := left(i)
		if err != nil {
			return types.Null, err
		}
		b, err := right(i)
		if err != nil {
			return types.Null, err
		}
		if len(fns) == 1 {
			// One column is compared by the operator itself, whichever it is.
			return fns[0].apply(r, a, b)
		}
		switch op {
		case "=", "<>":
			d, err := fns[i].apply(r, a, b)
			switch {
			case err != nil:
				return types.Null, err
			case d.IsNull():
				null = true
			case d.Bool() == (op == "<>"):
				return d, nil
			}
		default:
			if a.IsNull() || b.IsNull() {
				return types.Null, nil
			}
			same, err := eqs[i].holds(r, a, b)
			if err != nil {
				return types.Null, err
			}
			if !same {
				return fns[i].apply(r, a, b)
			}
		}
	}
	switch {
	case null:
		return types.Null, nil
	case op == "=", op == "<=", op == ">=":
		return types.Bool(true), nil
	default:
		return types.Bool(false), nil
	}
}

package exec

import (
	"math"
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// bound is one subscript evaluated: Lower is given for slices only.
type bound struct {
	lower, upper       int
	hasLower, hasUpper bool
}

// offsetOf is the position of an element in row-major order, false if a
// subscript is out of range.
func offsetOf(a *types.Array, subs []bound) (int, bool) {
	if len(subs) != len(a.Dims) {
		return 0, false
	}
	at := 0
	for i, d := range a.Dims {
		n := subs[i].upper - d.Lower
		if n < 0 || n >= d.Length {
			return 0, false
		}
		at = at*d.Length + n
	}
	return at, true
}

// element is a[…]; NULL when out of range, as PostgreSQL has it.
func element(a *types.Array, subs []bound) types.Datum {
	if at, ok := offsetOf(a, subs); ok {
		return a.Items[at]
	}
	return types.Null
}

// slice is a[l:u]…; what lies outside the array is left out, and subscripts
// left off mean the whole dimension.
func slice(a *types.Array, subs []bound) types.Datum {
	empty := types.ArrayDatum(&types.Array{Elem: a.Elem})
	if len(a.Dims) == 0 || len(subs) > len(a.Dims) {
		return empty
	}
	out := &types.Array{Elem: a.Elem, Dims: make([]types.Dim, len(a.Dims))}
	from := make([]int, len(a.Dims))
	for i, d := range a.Dims {
		lo, hi := d.Lower, d.Lower+d.Length-1
		if i < len(subs) {
			if subs[i].hasLower {
				lo = max(lo, subs[i].lower)
			}
			if subs[i].hasUpper {
				hi = min(hi, subs[i].upper)
			}
		}
		if lo > hi {
			return empty
		}
		from[i] = lo - d.Lower
		out.Dims[i] = types.Dim{Length: hi - lo + 1, Lower: 1}
	}
	walk(a.Dims, out.Dims, from, func(at int) { out.Items = append(out.Items, a.Items[at]) })
	return types.ArrayDatum(out)
}

// walk visits the elements of a box within dims in row-major order.
func walk(dims, box []types.Dim, from []int, visit func(at int)) {
	var step func(dim, at int)
	step = func(dim, at int) {
		for i := range box[dim].Length {
			next := at*dims[dim].Length + from[dim] + i
			if dim == len(dims)-1 {
				visit(next)
			} else {
				step(dim+1, next)
			}
		}
	}
	step(0, 0)
}

// maxArrayItems bounds the elements of an array grown by assignment.
const maxArrayItems = 1 << 27

// storeElement is a copy of a with a[…] = v. A one-dimensional array grows, the
// gap filled with NULLs.
func storeElement(a *types.Array, elem types.OID, subs []bound, v types.Datum) (types.Datum, error) {
	if a == nil || len(a.Dims) == 0 {
		out := &types.Array{Elem: elem, Items: []types.Datum{v}}
		for _, s := range subs {
			out.Dims = append(out.Dims, types.Dim{Length: 1, Lower: s.upper})
		}
		return types.ArrayDatum(out), nil
	}
	out := &types.Array{Elem: a.Elem, Dims: append([]types.Dim(nil), a.Dims...)}
	if at, ok := offsetOf(a, subs); ok {
		out.Items = append([]types.Datum(nil), a.Items...)
		out.Items[at] = v
		return types.ArrayDatum(out), nil
	}
	if len(a.Dims) != 1 || len(subs) != 1 {
		return types.Null, outOfRange()
	}
	d, at := a.Dims[0], subs[0].upper
	lo, hi := min(d.Lower, at), max(d.Lower+d.Length-1, at)
	if hi-lo >= maxArrayItems {
		return types.Null, tooLarge()
	}
	out.Dims[0] = types.Dim{Length: hi - lo + 1, Lower: lo}
	out.Items = make([]types.Datum, hi-lo+1)
	copy(out.Items[d.Lower-lo:], a.Items)
	out.Items[at-lo] = v
	return types.ArrayDatum(out), nil
}

// storeSlice is a copy of the one-dimensional a with a[l:u] = v.
func storeSlice(a *types.Array, elem types.OID, subs []bound, v *types.Array) (types.Datum, error) {
	if len(subs) != 1 || (a != nil && len(a.Dims) > 1) {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "updates on slices of multidimensional arrays are not supported")
	}
	if a == nil || len(a.Dims) == 0 {
		a = &types.Array{Elem: elem}
	}
	lo, hi := subs[0].lower, subs[0].upper
	if !subs[0].hasLower || !subs[0].hasUpper {
		if len(a.Dims) == 0 {
			return types.Null, pgerr.New(pgerr.ArraySubscriptError, "array slice subscript must provide both boundaries").
				WithDetail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.")
		}
		if !subs[0].hasLower {
			lo = a.Dims[0].Lower
		}
		if !subs[0].hasUpper {
			hi = a.Dims[0].Lower + a.Dims[0].Length - 1
		}
	}
	if lo > hi {
		return types.Null, pgerr.New(pgerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
	}
	if hi-lo >= maxArrayItems {
		return types.Null, tooLarge()
	}
	if len(v.Items) < hi-lo+1 {
		return types.Null, pgerr.New(pgerr.ArraySubscriptError, "source array too small")
	}
	first, last := lo, hi
	if len(a.Dims) == 1 {
		first, last = min(lo, a.Dims[0].Lower), max(hi, a.Dims[0].Lower+a.Dims[0].Length-1)
	}
	if last-first >= maxArrayItems {
		return types.Null, tooLarge()
	}
	out := &types.Array{
		Elem: a.Elem, Dims: []types.Dim{{Length: last - first + 1, Lower: first}},
		Items: make([]types.Datum, last-first+1),
	}
	if len(a.Dims) == 1 {
		copy(out.Items[a.Dims[0].Lower-first:], a.Items)
	}
	copy(out.Items[lo-first:], v.Items[:hi-lo+1])
	return types.ArrayDatum(out), nil
}

func outOfRange() error {
	return pgerr.New(pgerr.ArraySubscriptError, "array subscript out of range")
}

func tooLarge() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxArrayItems)
}

// jsonbAt is one step into a jsonb value by a subscript, text or number.
func jsonbAt(j *types.JSONB, sub types.Datum) *types.JSONB {
	switch j.Kind {
	case types.JSONObject:
		key := subscriptText(sub)
		for i := range j.Keys {
			if j.Keys[i] == key {
				return &j.Items[i]
			}
		}
	case types.JSONArray:
		n, err := strconv.Atoi(subscriptText(sub))
		if err != nil {
			return nil
		}
		if n < 0 {
			n += len(j.Items)
		}
		if n >= 0 && n < len(j.Items) {
			return &j.Items[n]
		}
	}
	return nil
}

func subscriptText(d types.Datum) string {
	if d.Kind() == types.KindInt {
		return strconv.FormatInt(d.Int(), 10)
	}
	return d.Str()
}

// subscriptInt reads an array subscript.
func subscriptInt(d types.Datum) (int, error) {
	if n := d.Int(); n >= math.MinInt32 && n <= math.MaxInt32 {
		return int(n), nil
	}
	return 0, pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
}

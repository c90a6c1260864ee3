package builtin

import (
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func arraySubscript(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerr.ArraySubscriptError, format, args...)
}

// dimension is a dimension counted from 1, false if the array has none such.
func dimension(a *types.Array, n int64) (types.Dim, bool) {
	if n < 1 || n > int64(len(a.Dims)) {
		return types.Dim{}, false
	}
	return a.Dims[n-1], true
}

func dimInfo(of func(types.Dim) int) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		d, ok := dimension(a[0].Array(), a[1].Int())
		if !ok {
			return types.Null, nil
		}
		return types.Int(int64(of(d))), nil
	}
}

func arrayDims(_ *Context, a []types.Datum) (types.Datum, error) {
	arr := a[0].Array()
	if len(arr.Dims) == 0 {
		return types.Null, nil
	}
	var sb strings.Builder
	for _, d := range arr.Dims {
		sb.WriteString("[" + strconv.Itoa(d.Lower) + ":" + strconv.Itoa(d.Lower+d.Length-1) + "]")
	}
	return types.Text(sb.String()), nil
}

func arrayNDims(_ *Context, a []types.Datum) (types.Datum, error) {
	n := len(a[0].Array().Dims)
	if n == 0 {
		return types.Null, nil
	}
	return types.Int(int64(n)), nil
}

func cardinality(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Int(int64(len(a[0].Array().Items))), nil
}

// elemOf is the element type of a call's array argument or result.
func elemOf(oids ...types.OID) types.OID {
	for _, oid := range oids {
		if e := types.ElemOf(oid); e != 0 {
			return e
		}
	}
	return types.TextOID
}

// arrayAppend adds an element at an end; a NULL array counts as empty.
func arrayAppend(atEnd bool) func(args []types.OID, ret types.OID) Func {
	return func(_ []types.OID, ret types.OID) Func {
		elem := elemOf(ret)
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			arr, item := a[0], a[1]
			if !atEnd {
				arr, item = a[1], a[0]
			}
			var items []types.Datum
			lower := 1
			if !arr.IsNull() {
				v := arr.Array()
				if len(v.Dims) > 1 {
					return types.Null, pgerr.New(pgerr.DataException, "argument must be empty or one-dimensional array")
				}
				items = v.Items
				if len(v.Dims) == 1 {
					lower = v.Dims[0].Lower
				}
			}
			out := make([]types.Datum, 0, len(items)+1)
			if atEnd {
				out = append(append(out, items...), item)
			} else {
				out = append(append(out, item), items...)
			}
			r := types.NewArray(elem, out)
			r.Dims[0].Lower = lower
			return types.ArrayDatum(r), nil
		}
	}
}

func incompatibleArrays(detail string, args ...any) error {
	return arraySubscript("cannot concatenate incompatible arrays").WithDetail(detail, args...)
}

func arrayConcat(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return a[1], nil
	}
	if a[1].IsNull() {
		return a[0], nil
	}
	x, y := a[0].Array(), a[1].Array()
	switch {
	case len(x.Items) == 0:
		return a[1], nil
	case len(y.Items) == 0:
		return a[0], nil
	}
	r := &types.Array{Elem: x.Elem, Items: append(append([]types.Datum(nil), x.Items...), y.Items...)}
	sameInner := func(p, q []types.Dim) bool {
		for i := range p {
			if p[i] != q[i] {
				return false
			}
		}
		return true
	}
	switch len(x.Dims) - len(y.Dims) {
	case 0:
		if !sameInner(x.Dims[1:], y.Dims[1:]) {
			return types.Null, incompatibleArrays("Arrays with differing element dimensions are not compatible for concatenation.")
		}
		r.Dims = append([]types.Dim(nil), x.Dims...)
		r.Dims[0].Length += y.Dims[0].Length
	case -1:
		if !sameInner(x.Dims, y.Dims[1:]) {
			return types.Null, incompatibleArrays("Arrays with differing dimensions are not compatible for concatenation.")
		}
		r.Dims = append([]types.Dim(nil), y.Dims...)
		r.Dims[0].Length++
	case 1:
		if !sameInner(x.Dims[1:], y.Dims) {
			return types.Null, incompatibleArrays("Arrays with differing dimensions are not compatible for concatenation.")
		}
		r.Dims = append([]types.Dim(nil), x.Dims...)
		r.Dims[0].Length++
	default:
		return types.Null, incompatibleArrays(
			"Arrays of %d and %d dimensions are not compatible for concatenation.", len(x.Dims), len(y.Dims))
	}
	return types.ArrayDatum(r), nil
}

func sameElement(elem types.OID, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return types.Equal(elem, a, b)
}

// arrayPosition finds the first place of an element, from a subscript on.
func arrayPosition(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported,
			"searching for elements in multidimensional arrays is not supported")
	}
	if len(arr.Items) == 0 {
		return types.Null, nil
	}
	lower, from := arr.Dims[0].Lower, 0
	if len(a) > 2 {
		if a[2].IsNull() {
			return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "initial position must not be null")
		}
		from = max(int(a[2].Int())-lower, 0)
	}
	for i := from; i < len(arr.Items); i++ {
		if sameElement(arr.Elem, arr.Items[i], a[1]) {
			return types.Int(int64(lower + i)), nil
		}
	}
	return types.Null, nil
}

func arrayPositions(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported,
			"searching for elements in multidimensional arrays is not supported")
	}
	var found []types.Datum
	for i, d := range arr.Items {
		if sameElement(arr.Elem, d, a[1]) {
			found = append(found, types.Int(int64(arr.Dims[0].Lower+i)))
		}
	}
	return types.ArrayDatum(types.NewArray(types.Int4OID, found)), nil
}

func arrayRemove(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported,
			"removing elements from multidimensional arrays is not supported")
	}
	var kept []types.Datum
	for _, d := range arr.Items {
		if !sameElement(arr.Elem, d, a[1]) {
			kept = append(kept, d)
		}
	}
	if len(kept) == len(arr.Items) {
		return a[0], nil
	}
	r := types.NewArray(arr.Elem, kept)
	if len(kept) > 0 {
		r.Dims[0].Lower = arr.Dims[0].Lower
	}
	return types.ArrayDatum(r), nil
}

func arrayReplace(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	r := &types.Array{Elem: arr.Elem, Dims: arr.Dims, Items: make([]types.Datum, len(arr.Items))}
	for i, d := range arr.Items {
		if sameElement(arr.Elem, d, a[1]) {
			d = a[2]
		}
		r.Items[i] = d
	}
	return types.ArrayDatum(r), nil
}

// maxFill bounds array_fill.
const maxFill = 1 << 24

func arrayFill(_ []types.OID, ret types.OID) Func {
	elem := elemOf(ret)
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if a[1].IsNull() || len(a) > 2 && a[2].IsNull() {
			return types.Null, pgerr.New(pgerr.NullValueNotAllowed,
				"dimension array or low bound array cannot be null")
		}
		dims := a[1].Array()
		var lower *types.Array
		if len(a) > 2 {
			lower = a[2].Array()
		}
		for _, v := range []*types.Array{dims, lower} {
			if v == nil {
				continue
			}
			if len(v.Dims) > 1 {
				return types.Null, arraySubscript("wrong number of array subscripts").WithDetail(
					"Dimension array must be one dimensional.")
			}
			for _, d := range v.Items {
				if d.IsNull() {
					return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "dimension values cannot be null")
				}
			}
		}
		if lower != nil && len(lower.Items) != len(dims.Items) {
			return types.Null, arraySubscript("wrong number of array subscripts").WithDetail(
				"Low bound array has different size than dimensions array.")
		}
		if len(dims.Items) > 6 {
			return types.Null, pgerr.New(pgerr.ProgramLimitExceeded,
				"number of array dimensions (%d) exceeds the maximum allowed (6)", len(dims.Items))
		}
		r := &types.Array{Elem: elem}
		total := int64(1)
		for i, d := range dims.Items {
			dim := types.Dim{Length: int(d.Int()), Lower: 1}
			if lower != nil {
				dim.Lower = int(lower.Items[i].Int())
			}
			if dim.Length < 0 || total*max(d.Int(), 1) > maxFill {
				return types.Null, pgerr.New(pgerr.ProgramLimitExceeded,
					"array size exceeds the maximum allowed (%d)", maxFill)
			}
			total *= d.Int()
			r.Dims = append(r.Dims, dim)
		}
		if total == 0 || len(dims.Items) == 0 {
			return types.ArrayDatum(&types.Array{Elem: elem}), nil
		}
		r.Items = make([]types.Datum, total)
		for i := range r.Items {
			r.Items[i] = a[0]
		}
		return types.ArrayDatum(r), nil
	}
}

func trimArray(_ *Context, a []types.Datum) (types.Datum, error) {
	arr, n := a[0].Array(), a[1].Int()
	length := 0
	if len(arr.Dims) > 0 {
		length = arr.Dims[0].Length
	}
	if n < 0 || n > int64(length) {
		return types.Null, pgerr.New(pgerr.ArraySubscriptError,
			"number of elements to trim must be between 0 and %d", length)
	}
	keep := length - int(n)
	if keep == 0 {
		return types.ArrayDatum(&types.Array{Elem: arr.Elem}), nil
	}
	r := &types.Array{Elem: arr.Elem, Dims: append([]types.Dim(nil), arr.Dims...)}
	r.Dims[0] = types.Dim{Length: keep, Lower: 1}
	r.Items = arr.Items[:len(arr.Items)/length*keep]
	for i := range r.Dims {
		r.Dims[i].Lower = 1
	}
	return types.ArrayDatum(r), nil
}

// contains tells whether every element of b is in a; NULLs match nothing.
func contains(a, b *types.Array) bool {
	for _, y := range b.Items {
		found := false
		for _, x := range a.Items {
			if !x.IsNull() && !y.IsNull() && types.Equal(a.Elem, x, y) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func overlap(a, b *types.Array) bool {
	for _, y := range b.Items {
		for _, x := range a.Items {
			if !x.IsNull() && !y.IsNull() && types.Equal(a.Elem, x, y) {
				return true
			}
		}
	}
	return false
}

func arrayTest(test func(a, b *types.Array) bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Bool(test(a[0].Array(), a[1].Array())), nil
	}
}

// joinArray is array_to_string: NULLs are left out, or stand as the third argument.
func joinArray(c *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() || a[1].IsNull() {
		return types.Null, nil
	}
	arr, sep := a[0].Array(), a[1].Str()
	var b []byte
	first := true
	for _, d := range arr.Items {
		if d.IsNull() && (len(a) < 3 || a[2].IsNull()) {
			continue
		}
		if !first {
			b = append(b, sep...)
		}
		first = false
		if d.IsNull() {
			b = append(b, a[2].Str()...)
		} else {
			b = types.AppendText(b, arr.Elem, d, c.format())
		}
		if len(b) > maxText {
			return types.Null, tooLong()
		}
	}
	return types.Bytes(b), nil
}

// splitText cuts text by a separator: NULL cuts every character; the empty one
// does not cut. Pieces equal to the third argument are NULL.
func splitText(a []types.Datum) []types.Datum {
	s := a[0].Str()
	if s == "" {
		return nil
	}
	var parts []string
	switch {
	case a[1].IsNull():
		parts = strings.Split(s, "")
	case a[1].Str() == "":
		parts = []string{s}
	default:
		parts = strings.Split(s, a[1].Str())
	}
	items := make([]types.Datum, len(parts))
	for i, p := range parts {
		items[i] = types.Text(p)
		if len(a) > 2 && !a[2].IsNull() && a[2].Str() == p {
			items[i] = types.Null
		}
	}
	return items
}

func textToArray(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	return types.ArrayDatum(types.NewArray(types.TextOID, splitText(a))), nil
}

func textToTable(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	if a[0].IsNull() {
		return nil
	}
	return emitAll(splitText(a), emit)
}

func emitAll(items []types.Datum, emit func([]types.Datum) error) error {
	for _, d := range items {
		if err := emit([]types.Datum{d}); err != nil {
			return err
		}
	}
	return nil
}

func unnest(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	return emitAll(a[0].Array().Items, emit)
}

func generateSubscripts(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	d, ok := dimension(a[0].Array(), a[1].Int())
	if !ok {
		return nil
	}
	for i := range d.Length {
		v := d.Lower + i
		if len(a) > 2 && a[2].Bool() {
			v = d.Lower + d.Length - 1 - i
		}
		if err := emit([]types.Datum{types.Int(int64(v))}); err != nil {
			return err
		}
	}
	return nil
}

func init() {
	Provide(map[string]Func{
		"array_length": dimInfo(func(d types.Dim) int { return d.Length }),
		"array_lower":  dimInfo(func(d types.Dim) int { return d.Lower }),
		"array_upper":  dimInfo(func(d types.Dim) int { return d.Lower + d.Length - 1 }),
		"array_dims":   arrayDims, "array_ndims": arrayNDims, "array_cardinality": cardinality,
		"array_cat": arrayConcat, "array_position": arrayPosition, "array_position_start": arrayPosition,
		"array_positions": arrayPositions, "array_remove": arrayRemove, "array_replace": arrayReplace,
		"trim_array": trimArray, "arraycontains": arrayTest(contains), "arrayoverlap": arrayTest(overlap),
		"arraycontained": arrayTest(func(a, b *types.Array) bool { return contains(b, a) }),
		"array_to_text":  joinArray, "array_to_text_null": joinArray,
		"text_to_array": textToArray, "text_to_array_null": textToArray,
	})
	provideBind(map[string]func(args []types.OID, ret types.OID) Func{
		"array_append": arrayAppend(true), "array_prepend": arrayAppend(false),
		"array_fill": arrayFill, "array_fill_with_lower_bounds": arrayFill,
	})
	ProvideSet(map[string]SetFunc{
		"array_unnest": unnest, "text_to_table": textToTable, "text_to_table_null": textToTable,
		"generate_subscripts": generateSubscripts, "generate_subscripts_nodir": generateSubscripts,
	})
}

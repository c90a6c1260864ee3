package vec

import "github.com/orbit-server/orbit/internal/postgres/types"

// Begin sets the length to n for a kernel that fills every entry it names:
// entries are unspecified and none is NULL.
func (v *Vec) Begin(n int) {
	if v.Nulls != nil {
		v.spare, v.Nulls = v.Nulls, nil
	}
	switch v.Class {
	case ClassInt:
		v.Ints = atLeast(v.Ints, n)
	case ClassFloat:
		v.Floats = atLeast(v.Floats, n)
	default:
		v.Datums = atLeast(v.Datums, n)
	}
	v.n = n
}

// WithNulls gives Nulls, made of false if there were none.
func (v *Vec) WithNulls() []bool {
	if v.Nulls == nil {
		v.Nulls = v.blank(v.n)
	}
	return v.Nulls
}

// blank is n falses, in the memory of an earlier Nulls if it is large enough.
func (v *Vec) blank(n int) []bool {
	if v.spare == nil || cap(v.spare) < n {
		return make([]bool, n, max(n, 16))
	}
	s := v.spare[:n]
	v.spare = nil
	clear(s)
	return s
}

func atLeast[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return make([]T, n)
}

// AppendFrom adds entry i of src.
func (v *Vec) AppendFrom(src *Vec, i int) {
	null := src.Nulls != nil && src.Nulls[i]
	if null && v.Nulls == nil {
		v.Nulls = v.blank(v.n)
	}
	if v.Nulls != nil {
		v.Nulls = append(v.Nulls, null)
	}
	switch {
	case v.Class == ClassInt && src.Class == ClassInt:
		v.Ints = append(v.Ints, src.Ints[i])
	case v.Class == ClassFloat && src.Class == ClassFloat:
		v.Floats = append(v.Floats, src.Floats[i])
	default:
		v.appendValue(src.Get(i))
	}
	v.n++
}

// appendValue adds a datum to the values alone.
func (v *Vec) appendValue(d types.Datum) {
	switch v.Class {
	case ClassInt:
		v.Ints = append(v.Ints, d.Int())
	case ClassFloat:
		v.Floats = append(v.Floats, d.Float())
	default:
		v.Datums = append(v.Datums, d)
	}
}

// AppendSel adds the entries of src that sel lists, the first n when sel is nil.
func (v *Vec) AppendSel(src *Vec, sel []int32, n int) {
	if sel != nil {
		n = len(sel)
	}
	if n == 0 {
		return
	}
	if src.Nulls != nil || v.Nulls != nil {
		if v.Nulls == nil {
			v.Nulls = v.blank(v.n)
		}
		switch {
		case src.Nulls == nil:
			v.Nulls = append(v.Nulls, make([]bool, n)...)
		case sel == nil:
			v.Nulls = append(v.Nulls, src.Nulls[:n]...)
		default:
			for _, i := range sel {
				v.Nulls = append(v.Nulls, src.Nulls[i])
			}
		}
	}
	switch {
	case v.Class != src.Class:
		for i := range n {
			at := i
			if sel != nil {
				at = int(sel[i])
			}
			v.appendValue(src.Get(at))
		}
	case v.Class == ClassInt:
		v.Ints = appendSel(v.Ints, src.Ints, sel, n)
	case v.Class == ClassFloat:
		v.Floats = appendSel(v.Floats, src.Floats, sel, n)
	default:
		v.Datums = appendSel(v.Datums, src.Datums, sel, n)
	}
	v.n += n
}

func appendSel[T any](dst, src []T, sel []int32, n int) []T {
	if sel == nil {
		return append(dst, src[:n]...)
	}
	for _, i := range sel {
		dst = append(dst, src[i])
	}
	return dst
}

// AppendRepeat adds d n times.
func (v *Vec) AppendRepeat(d types.Datum, n int) {
	for range n {
		v.Append(d)
	}
}

// AppendBatch adds the rows of src that count to a batch without a selection.
func (b *Batch) AppendBatch(src *Batch) {
	for i, c := range b.Cols {
		c.AppendSel(src.Cols[i], src.Sel, src.N)
	}
	b.N += src.Rows()
}

// AppendRowOf adds the row at position at (not counted by src's selection).
func (b *Batch) AppendRowOf(src *Batch, at int) {
	for i, c := range b.Cols {
		c.AppendFrom(src.Cols[i], at)
	}
	b.N++
}

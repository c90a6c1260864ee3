package vec

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// MaxRows is the most rows a batch carries.
const MaxRows = 1024

// Class is how a column's values are stored.
type Class uint8

// Classes: booleans, integers, dates and times share ClassInt; floats have
// their own; all else is kept as datums.
const (
	ClassInt Class = iota
	ClassFloat
	ClassDatum
)

// ClassOf is the class for a type's physical kind.
func ClassOf(k types.Kind) Class {
	switch k {
	case types.KindBool, types.KindInt:
		return ClassInt
	case types.KindFloat:
		return ClassFloat
	default:
		return ClassDatum
	}
}

// Vec is one column. Exactly one of Ints, Floats and Datums is in use, told by
// Class; all have Len entries. A ClassDatum NULL is types.Null in place as well
// as in Nulls.
type Vec struct {
	Class  Class
	Kind   types.Kind // physical kind of the non-null values
	Ints   []int64
	Floats []float64
	Datums []types.Datum
	// Nulls is nil while no entry is NULL; otherwise it has Len entries.
	Nulls []bool
	n     int
	// spare is an earlier Nulls, kept for its memory.
	spare []bool
}

// New makes an empty column for values of kind k.
func New(k types.Kind, capacity int) *Vec {
	v := &Vec{Class: ClassOf(k), Kind: k}
	switch v.Class {
	case ClassInt:
		v.Ints = make([]int64, 0, capacity)
	case ClassFloat:
		v.Floats = make([]float64, 0, capacity)
	default:
		v.Datums = make([]types.Datum, 0, capacity)
	}
	return v
}

// Len is the number of entries.
func (v *Vec) Len() int { return v.n }

// Reset empties the column, keeping its memory. Datums are dropped so that they
// do not outlive the batch.
func (v *Vec) Reset() {
	clear(v.Datums)
	if v.Nulls != nil {
		v.spare = v.Nulls
	}
	v.Ints, v.Floats, v.Datums, v.Nulls, v.n = v.Ints[:0], v.Floats[:0], v.Datums[:0], nil, 0
}

// Append adds a value.
func (v *Vec) Append(d types.Datum) {
	null := d.IsNull()
	if null && v.Nulls == nil {
		v.Nulls = v.blank(v.n)
	}
	if v.Nulls != nil {
		v.Nulls = append(v.Nulls, null)
	}
	switch v.Class {
	case ClassInt:
		v.Ints = append(v.Ints, d.Int())
	case ClassFloat:
		v.Floats = append(v.Floats, d.Float())
	default:
		v.Datums = append(v.Datums, d)
	}
	v.n++
}

// Resize sets the length to n, for kernels that fill by index. New entries are
// zero and not NULL.
func (v *Vec) Resize(n int) {
	switch v.Class {
	case ClassInt:
		v.Ints = resize(v.Ints, n)
	case ClassFloat:
		v.Floats = resize(v.Floats, n)
	default:
		v.Datums = resize(v.Datums, n)
	}
	if v.Nulls != nil {
		v.Nulls = resize(v.Nulls, n)
	}
	v.n = n
}

func resize[T any](s []T, n int) []T {
	if n <= cap(s) {
		old := len(s)
		s = s[:n]
		if n > old {
			clear(s[old:])
		}
		return s
	}
	t := make([]T, n)
	copy(t, s)
	return t
}

// Set stores a value at i.
func (v *Vec) Set(i int, d types.Datum) {
	if d.IsNull() {
		v.SetNull(i)
		return
	}
	if v.Nulls != nil {
		v.Nulls[i] = false
	}
	switch v.Class {
	case ClassInt:
		v.Ints[i] = d.Int()
	case ClassFloat:
		v.Floats[i] = d.Float()
	default:
		v.Datums[i] = d
	}
}

// SetNull makes entry i NULL.
func (v *Vec) SetNull(i int) {
	if v.Nulls == nil {
		v.Nulls = v.blank(v.n)
	}
	v.Nulls[i] = true
	if v.Class == ClassDatum {
		v.Datums[i] = types.Null
	}
}

// IsNull reports whether entry i is NULL.
func (v *Vec) IsNull(i int) bool { return v.Nulls != nil && v.Nulls[i] }

// Get returns entry i.
func (v *Vec) Get(i int) types.Datum {
	if v.Nulls != nil && v.Nulls[i] {
		return types.Null
	}
	switch v.Class {
	case ClassInt:
		if v.Kind == types.KindBool {
			return types.Bool(v.Ints[i] != 0)
		}
		return types.Int(v.Ints[i])
	case ClassFloat:
		return types.Float(v.Floats[i])
	default:
		return v.Datums[i]
	}
}

// Batch is up to MaxRows rows. Columns have N entries each; Sel, when not nil,
// lists the rows that count, ascending. A batch belongs to the operator that
// returned it and is valid until that operator's next call.
type Batch struct {
	Cols []*Vec
	N    int
	Sel  []int32
}

// Rows is the number of rows that count.
func (b *Batch) Rows() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.N
}

// Index is the position in the columns of the i-th row that counts.
func (b *Batch) Index(i int) int {
	if b.Sel != nil {
		return int(b.Sel[i])
	}
	return i
}

// Row copies the i-th row that counts into dst, which it grows as needed.
func (b *Batch) Row(i int, dst []types.Datum) []types.Datum {
	at := b.Index(i)
	dst = dst[:0]
	for _, c := range b.Cols {
		dst = append(dst, c.Get(at))
	}
	return dst
}

// NewBatch makes a batch for columns of the given kinds.
func NewBatch(kinds []types.Kind, capacity int) *Batch {
	b := &Batch{Cols: make([]*Vec, len(kinds))}
	for i, k := range kinds {
		b.Cols[i] = New(k, min(capacity, math.MaxInt32))
	}
	return b
}

// AppendRow adds a row to a batch without a selection.
func (b *Batch) AppendRow(row []types.Datum) {
	for i, c := range b.Cols {
		c.Append(row[i])
	}
	b.N++
}

// Reset empties the batch, keeping its memory.
func (b *Batch) Reset() {
	for _, c := range b.Cols {
		c.Reset()
	}
	b.N, b.Sel = 0, nil
}

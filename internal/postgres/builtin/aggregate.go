package builtin

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// provideAgg adds an aggregate that is given no NULLs.
func provideAgg(key string, fresh func() AggState, ignoresOrder bool) {
	provide(key, implementation{agg: &Aggregate{New: fresh, IgnoresOrder: ignoresOrder}, strict: true})
}

// countState is count: of rows, or of rows whose argument is not NULL.
type countState struct{ n int64 }

func (s *countState) Add(*Context, []types.Datum) error { s.n++; return nil }

func (s *countState) Result(*Context) (types.Datum, error) { return types.Int(s.n), nil }

func (s *countState) Size() int { return 8 }

// sumIntState is sum of int2 and int4, whose result is int8.
type sumIntState struct {
	sum  int64
	some bool
}

func (s *sumIntState) Add(_ *Context, a []types.Datum) error {
	v, ok := types.AddInt64(s.sum, a[0].Int())
	if !ok {
		return types.IntOutOfRange(types.Int8OID)
	}
	s.sum, s.some = v, true
	return nil
}

func (s *sumIntState) Result(*Context) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return types.Int(s.sum), nil
}

func (s *sumIntState) Size() int { return 16 }

// numericSum adds up integers in 64 bits as long as they fit, and numerics.
type numericSum struct {
	n     int64
	small int64
	big   *numeric
}

func (s *numericSum) addInt(v int64) error {
	s.n++
	if sum, ok := types.AddInt64(s.small, v); ok {
		s.small = sum
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.small = v
	return nil
}

func (s *numericSum) addNumeric(v *numeric) error {
	s.n++
	if s.big == nil {
		s.big = v
		return nil
	}
	sum, err := types.NumericAdd(s.big, v)
	s.big = sum
	return err
}

// spill moves the 64-bit sum into the numeric one.
func (s *numericSum) spill() error {
	v := types.NumericFromInt(s.small)
	s.small = 0
	if s.big == nil {
		s.big = v
		return nil
	}
	sum, err := types.NumericAdd(s.big, v)
	s.big = sum
	return err
}

func (s *numericSum) total() (*numeric, error) {
	if s.big == nil || s.small != 0 {
		if err := s.spill(); err != nil {
			return nil, err
		}
	}
	return s.big, nil
}

// numericSumState is sum of int8 and numeric; with avg, the average of any
// exact type.
type numericSumState struct {
	numericSum
	ints bool
	avg  bool
}

func (s *numericSumState) Add(_ *Context, a []types.Datum) error {
	if s.ints {
		return s.addInt(a[0].Int())
	}
	return s.addNumeric(a[0].Numeric())
}

func (s *numericSumState) Result(*Context) (types.Datum, error) {
	if s.n == 0 {
		return types.Null, nil
	}
	total, err := s.total()
	if err != nil {
		return types.Null, err
	}
	if !s.avg {
		return types.NumericDatum(total), nil
	}
	return numericResult(types.NumericDiv(total, types.NumericFromInt(s.n)))
}

func (s *numericSumState) Size() int { return 96 }

// sumFloatState is sum of floats, in the argument's own width.
type sumFloatState struct {
	sum    float64
	some   bool
	single bool
}

func (s *sumFloatState) Add(_ *Context, a []types.Datum) error {
	x := a[0].Float()
	v := s.sum + x
	if s.single {
		v = float64(float32(v))
	}
	if math.IsInf(v, 0) && !math.IsInf(x, 0) && !math.IsInf(s.sum, 0) {
		return floatOverflow()
	}
	s.sum, s.some = v, true
	return nil
}

func (s *sumFloatState) Result(*Context) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return types.Float(s.sum), nil
}

func (s *sumFloatState) Size() int { return 16 }

// intervalState is sum and avg of intervals.
type intervalState struct {
	n   int64
	sum *types.Interval
	avg bool
}

func (s *intervalState) Add(_ *Context, a []types.Datum) error {
	s.n++
	if s.sum == nil {
		s.sum = a[0].Interval()
		return nil
	}
	sum, err := addIntervals(s.sum, a[0].Interval())
	s.sum = sum
	return err
}

func (s *intervalState) Result(*Context) (types.Datum, error) {
	switch {
	case s.n == 0:
		return types.Null, nil
	case s.avg:
		return intervalResult(scaleInterval(s.sum, float64(s.n), true))
	}
	return types.IntervalDatum(s.sum), nil
}

func (s *intervalState) Size() int { return 40 }

// boolState is bool_and and bool_or.
type boolState struct {
	and  bool
	some bool
	v    bool
}

func (s *boolState) Add(_ *Context, a []types.Datum) error {
	switch v := a[0].Bool(); {
	case !s.some:
		s.v, s.some = v, true
	case s.and:
		s.v = s.v && v
	default:
		s.v = s.v || v
	}
	return nil
}

func (s *boolState) Result(*Context) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return types.Bool(s.v), nil
}

func (s *boolState) Size() int { return 4 }

// bitsState is bit_and, bit_or and bit_xor of integers.
type bitsState struct {
	op   byte
	some bool
	v    int64
}

func (s *bitsState) Add(_ *Context, a []types.Datum) error {
	v := a[0].Int()
	switch {
	case !s.some:
		s.v, s.some = v, true
	case s.op == '&':
		s.v &= v
	case s.op == '|':
		s.v |= v
	default:
		s.v ^= v
	}
	return nil
}

func (s *bitsState) Result(*Context) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return types.Int(s.v), nil
}

func (s *bitsState) Size() int { return 16 }

// joinState is string_agg: a NULL value is left out, a NULL separator is empty.
type joinState struct {
	b    []byte
	some bool
}

func (s *joinState) Add(_ *Context, a []types.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	if s.some && !a[1].IsNull() {
		s.b = append(s.b, a[1].Str()...)
	}
	s.some = true
	s.b = append(s.b, a[0].Str()...)
	if len(s.b) > maxText {
		return pgerr.New(pgerr.ProgramLimitExceeded, "string buffer exceeds maximum allowed length (%d bytes)", maxText)
	}
	return nil
}

func (s *joinState) Result(*Context) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return types.Text(string(s.b)), nil
}

func (s *joinState) Size() int { return 32 + cap(s.b) }

// arrayAggState collects elements, NULLs too; of arrays it makes one with a
// dimension more.
type arrayAggState struct {
	elem  types.OID
	items []types.Datum
	inner []types.Dim
	rows  int
	bytes int
	stack bool // arguments are arrays
}

func (s *arrayAggState) Add(_ *Context, a []types.Datum) error {
	if !s.stack {
		s.items = append(s.items, a[0])
		s.rows++
		s.bytes += datumSize(a[0])
		return nil
	}
	if a[0].IsNull() {
		return pgerr.New(pgerr.NullValueNotAllowed, "cannot accumulate null arrays")
	}
	arr := a[0].Array()
	switch {
	case len(arr.Items) == 0:
		return arraySubscript("cannot accumulate empty arrays")
	case s.rows == 0:
		s.inner = arr.Dims
	case len(arr.Dims) != len(s.inner):
		return arraySubscript("cannot accumulate arrays of different dimensionality")
	}
	for i, d := range arr.Dims {
		if d != s.inner[i] {
			return arraySubscript("cannot accumulate arrays of different dimensionality")
		}
	}
	s.items = append(s.items, arr.Items...)
	s.rows++
	for _, d := range arr.Items {
		s.bytes += datumSize(d)
	}
	return nil
}

func (s *arrayAggState) Result(*Context) (types.Datum, error) {
	if s.rows == 0 {
		return types.Null, nil
	}
	if len(s.inner) > 5 {
		return types.Null, pgerr.New(pgerr.ProgramLimitExceeded,
			"number of array dimensions (%d) exceeds the maximum allowed (6)", len(s.inner)+1)
	}
	r := &types.Array{Elem: s.elem, Items: s.items[:len(s.items):len(s.items)]}
	r.Dims = append([]types.Dim{{Length: s.rows, Lower: 1}}, s.inner...)
	return types.ArrayDatum(r), nil
}

func (s *arrayAggState) Size() int { return 64 + s.bytes }

// datumSize is about how much memory a datum holds.
func datumSize(d types.Datum) int {
	const header = 24
	switch d.Kind() {
	case types.KindText:
		return header + len(d.Raw())
	case types.KindNumeric, types.KindInterval, types.KindTimeTZ:
		return header + 48
	case types.KindArray:
		n := header + 64
		for _, v := range d.Array().Items {
			n += datumSize(v)
		}
		return n
	case types.KindRecord:
		n := header + 64
		for _, v := range d.Record().Fields {
			n += datumSize(v)
		}
		return n
	case types.KindJSONB:
		return header + jsonSize(d.JSONB())
	}
	return header
}

func jsonSize(v *types.JSONB) int {
	n := 96 + len(v.Str)
	for i := range v.Items {
		n += jsonSize(&v.Items[i])
		if v.Kind == types.JSONObject {
			n += 16 + len(v.Keys[i])
		}
	}
	return n
}

func init() {
	for _, key := range []string{"count()", "count(any)"} {
		provideAgg(key, func() AggState { return &countState{} }, true)
	}
	for _, t := range []string{"int2", "int4"} {
		provideAgg("sum("+t+")", func() AggState { return &sumIntState{} }, true)
	}
	provideAgg("sum(int8)", func() AggState { return &numericSumState{ints: true} }, true)
	provideAgg("sum(numeric)", func() AggState { return &numericSumState{} }, true)
	for _, t := range []string{"int2", "int4", "int8"} {
		provideAgg("avg("+t+")", func() AggState { return &numericSumState{ints: true, avg: true} }, true)
		for name, op := range map[string]byte{"bit_and": '&', "bit_or": '|', "bit_xor": '^'} {
			provideAgg(name+"("+t+")", func() AggState { return &bitsState{op: op} }, true)
		}
	}
	provideAgg("avg(numeric)", func() AggState { return &numericSumState{avg: true} }, true)
	provideAgg("sum(float4)", func() AggState { return &sumFloatState{single: true} }, false)
	provideAgg("sum(float8)", func() AggState { return &sumFloatState{} }, false)
	provideAgg("sum(interval)", func() AggState { return &intervalState{} }, true)
	provideAgg("avg(interval)", func() AggState { return &intervalState{avg: true} }, true)
	provideAgg("bool_and(bool)", func() AggState { return &boolState{and: true} }, true)
	provideAgg("every(bool)", func() AggState { return &boolState{and: true} }, true)
	provideAgg("bool_or(bool)", func() AggState { return &boolState{} }, true)
	for _, key := range []string{"string_agg(text,text)", "string_agg(bytea,bytea)"} {
		provide(key, implementation{agg: &Aggregate{New: func() AggState { return &joinState{} }}})
	}
	for key, stack := range map[string]bool{"array_agg(anynonarray)": false, "array_agg(anyarray)": true} {
		provide(key, implementation{bindAgg: func(_ []types.OID, ret types.OID) *Aggregate {
			elem := elemOf(ret)
			return &Aggregate{New: func() AggState { return &arrayAggState{elem: elem, stack: stack} }}
		}})
	}
}

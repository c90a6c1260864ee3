package exec

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// aggKernel names the aggregates that work on whole columns.
type aggKernel uint8

const (
	aggNone aggKernel = iota
	aggCountRows
	aggCount
	aggSumInt // int2 or int4, into int8
	aggSumBig // int8, into numeric
	aggAvgInt // integers, into numeric
	aggSumFloat
	aggAvgFloat
	aggMin
	aggMax
)

// aggKernelOf tells whether a call of a built-in aggregate has a kernel.
func aggKernelOf(a *plan.Agg) aggKernel {
	if a.Distinct || len(a.Order) > 0 || len(a.Direct) > 0 || a.Fn.OID >= firstUserOID {
		return aggNone
	}
	if a.Fn.Name == "count" {
		if len(a.Args) == 0 {
			return aggCountRows
		}
		return aggCount
	}
	if len(a.Args) != 1 {
		return aggNone
	}
	t := a.Args[0].Type()
	switch a.Fn.Name {
	case "sum":
		switch t {
		case types.Int2OID, types.Int4OID:
			return aggSumInt
		case types.Int8OID:
			return aggSumBig
		case types.Float8OID:
			return aggSumFloat
		}
	case "avg":
		switch t {
		case types.Int2OID, types.Int4OID, types.Int8OID:
			return aggAvgInt
		case types.Float8OID:
			return aggAvgFloat
		}
	case "min", "max":
		if k := kindOf(t); k != types.KindInt && k != types.KindFloat || t == types.XID8OID || t == types.PgLSNOID {
			return aggNone
		}
		if a.Fn.Name == "min" {
			return aggMin
		}
		return aggMax
	}
	return aggNone
}

// typedAgg keeps the states of one kernel as columns.
type typedAgg struct {
	spec   *aggSpec
	counts []int64
	// sums is the low half of a 128-bit sum, highs the high half; or minima, maxima.
	sums, highs []int64
	floats      []float64
}

func newTypedAgg(s *aggSpec) *typedAgg { return &typedAgg{spec: s} }

func (g *typedAgg) resize(n int) {
	for len(g.counts) < n {
		g.counts = append(g.counts, 0)
		g.sums = append(g.sums, 0)
		g.highs = append(g.highs, 0)
		g.floats = append(g.floats, 0)
	}
}

func (g *typedAgg) keepLast() {
	last := len(g.counts) - 1
	g.counts = append(g.counts[:0], g.counts[last])
	g.sums = append(g.sums[:0], g.sums[last])
	g.highs = append(g.highs[:0], g.highs[last])
	g.floats = append(g.floats[:0], g.floats[last])
}

func (g *typedAgg) add(r *run, b *vec.Batch, sel, groups []int32) (int64, error) {
	s := g.spec
	sel, groups, err := s.selected(r, b, sel, groups)
	if err != nil {
		return 0, err
	}
	if s.kernel == aggCountRows {
		for k := range countOf(sel, b.N) {
			g.counts[groups[k]]++
		}
		return 0, nil
	}
	v, err := s.args[0].vector(r, b, sel)
	if err != nil {
		return 0, err
	}
	want := vec.ClassInt
	switch {
	case s.kernel == aggCount:
		want = v.Class
	case kindOf(s.types[0]) == types.KindFloat:
		want = vec.ClassFloat
	}
	if v.Class != want {
		return 0, pgerr.New(pgerr.InternalError, "aggregate %s over a column of class %d", s.call.Fn.Name, v.Class)
	}
	for k := range countOf(sel, b.N) {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		if v.Nulls == nil || !v.Nulls[i] {
			g.addOne(v, i, groups[k])
		}
	}
	return 0, nil
}

func (g *typedAgg) addOne(v *vec.Vec, i int, group int32) {
	g.counts[group]++
	switch g.spec.kernel {
	case aggSumInt, aggSumBig, aggAvgInt:
		x := v.Ints[i]
		lo, carry := bits.Add64(uint64(g.sums[group]), uint64(x), 0)
		g.sums[group] = int64(lo)
		g.highs[group] += x>>63 + int64(carry)
	case aggSumFloat, aggAvgFloat:
		g.floats[group] += v.Floats[i]
	case aggMin, aggMax:
		g.extreme(v, i, group)
	}
}

func (g *typedAgg) extreme(v *vec.Vec, i int, group int32) {
	first := g.counts[group] == 1
	if v.Class == vec.ClassInt {
		if x := v.Ints[i]; first || (x < g.sums[group]) == (g.spec.kernel == aggMin) && x != g.sums[group] {
			g.sums[group] = x
		}
		return
	}
	x := v.Floats[i]
	c := orderFloats(x, g.floats[group])
	if first || c == 0 && g.spec.kernel == aggMin || c == 2 && g.spec.kernel == aggMax {
		g.floats[group] = x
	}
}

func (g *typedAgg) value(_ *run, group int) (types.Datum, error) {
	n := g.counts[group]
	if k := g.spec.kernel; k == aggCount || k == aggCountRows {
		return types.Int(n), nil
	}
	if n == 0 {
		return types.Null, nil
	}
	switch g.spec.kernel {
	case aggSumInt:
		if g.highs[group] != g.sums[group]>>63 {
			return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "bigint out of range")
		}
		return types.Int(g.sums[group]), nil
	case aggSumBig:
		return types.NumericDatum(numeric128(g.highs[group], uint64(g.sums[group]))), nil
	case aggAvgInt:
		avg, err := types.NumericDiv(numeric128(g.highs[group], uint64(g.sums[group])), types.NumericFromInt(n))
		if err != nil {
			return types.Null, err
		}
		return types.NumericDatum(avg), nil
	case aggSumFloat:
		return types.Float(g.floats[group]), nil
	case aggAvgFloat:
		return types.Float(g.floats[group] / float64(n)), nil
	}
	if kindOf(g.spec.types[0]) == types.KindFloat {
		return types.Float(g.floats[group]), nil
	}
	return types.Int(g.sums[group]), nil
}

// numeric128 is a two's complement 128-bit integer as numeric.
func numeric128(hi int64, lo uint64) *types.Numeric {
	if hi == int64(lo)>>63 && int64(lo) != math.MinInt64 {
		return types.NumericFromInt(int64(lo))
	}
	neg := hi < 0
	h := uint64(hi)
	if neg {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], h)
	binary.BigEndian.PutUint64(b[8:], lo)
	n := &types.Numeric{Negative: neg}
	n.Coeff.SetBytes(b[:])
	return n
}

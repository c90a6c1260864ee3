package builtin

import (
	"math"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// in_range(value, base, offset, sub, less) tells a row's place against the edge
// of a RANGE frame: whether value is at most (less), or at least, base plus the
// offset, or minus it (sub).

func badFrameOffset() error {
	return pgerr.New(pgerr.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
}

// beyond is the answer where base ± offset is past what the type holds.
func beyond(sub, less bool) types.Datum {
	if sub {
		return types.Bool(!less)
	}
	return types.Bool(less)
}

func edgeTest(c int, less bool) types.Datum {
	if less {
		return types.Bool(c <= 0)
	}
	return types.Bool(c >= 0)
}

func inRangeInt(_ *Context, a []types.Datum) (types.Datum, error) {
	offset, sub, less := a[2].Int(), a[3].Bool(), a[4].Bool()
	if offset < 0 {
		return types.Null, badFrameOffset()
	}
	add := types.AddInt64
	if sub {
		add = types.SubInt64
	}
	edge, ok := add(a[1].Int(), offset)
	if !ok {
		return beyond(sub, less), nil
	}
	return edgeTest(types.Compare(types.Int8OID, a[0], types.Int(edge)), less), nil
}

func inRangeFloat(_ *Context, a []types.Datum) (types.Datum, error) {
	value, base, offset, sub, less := a[0].Float(), a[1].Float(), a[2].Float(), a[3].Bool(), a[4].Bool()
	if math.IsNaN(offset) || offset < 0 {
		return types.Null, badFrameOffset()
	}
	// NaN equals NaN, and is above all else.
	switch {
	case math.IsNaN(value):
		return types.Bool(math.IsNaN(base) || !less), nil
	case math.IsNaN(base):
		return types.Bool(less), nil
	case math.IsInf(offset, 0) && math.IsInf(base, 0) && sub == (base > 0):
		// Infinity less infinity is every value.
		return types.Bool(true), nil
	}
	edge := base + offset
	if sub {
		edge = base - offset
	}
	return edgeTest(types.CompareFloat(value, edge), less), nil
}

func inRangeNumeric(_ *Context, a []types.Datum) (types.Datum, error) {
	value, base, offset, sub, less := a[0].Numeric(), a[1].Numeric(), a[2].Numeric(), a[3].Bool(), a[4].Bool()
	if types.NumericIsNaN(offset) || types.NumericSign(offset) < 0 {
		return types.Null, badFrameOffset()
	}
	switch {
	case types.NumericIsNaN(value):
		return types.Bool(types.NumericIsNaN(base) || !less), nil
	case types.NumericIsNaN(base):
		return types.Bool(less), nil
	case types.NumericIsInf(offset) && types.NumericIsInf(base) && sub == (types.NumericSign(base) > 0):
		return types.Bool(true), nil
	}
	add := types.NumericAdd
	if sub {
		add = types.NumericSub
	}
	edge, err := add(base, offset)
	if err != nil {
		return types.Null, err
	}
	return edgeTest(types.CompareNumeric(value, edge), less), nil
}

// stepBy is an interval to add: the offset, or with sub its opposite.
func stepBy(a []types.Datum) (*types.Interval, error) {
	offset := a[2].Interval()
	if types.CompareInterval(offset, &types.Interval{}) < 0 {
		return nil, badFrameOffset()
	}
	if a[3].Bool() {
		return negated(offset)
	}
	return offset, nil
}

// inRangeTimestamp works on timestamps after convert; add moves one by an interval.
func inRangeTimestamp(
	convert func(int64) (int64, error), add func(*Context, int64, *types.Interval) (int64, error),
) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		step, err := stepBy(a)
		if err != nil {
			return types.Null, err
		}
		value, err := convert(a[0].Int())
		if err != nil {
			return types.Null, err
		}
		base, err := convert(a[1].Int())
		if err != nil {
			return types.Null, err
		}
		edge, err := add(c, base, step)
		if err != nil {
			return types.Null, err
		}
		return edgeTest(types.Compare(types.Int8OID, types.Int(value), types.Int(edge)), a[4].Bool()), nil
	}
}

func sameTimestamp(v int64) (int64, error) { return v, nil }

func addPlain(_ *Context, ts int64, iv *types.Interval) (int64, error) {
	return addIntervalTZ(ts, iv, time.UTC)
}

func addZoned(c *Context, ts int64, iv *types.Interval) (int64, error) {
	return addIntervalTZ(ts, iv, c.location())
}

func inRangeInterval(_ *Context, a []types.Datum) (types.Datum, error) {
	step, err := stepBy(a)
	if err != nil {
		return types.Null, err
	}
	edge, err := addIntervals(a[1].Interval(), step)
	if err != nil {
		return types.Null, err
	}
	return edgeTest(types.CompareInterval(a[0].Interval(), edge), a[4].Bool()), nil
}

// inRangeTime does not wrap around midnight, so that the edge stays ordered.
func inRangeTime(_ *Context, a []types.Datum) (types.Datum, error) {
	offset, sub, less := a[2].Interval().Micros, a[3].Bool(), a[4].Bool()
	if offset < 0 {
		return types.Null, badFrameOffset()
	}
	if sub {
		offset = -offset
	}
	edge, ok := types.AddInt64(a[1].Int(), offset)
	if !ok {
		return beyond(sub, less), nil
	}
	return edgeTest(types.Compare(types.Int8OID, a[0], types.Int(edge)), less), nil
}

func inRangeTimeTZ(_ *Context, a []types.Datum) (types.Datum, error) {
	offset, sub, less := a[2].Interval().Micros, a[3].Bool(), a[4].Bool()
	if offset < 0 {
		return types.Null, badFrameOffset()
	}
	if sub {
		offset = -offset
	}
	base := a[1].TimeTZ()
	edge, ok := types.AddInt64(base.Micros, offset)
	if !ok || absolute(edge) > math.MaxInt64/2 {
		return beyond(sub, less), nil
	}
	e := types.TimeTZDatum(&types.TimeTZ{Micros: edge, Zone: base.Zone})
	return edgeTest(types.Compare(types.TimeTZOID, a[0], e), less), nil
}

func init() {
	for _, pair := range []string{
		"int2_int2", "int2_int4", "int2_int8", "int4_int2", "int4_int4", "int4_int8", "int8_int8",
	} {
		provide("in_range_"+pair, implementation{fn: inRangeInt})
	}
	Provide(map[string]Func{
		"in_range_float4_float8": inRangeFloat, "in_range_float8_float8": inRangeFloat,
		"in_range_numeric_numeric":      inRangeNumeric,
		"in_range_timestamp_interval":   inRangeTimestamp(sameTimestamp, addPlain),
		"in_range_timestamptz_interval": inRangeTimestamp(sameTimestamp, addZoned),
		"in_range_date_interval":        inRangeTimestamp(dateToTimestamp, addPlain),
		"in_range_interval_interval":    inRangeInterval,
		"in_range_time_interval":        inRangeTime, "in_range_timetz_interval": inRangeTimeTZ,
	})
}

package builtin

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func zeroStep() error {
	return pgerr.New(pgerr.InvalidParameterValue, "step size cannot equal zero")
}

// intSeries is generate_series over integers.
func intSeries(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	v, end, step := a[0].Int(), a[1].Int(), int64(1)
	if len(a) > 2 {
		step = a[2].Int()
	}
	if step == 0 {
		return zeroStep()
	}
	for step > 0 && v <= end || step < 0 && v >= end {
		if err := emit([]types.Datum{types.Int(v)}); err != nil {
			return err
		}
		next, ok := types.AddInt64(v, step)
		if !ok {
			return nil
		}
		v = next
	}
	return nil
}

func numericSeries(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	v, end, step := a[0].Numeric(), a[1].Numeric(), types.NumericFromInt(1)
	if len(a) > 2 {
		step = a[2].Numeric()
	}
	for _, p := range []struct {
		n    *numeric
		name string
	}{{v, "start"}, {end, "stop"}, {step, "step"}} {
		what := p.name + " value"
		if p.name == "step" {
			what = "step size"
		}
		if types.NumericIsNaN(p.n) {
			return pgerr.New(pgerr.InvalidParameterValue, "%s cannot be NaN", what)
		}
		if types.NumericIsInf(p.n) {
			return pgerr.New(pgerr.InvalidParameterValue, "%s cannot be infinity", what)
		}
	}
	dir := types.NumericSign(step)
	if dir == 0 {
		return zeroStep()
	}
	for types.CompareNumeric(v, end)*dir <= 0 {
		if err := emit([]types.Datum{types.NumericDatum(v)}); err != nil {
			return err
		}
		next, err := types.NumericAdd(v, step)
		if err != nil {
			return err
		}
		v = next
	}
	return nil
}

func timestampSeries(add func(c *Context, ts int64, iv *types.Interval) (int64, error)) SetFunc {
	return func(c *Context, a []types.Datum, emit func([]types.Datum) error) error {
		v, end, step := a[0].Int(), a[1].Int(), a[2].Interval()
		dir := types.CompareInterval(step, &types.Interval{})
		if dir == 0 {
			return zeroStep()
		}
		for dir > 0 && v <= end || dir < 0 && v >= end {
			if err := emit([]types.Datum{types.Int(v)}); err != nil {
				return err
			}
			next, err := add(c, v, step)
			if err != nil {
				return err
			}
			if next == v { // infinity stays where it is
				return nil
			}
			v = next
		}
		return nil
	}
}

func init() {
	ProvideSet(map[string]SetFunc{
		"generate_series_int4": intSeries, "generate_series_step_int4": intSeries,
		"generate_series_int8": intSeries, "generate_series_step_int8": intSeries,
		"generate_series_numeric": numericSeries, "generate_series_step_numeric": numericSeries,
		"generate_series_timestamp": timestampSeries(func(_ *Context, ts int64, iv *types.Interval) (int64, error) {
			return addIntervalTZ(ts, iv, time.UTC)
		}),
		"generate_series_timestamptz": timestampSeries(func(c *Context, ts int64, iv *types.Interval) (int64, error) {
			return addIntervalTZ(ts, iv, c.location())
		}),
	})
}

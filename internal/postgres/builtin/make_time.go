package builtin

import (
	"math"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// civil checks a date given in numbers; a negative year is BC.
func civil(year, month, day int64) (int64, error) {
	fail := func() (int64, error) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", year, month, day)
	}
	y := year
	switch {
	case y == 0:
		return fail()
	case y < 0:
		y++
	}
	if month < 1 || month > 12 || day < 1 || y > 6_000_000 || y < -5_000 || day > int64(types.DaysInMonth(int(y), int(month))) {
		return fail()
	}
	days := types.DateFromCivil(int(y), int(month), int(day))
	if !types.ValidDate(days) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", year, month, day)
	}
	return days, nil
}

// clock checks a time of day given in numbers.
func clock(hour, minute int64, second float64) (int64, error) {
	micros := math.RoundToEven(second * 1e6)
	if hour < 0 || hour > 24 || minute < 0 || minute > 59 || math.IsNaN(second) || second < 0 || micros > 60e6 ||
		hour == 24 && (minute > 0 || micros > 0) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%02g", hour, minute, second)
	}
	return hour*types.MicrosPerHour + minute*types.MicrosPerMinute + int64(micros), nil
}

func makeTimestamp(a []types.Datum) (int64, error) {
	days, err := civil(a[0].Int(), a[1].Int(), a[2].Int())
	if err != nil {
		return 0, err
	}
	tod, err := clock(a[3].Int(), a[4].Int(), a[5].Float())
	if err != nil {
		return 0, err
	}
	ts, ok := joinTimestamp(days, tod)
	if !ok || !types.ValidTimestamp(ts) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: %d-%02d-%02d %d:%02d:%02g",
			a[0].Int(), a[1].Int(), a[2].Int(), a[3].Int(), a[4].Int(), a[5].Float())
	}
	return ts, nil
}

func makeTimestampTZ(a []types.Datum, loc *time.Location) (types.Datum, error) {
	ts, err := makeTimestamp(a)
	if err != nil {
		return types.Null, err
	}
	return timestampDatum(types.UTCTimestamp(ts, loc))
}

// makeInterval takes years, months, weeks, days, hours, minutes and seconds.
func makeInterval(_ *Context, a []types.Datum) (types.Datum, error) {
	secs := a[6].Float()
	if math.IsNaN(secs) || math.IsInf(secs, 0) {
		return types.Null, types.IntervalOutOfRange()
	}
	months := a[0].Int()*12 + a[1].Int()
	days := a[2].Int()*7 + a[3].Int()
	micros := a[4].Int()*types.MicrosPerHour + a[5].Int()*types.MicrosPerMinute
	s := math.RoundToEven(secs * 1e6)
	if math.Abs(s) >= math.MaxInt64 {
		return types.Null, types.IntervalOutOfRange()
	}
	micros, ok := types.AddInt64(micros, int64(s))
	if !ok {
		return types.Null, types.IntervalOutOfRange()
	}
	return intervalResult(types.NewInterval(months, days, micros))
}

// timestampFromEpoch is to_timestamp(double precision).
func timestampFromEpoch(_ *Context, a []types.Datum) (types.Datum, error) {
	s := a[0].Float()
	switch {
	case math.IsNaN(s):
		return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp cannot be NaN")
	case math.IsInf(s, 1):
		return types.Int(types.TimestampInfinity), nil
	case math.IsInf(s, -1):
		return types.Int(types.TimestampNegInfinity), nil
	}
	micros := math.RoundToEven((s - 946684800) * 1e6)
	if micros >= math.MaxInt64 || micros <= math.MinInt64 || !types.ValidTimestamp(int64(micros)) {
		return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%g\"", s)
	}
	return types.Int(int64(micros)), nil
}

func init() {
	Provide(map[string]Func{
		"make_date": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return intResult(civil(a[0].Int(), a[1].Int(), a[2].Int()))
		},
		"make_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return intResult(clock(a[0].Int(), a[1].Int(), a[2].Float()))
		},
		"make_timestamp": func(_ *Context, a []types.Datum) (types.Datum, error) { return intResult(makeTimestamp(a)) },
		"make_timestamptz": func(c *Context, a []types.Datum) (types.Datum, error) {
			return makeTimestampTZ(a, c.location())
		},
		"make_timestamptz_at_timezone": func(_ *Context, a []types.Datum) (types.Datum, error) {
			loc, err := types.LoadZone(a[6].Str())
			if err != nil {
				return types.Null, err
			}
			return makeTimestampTZ(a, loc)
		},
		"make_interval": makeInterval, "float8_timestamptz": timestampFromEpoch,
	})
	provideOverlaps()
}

// provideOverlaps makes OVERLAPS: a pair is two ends, or a start and a length.
// None of the functions is strict.
func provideOverlaps() {
	plus := map[string]Func{"time": timePlus(1), "timestamp": timestampPlus, "timestamptz": timestampTZPlus}
	for name, add := range plus {
		oid := types.ByName(name).OID
		end := func(isInterval bool, c *Context, start, d types.Datum) (types.Datum, error) {
			if !isInterval || start.IsNull() || d.IsNull() {
				if isInterval {
					return types.Null, nil
				}
				return d, nil
			}
			return add(c, []types.Datum{start, d})
		}
		make4 := func(first, second bool) Func {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				e1, err := end(first, c, a[0], a[1])
				if err != nil {
					return types.Null, err
				}
				e2, err := end(second, c, a[2], a[3])
				if err != nil {
					return types.Null, err
				}
				return overlaps(oid, a[0], e1, a[2], e2), nil
			}
		}
		for key, fn := range map[string]Func{
			"overlaps(" + name + ",interval," + name + ",interval)":     make4(true, true),
			"overlaps(" + name + ",interval," + name + "," + name + ")": make4(true, false),
			"overlaps(" + name + "," + name + "," + name + ",interval)": make4(false, true),
		} {
			provide(key, implementation{fn: fn})
		}
	}
	for name, oid := range map[string]types.OID{
		"overlaps_time": types.TimeOID, "overlaps_timestamp": types.TimestampOID, "overlaps_timetz": types.TimeTZOID,
	} {
		provide(name, implementation{fn: func(_ *Context, a []types.Datum) (types.Datum, error) {
			return overlaps(oid, a[0], a[1], a[2], a[3]), nil
		}})
	}
}

// overlaps follows the SQL standard, NULL ends included.
func overlaps(oid types.OID, s1, e1, s2, e2 types.Datum) types.Datum {
	order := func(s, e types.Datum) (types.Datum, types.Datum) {
		switch {
		case s.IsNull():
			return e, s
		case !e.IsNull() && types.Compare(oid, s, e) > 0:
			return e, s
		}
		return s, e
	}
	s1, e1 = order(s1, e1)
	s2, e2 = order(s2, e2)
	if s1.IsNull() || s2.IsNull() {
		return types.Null
	}
	c := types.Compare(oid, s1, s2)
	if c == 0 {
		if e1.IsNull() || e2.IsNull() {
			return types.Null
		}
		return types.Bool(true)
	}
	later, laterEnd, end := s1, e1, e2 // end is that of the pair which starts earlier
	if c < 0 {
		later, laterEnd, end = s2, e2, e1
	}
	switch {
	case end.IsNull():
		return types.Null
	case types.Compare(oid, later, end) < 0:
		return types.Bool(true)
	case laterEnd.IsNull():
		return types.Null
	}
	return types.Bool(false)
}

package builtin

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

func intervalResult(iv *types.Interval, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.IntervalDatum(iv), nil
}

func intResult(v int64, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.Int(v), nil
}

func interval1(op func(*types.Interval) (*types.Interval, error)) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return intervalResult(op(a[0].Interval())) }
}

func interval2(op func(a, b *types.Interval) (*types.Interval, error)) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return intervalResult(op(a[0].Interval(), a[1].Interval()))
	}
}

// swapped calls a function with its two arguments exchanged.
func swapped(fn Func) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) { return fn(c, []types.Datum{a[1], a[0]}) }
}

func timestampPlus(_ *Context, a []types.Datum) (types.Datum, error) {
	return intResult(addInterval(a[0].Int(), a[1].Interval()))
}

func timestampMinus(_ *Context, a []types.Datum) (types.Datum, error) {
	iv, err := negated(a[1].Interval())
	if err != nil {
		return types.Null, err
	}
	return intResult(addInterval(a[0].Int(), iv))
}

func timestampTZPlus(c *Context, a []types.Datum) (types.Datum, error) {
	return intResult(addIntervalTZ(a[0].Int(), a[1].Interval(), c.location()))
}

func timestampTZMinus(c *Context, a []types.Datum) (types.Datum, error) {
	iv, err := negated(a[1].Interval())
	if err != nil {
		return types.Null, err
	}
	return intResult(addIntervalTZ(a[0].Int(), iv, c.location()))
}

// overDate turns a function of timestamp and interval into one of date and interval.
func overDate(fn Func) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		ts, err := dateToTimestamp(a[0].Int())
		if err != nil {
			return types.Null, err
		}
		return fn(c, []types.Datum{types.Int(ts), a[1]})
	}
}

// dateMinus is date - date; days apart.
func dateMinus(_ *Context, a []types.Datum) (types.Datum, error) {
	x, y := a[0].Int(), a[1].Int()
	if types.IsInfiniteDate(x) || types.IsInfiniteDate(y) {
		return types.Null, infiniteDates()
	}
	return types.Int(x - y), nil
}

// datePlusDays is date + integer, or with dir -1 date - integer.
func datePlusDays(dir int64) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		d := a[0].Int()
		if types.IsInfiniteDate(d) {
			return a[0], nil
		}
		d += dir * a[1].Int()
		if !types.ValidDate(d) {
			return types.Null, dateOutOfRange()
		}
		return types.Int(d), nil
	}
}

// dateWithTime is date + time.
func dateWithTime(_ *Context, a []types.Datum) (types.Datum, error) {
	ts, err := dateToTimestamp(a[0].Int())
	if err != nil || types.IsInfiniteTimestamp(ts) {
		return intResult(ts, err)
	}
	return timestampDatum(ts + a[1].Int())
}

func dateWithTimeTZ(_ *Context, a []types.Datum) (types.Datum, error) {
	ts, err := dateToTimestamp(a[0].Int())
	if err != nil || types.IsInfiniteTimestamp(ts) {
		return intResult(ts, err)
	}
	t := a[1].TimeTZ()
	return timestampDatum(ts + t.Micros + int64(t.Zone)*types.MicrosPerSecond)
}

func timestampTZOfDate(c *Context, days int64) (int64, error) {
	ts, err := dateToTimestamp(days)
	if err != nil {
		return 0, err
	}
	return types.UTCTimestamp(ts, c.location()), nil
}

func timePlus(dir int64) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Int(wrapTime(a[0].Int() + dir*(a[1].Interval().Micros%types.MicrosPerDay))), nil
	}
}

func timeTZPlus(dir int64) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		t := a[0].TimeTZ()
		return types.TimeTZDatum(&types.TimeTZ{
			Micros: wrapTime(t.Micros + dir*(a[1].Interval().Micros%types.MicrosPerDay)), Zone: t.Zone,
		}), nil
	}
}

// timeOfTimestamp is the time of day; NULL for infinity.
func timeOfTimestamp(ts int64) (types.Datum, error) {
	if types.IsInfiniteTimestamp(ts) {
		return types.Null, nil
	}
	_, tod := types.SplitTimestamp(ts)
	return types.Int(tod), nil
}

func timeTZOfTimestampTZ(c *Context, a []types.Datum) (types.Datum, error) {
	ts := a[0].Int()
	if types.IsInfiniteTimestamp(ts) {
		return types.Null, nil
	}
	_, off := types.ZoneOffset(ts, c.location())
	_, tod := types.SplitTimestamp(ts + int64(off)*types.MicrosPerSecond)
	return types.TimeTZDatum(&types.TimeTZ{Micros: tod, Zone: int32(-off)}), nil
}

// timeToTimeTZ takes the zone's offset at that time today.
func timeToTimeTZ(c *Context, a []types.Datum) (types.Datum, error) {
	now := time.Now()
	if c != nil && !c.TxTime.IsZero() {
		now = c.TxTime
	}
	loc := c.location()
	days, _ := types.SplitTimestamp(types.LocalTimestamp(types.TimestampFromTime(now), loc))
	local := days*types.MicrosPerDay + a[0].Int()
	zone := (types.UTCTimestamp(local, loc) - local) / types.MicrosPerSecond
	return types.TimeTZDatum(&types.TimeTZ{Micros: a[0].Int(), Zone: int32(zone)}), nil
}

func finiteTimestamp(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Bool(!types.IsInfiniteTimestamp(a[0].Int())), nil
}

// now and its kin.
func transactionTime(c *Context, _ []types.Datum) (types.Datum, error) {
	return types.Int(types.TimestampFromTime(c.TxTime)), nil
}

func statementTime(c *Context, _ []types.Datum) (types.Datum, error) {
	return types.Int(types.TimestampFromTime(c.StmtTime)), nil
}

func clockTime(*Context, []types.Datum) (types.Datum, error) {
	return types.Int(types.TimestampFromTime(time.Now())), nil
}

func timeOfDayText(c *Context, _ []types.Datum) (types.Datum, error) {
	return types.Text(time.Now().In(c.location()).Format("Mon Jan 02 15:04:05.000000 2006 MST")), nil
}

func init() {
	Provide(map[string]Func{
		"timestamp_pl_interval": timestampPlus, "timestamp_mi_interval": timestampMinus,
		"timestamptz_pl_interval": timestampTZPlus, "timestamptz_mi_interval": timestampTZMinus,
		"interval_pl_timestamp(interval,timestamp)":     swapped(timestampPlus),
		"interval_pl_timestamptz(interval,timestamptz)": swapped(timestampTZPlus),

		"date_pl_interval": overDate(timestampPlus),
		"date_mi_interval": overDate(timestampMinus),

		"interval_pl_date(interval,date)": swapped(overDate(timestampPlus)),
		"timestamp_mi": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return intervalResult(subtractTimestamps(a[0].Int(), a[1].Int()))
		},
		"date_mi": dateMinus, "date_pli": datePlusDays(1), "date_mii": datePlusDays(-1),
		"integer_pl_date(int4,date)": swapped(datePlusDays(1)),
		"datetime_timestamp":         dateWithTime, "timedate_pl(time,date)": swapped(dateWithTime),
		"datetimetz_timestamptz": dateWithTimeTZ, "timetzdate_pl(timetz,date)": swapped(dateWithTimeTZ),
		"time_pl_interval": timePlus(1), "time_mi_interval": timePlus(-1),
		"interval_pl_time(interval,time)": swapped(timePlus(1)),
		"timetz_pl_interval":              timeTZPlus(1), "timetz_mi_interval": timeTZPlus(-1),
		"interval_pl_timetz(interval,timetz)": swapped(timeTZPlus(1)),
		"time_mi_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.IntervalDatum(&types.Interval{Micros: a[0].Int() - a[1].Int()}), nil
		},
		"interval_pl": interval2(addIntervals), "interval_mi": interval2(subtractIntervals), "interval_um": interval1(negated),
		"interval_mul": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return intervalResult(scaleInterval(a[0].Interval(), a[1].Float(), false))
		},
		"mul_d_interval": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return intervalResult(scaleInterval(a[1].Interval(), a[0].Float(), false))
		},
		"interval_div": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[1].Float() == 0 {
				return types.Null, types.DivisionByZero()
			}
			return intervalResult(scaleInterval(a[0].Interval(), a[1].Float(), true))
		},
		"interval_justify_hours": interval1(justifyHours), "interval_justify_days": interval1(justifyDays),
		"interval_justify_interval": interval1(justifyInterval),
		"timestamp_age": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return intervalResult(age(a[0].Int(), a[1].Int()))
		},
		"timestamptz_age": func(c *Context, a []types.Datum) (types.Datum, error) {
			loc := c.location()
			return intervalResult(age(types.LocalTimestamp(a[0].Int(), loc), types.LocalTimestamp(a[1].Int(), loc)))
		},
		"age(timestamp)": func(c *Context, a []types.Datum) (types.Datum, error) {
			return intervalResult(age(today(c), a[0].Int()))
		},
		"age(timestamptz)": func(c *Context, a []types.Datum) (types.Datum, error) {
			return intervalResult(age(today(c), types.LocalTimestamp(a[0].Int(), c.location())))
		},
		"timestamp_finite": finiteTimestamp, "date_finite": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(!types.IsInfiniteDate(a[0].Int())), nil
		},
		"interval_finite": func(*Context, []types.Datum) (types.Datum, error) { return types.Bool(true), nil },
		"now":             transactionTime, "statement_timestamp": statementTime, "clock_timestamp": clockTime,
		"timeofday": timeOfDayText,
	})
	provideTimeCasts()
	provideTimeComparisons()
}

// today is midnight of the transaction's day, as a wall clock.
func today(c *Context) int64 {
	days, _ := types.SplitTimestamp(types.LocalTimestamp(types.TimestampFromTime(c.TxTime), c.location()))
	return days * types.MicrosPerDay
}

func provideTimeCasts() {
	local := func(c *Context, a []types.Datum) int64 { return types.LocalTimestamp(a[0].Int(), c.location()) }
	Provide(map[string]Func{
		"date_timestamp": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return intResult(dateToTimestamp(a[0].Int()))
		},
		"date_timestamptz": func(c *Context, a []types.Datum) (types.Datum, error) {
			return intResult(timestampTZOfDate(c, a[0].Int()))
		},
		"timestamp_date": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(timestampToDate(a[0].Int())), nil
		},
		"timestamptz_date": func(c *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(timestampToDate(local(c, a))), nil
		},
		"timestamp_time": func(_ *Context, a []types.Datum) (types.Datum, error) { return timeOfTimestamp(a[0].Int()) },
		"timestamptz_time": func(c *Context, a []types.Datum) (types.Datum, error) {
			return timeOfTimestamp(local(c, a))
		},
		"timestamptz_timetz":    timeTZOfTimestampTZ,
		"timestamptz_timestamp": func(c *Context, a []types.Datum) (types.Datum, error) { return types.Int(local(c, a)), nil },
		"timestamp_timestamptz": func(c *Context, a []types.Datum) (types.Datum, error) {
			return timestampDatum(types.UTCTimestamp(a[0].Int(), c.location()))
		},
		"timestamptz(date,time)": func(c *Context, a []types.Datum) (types.Datum, error) {
			d, err := dateWithTime(c, a)
			if err != nil {
				return d, err
			}
			return timestampDatum(types.UTCTimestamp(d.Int(), c.location()))
		},
		"time_interval": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.IntervalDatum(&types.Interval{Micros: a[0].Int()}), nil
		},
		"interval_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(wrapTime(a[0].Interval().Micros)), nil
		},
		"time_timetz": timeToTimeTZ,
		"timetz_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(a[0].TimeTZ().Micros), nil
		},
		"timestamp_scale": lengthFunc(types.TimestampOID), "timestamptz_scale": lengthFunc(types.TimestampTZOID),
		"time_scale": lengthFunc(types.TimeOID), "timetz_scale": lengthFunc(types.TimeTZOID),
		"interval_scale": lengthFunc(types.IntervalOID),
	})
}

// provideTimeComparisons compares date, timestamp and timestamptz with each other.
func provideTimeComparisons() {
	type convert func(c *Context, v int64) int64
	asIs := func(_ *Context, v int64) int64 { return v }
	date := func(_ *Context, v int64) int64 { return dateForCompare(v) }
	toTZ := func(c *Context, v int64) int64 { return types.UTCTimestamp(v, c.location()) }
	dateTZ := func(c *Context, v int64) int64 { return types.UTCTimestamp(dateForCompare(v), c.location()) }
	for _, pair := range []struct {
		left, right string
		l, r        convert
	}{
		{"date", "timestamp", date, asIs},
		{"timestamp", "date", asIs, date},
		{"date", "timestamptz", dateTZ, asIs},
		{"timestamptz", "date", asIs, dateTZ},
		{"timestamp", "timestamptz", toTZ, asIs},
		{"timestamptz", "timestamp", asIs, toTZ},
	} {
		for _, op := range []string{"eq", "ne", "lt", "le", "gt", "ge"} {
			test := comparison(op)
			provide(pair.left+"_"+op+"_"+pair.right, implementation{fn: func(c *Context, a []types.Datum) (types.Datum, error) {
				l, r := pair.l(c, a[0].Int()), pair.r(c, a[1].Int())
				return types.Bool(test(types.Compare(types.Int8OID, types.Int(l), types.Int(r)))), nil
			}})
		}
		provide(pair.left+"_cmp_"+pair.right, implementation{fn: func(c *Context, a []types.Datum) (types.Datum, error) {
			l, r := pair.l(c, a[0].Int()), pair.r(c, a[1].Int())
			return types.Int(int64(types.Compare(types.Int8OID, types.Int(l), types.Int(r)))), nil
		}})
	}
}

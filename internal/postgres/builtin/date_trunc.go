package builtin

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// truncTimestamp cuts a wall clock down to a unit.
func truncTimestamp(u unit, ts int64) (int64, bool) {
	days, tod := types.SplitTimestamp(ts)
	year, month, _ := types.CivilFromDate(days)
	switch u {
	case unitMicrosecond:
	case unitMillisecond:
		tod -= tod % 1000
	case unitSecond:
		tod -= tod % types.MicrosPerSecond
	case unitMinute:
		tod -= tod % types.MicrosPerMinute
	case unitHour:
		tod -= tod % types.MicrosPerHour
	case unitDay:
		tod = 0
	case unitWeek:
		y, w := isoWeek(days)
		days, tod = isoWeekStart(y, w), 0
	case unitMonth:
		days, tod = types.DateFromCivil(year, month, 1), 0
	case unitQuarter:
		days, tod = types.DateFromCivil(year, (month-1)/3*3+1, 1), 0
	case unitYear:
		days, tod = types.DateFromCivil(year, 1, 1), 0
	case unitDecade:
		if year > 0 {
			year = year / 10 * 10
		} else {
			year = -((8 - (year - 1)) / 10) * 10
		}
		days, tod = types.DateFromCivil(year, 1, 1), 0
	case unitCentury:
		if year > 0 {
			year = (year+99)/100*100 - 99
		} else {
			year = -((99-(year-1))/100)*100 + 1
		}
		days, tod = types.DateFromCivil(year, 1, 1), 0
	case unitMillennium:
		if year > 0 {
			year = (year+999)/1000*1000 - 999
		} else {
			year = -((999-(year-1))/1000)*1000 + 1
		}
		days, tod = types.DateFromCivil(year, 1, 1), 0
	default:
		return 0, false
	}
	return days*types.MicrosPerDay + tod, true
}

func dateTrunc(oid types.OID, zone func(c *Context, a []types.Datum) (*time.Location, error)) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		name := a[0].Str()
		u, err := truncUnit(name, oid)
		if err != nil {
			return types.Null, err
		}
		loc, err := zone(c, a)
		if err != nil {
			return types.Null, err
		}
		ts := a[1].Int()
		if types.IsInfiniteTimestamp(ts) {
			return a[1], nil
		}
		local, ok := truncTimestamp(u, types.LocalTimestamp(ts, loc))
		if !ok {
			return types.Null, unsupportedUnit(name, oid)
		}
		// Within a day the offset stays what it was, even where it changes.
		if u <= unitHour {
			return timestampDatum(ts - (types.LocalTimestamp(ts, loc) - local))
		}
		return timestampDatum(types.UTCTimestamp(local, loc))
	}
}

func noZone(*Context, []types.Datum) (*time.Location, error) { return time.UTC, nil }

func sessionZone(c *Context, _ []types.Datum) (*time.Location, error) { return c.location(), nil }

func namedZone(_ *Context, a []types.Datum) (*time.Location, error) {
	return types.LoadZone(a[2].Str())
}

func intervalTrunc(_ *Context, a []types.Datum) (types.Datum, error) {
	name := a[0].Str()
	u, err := truncUnit(name, types.IntervalOID)
	if err != nil {
		return types.Null, err
	}
	iv := *a[1].Interval()
	cutMonths := func(n int32) {
		iv.Months -= iv.Months % n
		iv.Days, iv.Micros = 0, 0
	}
	switch u {
	case unitMicrosecond:
	case unitMillisecond:
		iv.Micros -= iv.Micros % 1000
	case unitSecond:
		iv.Micros -= iv.Micros % types.MicrosPerSecond
	case unitMinute:
		iv.Micros -= iv.Micros % types.MicrosPerMinute
	case unitHour:
		iv.Micros -= iv.Micros % types.MicrosPerHour
	case unitDay:
		iv.Micros = 0
	case unitMonth:
		cutMonths(1)
	case unitQuarter:
		cutMonths(3)
	case unitYear:
		cutMonths(12)
	case unitDecade:
		cutMonths(120)
	case unitCentury:
		cutMonths(1200)
	case unitMillennium:
		cutMonths(12000)
	case unitWeek:
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s",
			name, types.TypeName(types.IntervalOID)).WithDetail("Months usually have fractional weeks.")
	default:
		return types.Null, unsupportedUnit(name, types.IntervalOID)
	}
	return types.IntervalDatum(&iv), nil
}

// dateBin puts a timestamp into the bin of a stride that it falls in, counted
// from an origin.
func dateBin(_ *Context, a []types.Datum) (types.Datum, error) {
	stride, ts, origin := a[0].Interval(), a[1].Int(), a[2].Int()
	if types.IsInfiniteTimestamp(ts) {
		return a[1], nil
	}
	if types.IsInfiniteTimestamp(origin) {
		return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "origin out of range")
	}
	if stride.Months != 0 {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported,
			"timestamps cannot be binned into intervals containing months or years")
	}
	whole, ok := types.MulInt64(int64(stride.Days), types.MicrosPerDay)
	if ok {
		whole, ok = types.AddInt64(whole, stride.Micros)
	}
	if !ok {
		return types.Null, types.IntervalOutOfRange()
	}
	if whole <= 0 {
		return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	diff, ok := types.SubInt64(ts, origin)
	if !ok {
		return types.Null, types.IntervalOutOfRange()
	}
	rest := diff % whole
	if rest < 0 {
		rest += whole
	}
	return timestampDatum(ts - rest)
}

// zoneByInterval is the fixed zone an interval means.
func zoneByInterval(d types.Datum) (*time.Location, error) {
	iv := d.Interval()
	if iv.Months != 0 || iv.Days != 0 {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "interval time zone \"%s\" must not include months or days",
			types.Output(types.IntervalOID, d, nil))
	}
	return time.FixedZone("", int(iv.Micros/types.MicrosPerSecond)), nil
}

func zoneByName(d types.Datum) (*time.Location, error) { return types.LoadZone(d.Str()) }

// atZone is AT TIME ZONE: the zone first, then the value.
func atZone(find func(types.Datum) (*time.Location, error), convert func(int64, *time.Location) int64) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		loc, err := find(a[0])
		if err != nil {
			return types.Null, err
		}
		return timestampDatum(convert(a[1].Int(), loc))
	}
}

func timeTZAtZone(find func(types.Datum) (*time.Location, error)) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		loc, err := find(a[0])
		if err != nil {
			return types.Null, err
		}
		at := time.Now()
		if c != nil && !c.TxTime.IsZero() {
			at = c.TxTime
		}
		_, off := at.In(loc).Zone()
		t := a[1].TimeTZ()
		micros := wrapTime(t.Micros + (int64(t.Zone)+int64(off))*types.MicrosPerSecond)
		return types.TimeTZDatum(&types.TimeTZ{Micros: micros, Zone: int32(-off)}), nil
	}
}

func init() {
	Provide(map[string]Func{
		"timestamp_trunc":        dateTrunc(types.TimestampOID, noZone),
		"timestamptz_trunc":      dateTrunc(types.TimestampTZOID, sessionZone),
		"timestamptz_trunc_zone": dateTrunc(types.TimestampTZOID, namedZone),
		"interval_trunc":         intervalTrunc, "timestamp_bin": dateBin, "timestamptz_bin": dateBin,
		"timestamp_zone": atZone(zoneByName, types.UTCTimestamp), "timestamptz_zone": atZone(zoneByName, types.LocalTimestamp),
		"timestamp_izone":   atZone(zoneByInterval, types.UTCTimestamp),
		"timestamptz_izone": atZone(zoneByInterval, types.LocalTimestamp),
		"timetz_zone":       timeTZAtZone(zoneByName), "timetz_izone": timeTZAtZone(zoneByInterval),
	})
}

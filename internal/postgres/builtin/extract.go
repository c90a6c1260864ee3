package builtin

import (
	"math"
	"math/big"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// fieldValue is what extract found: an integer scaled down by 10^scale, or for
// the fields of infinity a float.
type fieldValue struct {
	v     int64
	scale int
	big   *numeric // where 64 bits do not hold it
	inf   float64
	null  bool
}

func (f fieldValue) numeric() types.Datum {
	switch {
	case f.null:
		return types.Null
	case f.inf != 0:
		return types.NumericDatum(types.NumericInf(f.inf < 0))
	case f.big != nil:
		return types.NumericDatum(f.big)
	}
	return types.NumericDatum(types.NumericFromScaled(f.v, f.scale))
}

func (f fieldValue) float() (types.Datum, error) {
	switch {
	case f.null:
		return types.Null, nil
	case f.inf != 0:
		return types.Float(f.inf), nil
	case f.big != nil:
		v, err := types.NumericToFloat(f.big, types.Float8OID)
		return types.Float(v), err
	}
	return types.Float(float64(f.v) / math.Pow10(f.scale)), nil
}

// extractor finds a field of a value; the first argument is the field's name.
type extractor func(c *Context, name string, d types.Datum) (fieldValue, error)

// provideExtract makes extract (numeric) and date_part (float8) of one finder.
func provideExtract(extractName, partName string, find extractor) {
	if extractName != "" {
		provide(extractName, implementation{fn: func(c *Context, a []types.Datum) (types.Datum, error) {
			v, err := find(c, a[0].Str(), a[1])
			if err != nil {
				return types.Null, err
			}
			return v.numeric(), nil
		}})
	}
	if partName == "" {
		return
	}
	provide(partName, implementation{fn: func(c *Context, a []types.Datum) (types.Datum, error) {
		v, err := find(c, a[0].Str(), a[1])
		if err != nil {
			return types.Null, err
		}
		return v.float()
	}})
}

// julianEpoch is the Julian day of 2000-01-01.
const julianEpoch = 2451545

// unixEpoch is 1970-01-01 in µs since 2000-01-01.
const unixEpoch = -946684800000000

// infiniteField is a field of infinity: infinite where it grows without bound,
// NULL where it cycles.
func infiniteField(u unit, name string, oid types.OID, negative bool) (fieldValue, error) {
	switch u {
	case unitMicrosecond, unitMillisecond, unitSecond, unitMinute, unitHour, unitDay, unitMonth, unitQuarter,
		unitWeek, unitDOW, unitISODOW, unitDOY, unitTimezone, unitTimezoneHour, unitTimezoneMinute:
		return fieldValue{null: true}, nil
	case unitYear, unitDecade, unitCentury, unitMillennium, unitJulian, unitISOYear, unitEpoch:
		if negative {
			return fieldValue{inf: math.Inf(-1)}, nil
		}
		return fieldValue{inf: math.Inf(1)}, nil
	}
	return fieldValue{}, unsupportedUnit(name, oid)
}

// timeField finds the fields within a day.
func timeField(u unit, tod int64) (fieldValue, bool) {
	second := tod % types.MicrosPerMinute
	switch u {
	case unitMicrosecond:
		return fieldValue{v: second}, true
	case unitMillisecond:
		return fieldValue{v: second, scale: 3}, true
	case unitSecond:
		return fieldValue{v: second, scale: 6}, true
	case unitMinute:
		return fieldValue{v: tod / types.MicrosPerMinute % 60}, true
	case unitHour:
		return fieldValue{v: tod / types.MicrosPerHour}, true
	}
	return fieldValue{}, false
}

// dateField finds the fields of a day.
func dateField(u unit, days int64) (fieldValue, bool) {
	year, month, day := types.CivilFromDate(days)
	shown := year // there is no year 0: 1 BC is -1
	if shown <= 0 {
		shown--
	}
	var v int
	switch u {
	case unitDay:
		v = day
	case unitMonth:
		v = month
	case unitQuarter:
		v = (month-1)/3 + 1
	case unitWeek:
		_, v = isoWeek(days)
	case unitYear:
		v = shown
	case unitISOYear:
		v, _ = isoWeek(days)
		if v <= 0 {
			v--
		}
	case unitDecade:
		v = decadeOf(year)
	case unitCentury:
		v = centuryOf(year)
	case unitMillennium:
		v = millenniumOf(year)
	case unitDOW:
		v = types.Weekday(days)
	case unitISODOW:
		v = isoWeekday(days)
	case unitDOY:
		v = dayOfYear(days)
	default:
		return fieldValue{}, false
	}
	return fieldValue{v: int64(v)}, true
}

func extractTimestamp(_ *Context, name string, d types.Datum) (fieldValue, error) {
	return timestampField(name, types.TimestampOID, d.Int(), d.Int(), 0)
}

func extractTimestampTZ(c *Context, name string, d types.Datum) (fieldValue, error) {
	ts := d.Int()
	if types.IsInfiniteTimestamp(ts) {
		return timestampField(name, types.TimestampTZOID, ts, ts, 0)
	}
	_, off := types.ZoneOffset(ts, c.location())
	return timestampField(name, types.TimestampTZOID, ts, ts+int64(off)*types.MicrosPerSecond, off)
}

func timestampField(name string, oid types.OID, ts, local int64, offset int) (fieldValue, error) {
	u, err := findUnit(name, oid)
	if err != nil {
		return fieldValue{}, err
	}
	if types.IsInfiniteTimestamp(ts) {
		return infiniteField(u, name, oid, ts < 0)
	}
	if u >= unitTimezone && oid != types.TimestampTZOID {
		return fieldValue{}, unsupportedUnit(name, oid)
	}
	days, tod := types.SplitTimestamp(local)
	if v, ok := timeField(u, tod); ok {
		return v, nil
	}
	if v, ok := dateField(u, days); ok {
		return v, nil
	}
	switch u {
	case unitEpoch:
		return timestampEpoch(ts)
	case unitJulian:
		return julian(days, tod)
	case unitTimezone:
		return fieldValue{v: int64(offset)}, nil
	case unitTimezoneHour:
		return fieldValue{v: int64(offset / 3600)}, nil
	case unitTimezoneMinute:
		return fieldValue{v: int64(offset / 60 % 60)}, nil
	}
	return fieldValue{}, unsupportedUnit(name, oid)
}

// timestampEpoch counts from 1970; the end of the range is beyond 64 bits then.
func timestampEpoch(ts int64) (fieldValue, error) {
	if ts < math.MaxInt64+unixEpoch {
		return fieldValue{v: ts - unixEpoch, scale: 6}, nil
	}
	v, err := types.NumericAdd(types.NumericFromScaled(ts, 6), types.NumericFromScaled(-unixEpoch, 6))
	return fieldValue{big: v}, err
}

// julian is the Julian day with the fraction of the day that has passed.
func julian(days, tod int64) (fieldValue, error) {
	q, err := types.NumericDiv(types.NumericFromInt(tod), types.NumericFromInt(types.MicrosPerDay))
	if err != nil {
		return fieldValue{}, err
	}
	v, err := types.NumericAdd(types.NumericFromInt(days+julianEpoch), q)
	return fieldValue{big: v}, err
}

func extractDate(_ *Context, name string, d types.Datum) (fieldValue, error) {
	u, err := findUnit(name, types.DateOID)
	if err != nil {
		return fieldValue{}, err
	}
	if u <= unitHour || u >= unitTimezone {
		return fieldValue{}, unsupportedUnit(name, types.DateOID)
	}
	days := d.Int()
	if types.IsInfiniteDate(days) {
		return infiniteField(u, name, types.DateOID, days < 0)
	}
	if v, ok := dateField(u, days); ok {
		return v, nil
	}
	if u == unitJulian {
		return fieldValue{v: days + julianEpoch}, nil
	}
	return fieldValue{v: days*86400 - unixEpoch/types.MicrosPerSecond}, nil
}

func extractTime(_ *Context, name string, d types.Datum) (fieldValue, error) {
	u, err := findUnit(name, types.TimeOID)
	if err != nil {
		return fieldValue{}, err
	}
	if v, ok := timeField(u, d.Int()); ok {
		return v, nil
	}
	if u == unitEpoch {
		return fieldValue{v: d.Int(), scale: 6}, nil
	}
	return fieldValue{}, unsupportedUnit(name, types.TimeOID)
}

func extractTimeTZ(_ *Context, name string, d types.Datum) (fieldValue, error) {
	u, err := findUnit(name, types.TimeTZOID)
	if err != nil {
		return fieldValue{}, err
	}
	t := d.TimeTZ()
	if v, ok := timeField(u, t.Micros); ok {
		return v, nil
	}
	offset := int64(-t.Zone)
	switch u {
	case unitEpoch:
		return fieldValue{v: t.Micros - offset*types.MicrosPerSecond, scale: 6}, nil
	case unitTimezone:
		return fieldValue{v: offset}, nil
	case unitTimezoneHour:
		return fieldValue{v: offset / 3600}, nil
	case unitTimezoneMinute:
		return fieldValue{v: offset / 60 % 60}, nil
	}
	return fieldValue{}, unsupportedUnit(name, types.TimeTZOID)
}

func extractInterval(_ *Context, name string, d types.Datum) (fieldValue, error) {
	u, err := findUnit(name, types.IntervalOID)
	if err != nil {
		return fieldValue{}, err
	}
	iv := d.Interval()
	if v, ok := timeField(u, iv.Micros); ok {
		return v, nil
	}
	years, months := iv.Months/12, iv.Months%12
	switch u {
	case unitDay:
		return fieldValue{v: int64(iv.Days)}, nil
	case unitMonth:
		return fieldValue{v: int64(months)}, nil
	case unitQuarter:
		return fieldValue{v: int64(months/3 + 1)}, nil
	case unitYear:
		return fieldValue{v: int64(years)}, nil
	case unitDecade:
		return fieldValue{v: int64(years / 10)}, nil
	case unitCentury:
		return fieldValue{v: int64(years / 100)}, nil
	case unitMillennium:
		return fieldValue{v: int64(years / 1000)}, nil
	case unitEpoch:
		return intervalEpoch(iv), nil
	}
	return fieldValue{}, unsupportedUnit(name, types.IntervalOID)
}

// intervalEpoch counts a year as 365.25 days, a month as 30.
func intervalEpoch(iv *types.Interval) fieldValue {
	years, months := int64(iv.Months/12), int64(iv.Months%12)
	seconds := years*(36525*864) + (months*30+int64(iv.Days))*86400
	v := new(big.Int).Mul(big.NewInt(seconds), big.NewInt(types.MicrosPerSecond))
	v.Add(v, big.NewInt(iv.Micros))
	n := new(numeric)
	n.Negative = v.Sign() < 0
	n.Coeff.SetMathBigInt(v.Abs(v))
	n.Exponent = -6
	return fieldValue{big: n}
}

func init() {
	provideExtract("extract_timestamp", "timestamp_part", extractTimestamp)
	provideExtract("extract_timestamptz", "timestamptz_part", extractTimestampTZ)
	provideExtract("extract_time", "time_part", extractTime)
	provideExtract("extract_timetz", "timetz_part", extractTimeTZ)
	provideExtract("extract_interval", "interval_part", extractInterval)
	provideExtract("extract_date", "", extractDate)
	// date_part of a date is that of its midnight.
	provideExtract("", "date_part(text,date)", func(c *Context, name string, d types.Datum) (fieldValue, error) {
		ts, err := dateToTimestamp(d.Int())
		if err != nil {
			return fieldValue{}, err
		}
		return extractTimestamp(c, name, types.Int(ts))
	})
}

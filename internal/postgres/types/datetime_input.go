package types

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// ParseDate reads a date: days since 2000-01-01.
func ParseDate(s string, f *Format) (int64, error) {
	if v, ok := isoDate(s); ok {
		return v, nil
	}
	_, order := f.dateStyle()
	d, code := decodeDateTime(s, order, false)
	if code != dtOK {
		return 0, d.refused(code, s, DateOID)
	}
	switch d.special {
	case 0:
	case wordInfinity:
		return DateInfinity, nil
	case wordMinusInfinity:
		return DateMinusInfinity, nil
	case wordEpoch:
		return unixEpochDays, nil
	default:
		local, err := specialLocal(d, s, f, DateOID)
		if err != nil {
			return 0, err
		}
		days, _ := SplitTimestamp(local)
		return days, nil
	}
	days := DateFromCivil(d.year, d.month, d.day)
	if d.year > 6_000_000 || !ValidDate(days) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
	}
	return days, nil
}

// isoDate is the fast path for yyyy-mm-dd.
func isoDate(s string) (int64, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, ok1 := smallNumber(s[:4])
	m, ok2 := smallNumber(s[5:7])
	d, ok3 := smallNumber(s[8:])
	if !ok1 || !ok2 || !ok3 || y == 0 || m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) {
		return 0, false
	}
	return DateFromCivil(y, m, d), true
}

// refused is the error for a literal; d may be nil.
func (d *dateTime) refused(code dtCode, s string, oid OID) error {
	if code == dtUnknownZone {
		return pgerr.New(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", d.unknownZone)
	}
	return dateTimeError(code, s, oid)
}

func dateTimeError(code dtCode, s string, oid OID) error {
	name := TypeName(oid)
	switch oid {
	case TimestampOID:
		name = "timestamp"
	case TimeOID:
		name = "time"
	}
	return dtError(code, s, name)
}

// specialLocal is now, today, tomorrow or yesterday as a wall clock.
func specialLocal(d *dateTime, s string, f *Format, oid OID) (int64, error) {
	if f == nil || f.Now.IsZero() || d.special == wordAllBalls {
		return 0, dateTimeError(dtBadFormat, s, oid)
	}
	local := LocalTimestamp(TimestampFromTime(f.Now), f.location())
	if d.special == wordNow {
		return local, nil
	}
	days, _ := SplitTimestamp(local)
	switch d.special {
	case wordTomorrow:
		days++
	case wordYesterday:
		days--
	}
	return days*MicrosPerDay + d.timeOfDay(), nil
}

// ParseTimestamp reads a timestamp without time zone; a zone in the literal is
// ignored.
func ParseTimestamp(s string, f *Format) (int64, error) {
	return parseTimestamp(s, f, TimestampOID)
}

// ParseTimestampTZ reads a timestamp with time zone; without a zone in the
// literal it is in the session's.
func ParseTimestampTZ(s string, f *Format) (int64, error) {
	return parseTimestamp(s, f, TimestampTZOID)
}

func parseTimestamp(s string, f *Format, oid OID) (int64, error) {
	if local, offset, zoned, ok := isoTimestamp(s); ok {
		switch {
		case oid == TimestampOID:
		case zoned:
			local -= int64(offset) * MicrosPerSecond
		default:
			local = UTCTimestamp(local, f.location())
		}
		return local, nil
	}
	_, order := f.dateStyle()
	d, code := decodeDateTime(s, order, false)
	if code != dtOK {
		return 0, d.refused(code, s, oid)
	}
	var local int64
	switch d.special {
	case 0:
		if d.year > 300_000 || d.year < -5_000 {
			return 0, timestampOutOfRange(s)
		}
		local = DateFromCivil(d.year, d.month, d.day)*MicrosPerDay + d.timeOfDay()
		if local < minTimestamp-MicrosPerDay {
			return 0, timestampOutOfRange(s)
		}
	case wordInfinity:
		return TimestampInfinity, nil
	case wordMinusInfinity:
		return TimestampNegInfinity, nil
	case wordEpoch:
		return unixEpochMicros, nil
	default:
		v, err := specialLocal(d, s, f, oid)
		if err != nil {
			return 0, err
		}
		local = v
	}
	if oid == TimestampTZOID {
		switch {
		case d.mask&hasZone == 0:
			local = UTCTimestamp(local, f.location())
		case d.zone != nil:
			local = UTCTimestamp(local, d.zone)
		default:
			local -= int64(d.offset) * MicrosPerSecond
		}
	}
	if !ValidTimestamp(local) {
		return 0, timestampOutOfRange(s)
	}
	return local, nil
}

func timestampOutOfRange(s string) error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
}

// ParseTime reads a time of day: µs since midnight.
func ParseTime(s string, f *Format) (int64, error) {
	d, err := parseTimeOnly(s, f, TimeOID)
	if err != nil {
		return 0, err
	}
	return d.timeOfDay(), nil
}

// ParseTimeTZ reads a time of day with its zone; without one it is in the
// session's, at the date of Format.Now.
func ParseTimeTZ(s string, f *Format) (*TimeTZ, error) {
	d, err := parseTimeOnly(s, f, TimeTZOID)
	if err != nil {
		return nil, err
	}
	t := &TimeTZ{Micros: d.timeOfDay(), Zone: int32(-d.offset)}
	loc := d.zone
	if d.mask&hasZone == 0 {
		loc = f.location()
	}
	if loc == nil {
		return t, nil
	}
	var local int64
	switch {
	case d.mask&hasDate == hasDate:
		local = DateFromCivil(d.year, d.month, d.day)*MicrosPerDay + t.Micros
	case f != nil && !f.Now.IsZero():
		days, _ := SplitTimestamp(LocalTimestamp(TimestampFromTime(f.Now), loc))
		local = days*MicrosPerDay + t.Micros
	}
	if d.mask&hasZone != 0 && d.mask&hasDate != hasDate {
		// A zone with summer time says nothing without a date.
		return nil, dateTimeError(dtBadFormat, s, TimeTZOID)
	}
	t.Zone = int32(-localOffset(local, loc))
	return t, nil
}

func parseTimeOnly(s string, f *Format, oid OID) (*dateTime, error) {
	_, order := f.dateStyle()
	d, code := decodeDateTime(s, order, true)
	if code != dtOK {
		return nil, d.refused(code, s, oid)
	}
	if d.special != 0 {
		if d.special != wordNow {
			return nil, dateTimeError(dtBadFormat, s, oid)
		}
		local, err := specialLocal(d, s, f, oid)
		if err != nil {
			return nil, err
		}
		_, tod := SplitTimestamp(local)
		d.setTimeOfDay(tod)
		d.special = 0
		return d, nil
	}
	if d.mask&hasTime == 0 {
		return nil, dateTimeError(dtBadFormat, s, oid)
	}
	if t := d.timeOfDay(); t > MicrosPerDay {
		return nil, dateTimeError(dtFieldOverflow, s, oid)
	}
	return d, nil
}

// roundMicros rounds to a precision of 0 to 6 digits, half away from zero.
func roundMicros(v int64, precision int32) int64 {
	if precision < 0 || precision >= maxTimePrecision {
		return v
	}
	unit := int64(1)
	for range maxTimePrecision - precision {
		unit *= 10
	}
	if v >= 0 {
		return (v + unit/2) / unit * unit
	}
	return -((-v + unit/2) / unit * unit)
}

// applyTimestampTypmod rounds a timestamp to its type's precision.
func applyTimestampTypmod(v int64, typmod Typmod) (int64, error) {
	if typmod < 0 || IsInfiniteTimestamp(v) {
		return v, nil
	}
	r := roundMicros(v, typmod)
	if !ValidTimestamp(r) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
	}
	return r, nil
}

package types

import (
	"math"
	"time"
)

// Units of time in microseconds.
const (
	MicrosPerSecond = int64(1_000_000)
	MicrosPerMinute = 60 * MicrosPerSecond
	MicrosPerHour   = 60 * MicrosPerMinute
	MicrosPerDay    = 24 * MicrosPerHour
)

// Infinite dates and timestamps.
const (
	DateInfinity         = int64(math.MaxInt32)
	DateMinusInfinity    = int64(math.MinInt32)
	TimestampInfinity    = int64(math.MaxInt64)
	TimestampNegInfinity = int64(math.MinInt64)
)

// Bounds, from PostgreSQL's timestamp.h: a date runs from 4714-11-24 BC to
// 5874897-12-31, a timestamp to 294276-12-31.
const (
	minDate      = int64(-2451545)
	endDate      = int64(2145031949) // first day past the last
	minTimestamp = int64(-211813488000000000)
	endTimestamp = int64(9223371331200000000)
)

// unixEpochDays is 1970-01-01 in days since 2000-01-01.
const unixEpochDays = -10957

// unixEpochMicros is 1970-01-01 00:00 UTC in µs since 2000-01-01.
const unixEpochMicros = unixEpochDays * int64(86400) * 1_000_000

// ValidDate tells whether a finite date is in PostgreSQL's range.
func ValidDate(days int64) bool { return days >= minDate && days < endDate }

// ValidTimestamp tells whether a finite timestamp is in range.
func ValidTimestamp(micros int64) bool { return micros >= minTimestamp && micros < endTimestamp }

// IsInfiniteDate tells infinity and -infinity.
func IsInfiniteDate(days int64) bool { return days == DateInfinity || days == DateMinusInfinity }

// IsInfiniteTimestamp tells infinity and -infinity.
func IsInfiniteTimestamp(micros int64) bool {
	return micros == TimestampInfinity || micros == TimestampNegInfinity
}

// DateFromCivil is the day number since 2000-01-01 of a proleptic Gregorian
// date; year 0 is 1 BC.
func DateFromCivil(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := floorDiv64(y, 400)
	yoe := y - era*400
	mp := int64((month + 9) % 12)
	doy := (153*mp+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468 + unixEpochDays
}

// CivilFromDate is the inverse of DateFromCivil.
func CivilFromDate(days int64) (year, month, day int) {
	z := days - unixEpochDays + 719468
	era := floorDiv64(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := doy - (153*mp+2)/5 + 1
	m := mp + 3
	if m > 12 {
		m -= 12
	}
	y := yoe + era*400
	if m <= 2 {
		y++
	}
	return int(y), int(m), int(d)
}

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// SplitTimestamp cuts a finite timestamp into its day and the time within it.
func SplitTimestamp(micros int64) (days, timeOfDay int64) {
	days = floorDiv64(micros, MicrosPerDay)
	return days, micros - days*MicrosPerDay
}

// DaysInMonth is the length of a month.
func DaysInMonth(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if IsLeapYear(year) {
			return 29
		}
		return 28
	}
	return 31
}

// IsLeapYear is the Gregorian rule.
func IsLeapYear(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Weekday is 0 for Sunday.
func Weekday(days int64) int { return int(((days+6)%7 + 7) % 7) }

// TimestampFromTime converts an instant to timestamptz's µs since 2000.
func TimestampFromTime(t time.Time) int64 {
	return t.UnixMicro() + unixEpochMicros
}

// TimeFromTimestamp converts a timestamptz to an instant.
func TimeFromTimestamp(micros int64) time.Time {
	sec := floorDiv64(micros, MicrosPerSecond)
	return time.Unix(sec-unixEpochMicros/MicrosPerSecond, (micros-sec*MicrosPerSecond)*1000).UTC()
}

// ZoneOffset is the offset of a zone at a timestamptz, in seconds east of UTC,
// and the zone's abbreviation.
func ZoneOffset(micros int64, loc *time.Location) (name string, offset int) {
	if loc == time.UTC {
		return "UTC", 0
	}
	return TimeFromTimestamp(micros).In(loc).Zone()
}

// LocalTimestamp turns a timestamptz into the wall clock of a zone.
func LocalTimestamp(micros int64, loc *time.Location) int64 {
	if loc == time.UTC || IsInfiniteTimestamp(micros) {
		return micros
	}
	_, off := ZoneOffset(micros, loc)
	return micros + int64(off)*MicrosPerSecond
}

// UTCTimestamp turns a wall clock in a zone into a timestamptz. A time skipped
// in spring is read by the offset before the change, one that comes twice in
// autumn by the offset after it, as PostgreSQL does.
func UTCTimestamp(local int64, loc *time.Location) int64 {
	if loc == time.UTC || IsInfiniteTimestamp(local) {
		return local
	}
	return local - int64(localOffset(local, loc))*MicrosPerSecond
}

func localOffset(local int64, loc *time.Location) int {
	at := func(micros int64) int {
		_, off := ZoneOffset(micros, loc)
		return off
	}
	before, after := at(local-MicrosPerDay), at(local+MicrosPerDay)
	if before == after {
		return before
	}
	validBefore := at(local-int64(before)*MicrosPerSecond) == before
	validAfter := at(local-int64(after)*MicrosPerSecond) == after
	if validAfter {
		return after
	}
	if !validBefore && after < before {
		return after
	}
	return before
}

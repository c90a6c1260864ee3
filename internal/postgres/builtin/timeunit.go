package builtin

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// unit is a field of a date, time or interval, as extract and date_trunc name it.
type unit uint8

const (
	unitMicrosecond unit = iota + 1
	unitMillisecond
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitISOYear
	unitDOW
	unitISODOW
	unitDOY
	unitJulian
	unitEpoch
	unitTimezone
	unitTimezoneHour
	unitTimezoneMinute
)

var units = func() map[string]unit {
	m := map[string]unit{}
	for u, words := range map[unit]string{
		unitMicrosecond:    "us usec usecs usecond useconds microsecon microsecond microseconds",
		unitMillisecond:    "ms msec msecs msecond mseconds millisecon millisecond milliseconds",
		unitSecond:         "s sec secs second seconds",
		unitMinute:         "m min mins minute minutes",
		unitHour:           "h hr hrs hour hours",
		unitDay:            "d day days",
		unitWeek:           "w week weeks",
		unitMonth:          "mon mons month months",
		unitQuarter:        "qtr quarter",
		unitYear:           "y yr yrs year years",
		unitDecade:         "dec decs decade decades",
		unitCentury:        "c cent century centuries",
		unitMillennium:     "mil mils millennia millennium millenniums",
		unitISOYear:        "isoyear",
		unitDOW:            "dow",
		unitISODOW:         "isodow",
		unitDOY:            "doy",
		unitJulian:         "julian j jd",
		unitEpoch:          "epoch",
		unitTimezone:       "timezone",
		unitTimezoneHour:   "timezone_h timezone_hour",
		unitTimezoneMinute: "timezone_m timezone_minute",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = u
		}
	}
	return m
}()

func unknownUnit(name string, oid types.OID) error {
	return pgerr.New(pgerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s",
		strings.ToLower(name), types.TypeName(oid))
}

func unsupportedUnit(name string, oid types.OID) error {
	return pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s",
		strings.ToLower(name), types.TypeName(oid))
}

func findUnit(name string, oid types.OID) (unit, error) {
	u, ok := units[strings.ToLower(name)]
	if !ok {
		return 0, unknownUnit(name, oid)
	}
	return u, nil
}

// truncUnit finds a unit that values can be cut to.
func truncUnit(name string, oid types.OID) (unit, error) {
	u, err := findUnit(name, oid)
	if err == nil && u >= unitISOYear && u < unitTimezone {
		return 0, unknownUnit(name, oid)
	}
	return u, err
}

// isoWeek is the ISO 8601 year and week of a day.
func isoWeek(days int64) (year, week int) {
	// The week belongs to the year its Thursday is in.
	thursday := days - int64((types.Weekday(days)+6)%7) + 3
	year, _, _ = types.CivilFromDate(thursday)
	return year, int(thursday-types.DateFromCivil(year, 1, 1))/7 + 1
}

// isoWeekStart is the Monday of an ISO week.
func isoWeekStart(year, week int) int64 {
	jan4 := types.DateFromCivil(year, 1, 4)
	return jan4 - int64((types.Weekday(jan4)+6)%7) + int64(week-1)*7
}

// isoWeekday is 1 for Monday to 7 for Sunday.
func isoWeekday(days int64) int {
	if d := types.Weekday(days); d != 0 {
		return d
	}
	return 7
}

func dayOfYear(days int64) int {
	y, _, _ := types.CivilFromDate(days)
	return int(days-types.DateFromCivil(y, 1, 1)) + 1
}

// century, decade and millennium of a year (0 is 1 BC).
func centuryOf(year int) int {
	if year > 0 {
		return (year + 99) / 100
	}
	return -((99 - (year - 1)) / 100)
}

func millenniumOf(year int) int {
	if year > 0 {
		return (year + 999) / 1000
	}
	return -((999 - (year - 1)) / 1000)
}

func decadeOf(year int) int {
	if year >= 0 {
		return year / 10
	}
	return -((8 - (year - 1)) / 10)
}

package types

import (
	"strconv"
	"time"
)

// appendPadded writes a number with leading zeros.
func appendPadded(dst []byte, v, width int) []byte {
	switch {
	case width == 2 && v >= 0 && v < 100:
		return append(dst, '0'+byte(v/10), '0'+byte(v%10))
	case width == 4 && v >= 0 && v < 10000:
		return append(dst, '0'+byte(v/1000), '0'+byte(v/100%10), '0'+byte(v/10%10), '0'+byte(v%10))
	}
	for limit := 10; width > 1; width-- {
		if v < limit {
			for range width - 1 {
				dst = append(dst, '0')
			}
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, int64(v), 10)
}

// appendFraction writes the second's fraction without trailing zeros.
func appendFraction(dst []byte, micros int) []byte {
	if micros == 0 {
		return dst
	}
	dst = append(dst, '.')
	for scale := 100_000; micros > 0; scale /= 10 {
		dst = append(dst, '0'+byte(micros/scale))
		micros %= scale
	}
	return dst
}

func appendTimeOfDay(dst []byte, t int64) []byte {
	h, m, s, us := splitTimeOfDay(t)
	dst = appendPadded(dst, h, 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, m, 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, s, 2)
	return appendFraction(dst, us)
}

// appendZone writes an offset in seconds east of UTC: +02, +05:30, -00:01:15.
func appendZone(dst []byte, offset int) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	h, m, s := offset/3600, offset/60%60, offset%60
	dst = append(dst, sign)
	dst = appendPadded(dst, h, 2)
	if m != 0 || s != 0 {
		dst = append(dst, ':')
		dst = appendPadded(dst, m, 2)
	}
	if s != 0 {
		dst = append(dst, ':')
		dst = appendPadded(dst, s, 2)
	}
	return dst
}

// shownYear is the year as written, and whether BC follows.
func shownYear(year int) (int, bool) {
	if year <= 0 {
		return 1 - year, true
	}
	return year, false
}

func appendCivil(dst []byte, days int64, style dateStyle, order dateOrder) (_ []byte, bc bool) {
	year, month, day := CivilFromDate(days)
	year, bc = shownYear(year)
	first, second, sep := month, day, byte('/')
	switch style {
	case styleISO:
		dst = appendPadded(dst, year, 4)
		dst = append(dst, '-')
		dst = appendPadded(dst, month, 2)
		dst = append(dst, '-')
		return appendPadded(dst, day, 2), bc
	case styleGerman:
		first, second, sep = day, month, '.'
	case stylePostgres:
		sep = '-'
		if order == orderDMY {
			first, second = day, month
		}
	default:
		if order == orderDMY {
			first, second = day, month
		}
	}
	dst = appendPadded(dst, first, 2)
	dst = append(dst, sep)
	dst = appendPadded(dst, second, 2)
	dst = append(dst, sep)
	return appendPadded(dst, year, 4), bc
}

// AppendDate appends a date in the session's DateStyle.
func AppendDate(dst []byte, days int64, f *Format) []byte {
	switch days {
	case DateInfinity:
		return append(dst, "infinity"...)
	case DateMinusInfinity:
		return append(dst, "-infinity"...)
	}
	style, order := f.dateStyle()
	dst, bc := appendCivil(dst, days, style, order)
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst
}

// AppendTimestamp appends a timestamp without time zone.
func AppendTimestamp(dst []byte, micros int64, f *Format) []byte {
	return appendStamp(dst, micros, f, nil)
}

// AppendTimestampTZ appends a timestamp with time zone, in the session's zone.
func AppendTimestampTZ(dst []byte, micros int64, f *Format) []byte {
	if IsInfiniteTimestamp(micros) {
		return appendStamp(dst, micros, f, nil)
	}
	loc := f.location()
	name, off := "UTC", 0
	if loc != time.UTC {
		name, off = ZoneOffset(micros, loc)
	}
	return appendStamp(dst, micros+int64(off)*MicrosPerSecond, f, &zoneText{name, off})
}

// zoneText is the zone to write after a timestamp.
type zoneText struct {
	name   string
	offset int
}

// append writes an abbreviation, or the offset where the zone has none.
func (z *zoneText) append(dst []byte) []byte {
	if z.name != "" && isAlpha(z.name[0]) {
		return append(append(dst, ' '), z.name...)
	}
	return appendZone(append(dst, ' '), z.offset)
}

func appendStamp(dst []byte, local int64, f *Format, zone *zoneText) []byte {
	switch local {
	case TimestampInfinity:
		return append(dst, "infinity"...)
	case TimestampNegInfinity:
		return append(dst, "-infinity"...)
	}
	days, tod := SplitTimestamp(local)
	style, order := f.dateStyle()
	var bc bool
	if style == stylePostgres {
		dst, bc = appendPostgresStamp(dst, days, tod, order)
	} else {
		dst, bc = appendCivil(dst, days, style, order)
		dst = append(dst, ' ')
		dst = appendTimeOfDay(dst, tod)
	}
	if zone != nil {
		if style == styleISO {
			dst = appendZone(dst, zone.offset)
		} else {
			dst = zone.append(dst)
		}
	}
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst
}

// appendPostgresStamp is the Postgres style: Wed Dec 17 07:37:16 1997.
func appendPostgresStamp(dst []byte, days, tod int64, order dateOrder) ([]byte, bool) {
	year, month, day := CivilFromDate(days)
	year, bc := shownYear(year)
	dst = append(dst, DayNames[Weekday(days)][:3]...)
	dst = append(dst, ' ')
	if order == orderDMY {
		dst = appendPadded(dst, day, 2)
		dst = append(dst, ' ')
		dst = append(dst, MonthNames[month-1][:3]...)
	} else {
		dst = append(dst, MonthNames[month-1][:3]...)
		dst = append(dst, ' ')
		dst = appendPadded(dst, day, 2)
	}
	dst = append(dst, ' ')
	dst = appendTimeOfDay(dst, tod)
	dst = append(dst, ' ')
	return appendPadded(dst, year, 4), bc
}

func appendTimeTZ(dst []byte, t *TimeTZ) []byte {
	return appendZone(appendTimeOfDay(dst, t.Micros), -int(t.Zone))
}

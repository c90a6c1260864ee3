package types

import "strconv"

// intervalParts are the printed parts: all carry the sign of their group.
type intervalParts struct {
	years, months, days    int64
	hours, minutes, second int64
	micros                 int64
}

func splitInterval(iv *Interval) intervalParts {
	t := iv.Micros
	p := intervalParts{years: int64(iv.Months / 12), months: int64(iv.Months % 12), days: int64(iv.Days)}
	p.hours, t = t/MicrosPerHour, t%MicrosPerHour
	p.minutes, t = t/MicrosPerMinute, t%MicrosPerMinute
	p.second, p.micros = t/MicrosPerSecond, t%MicrosPerSecond
	return p
}

func (p *intervalParts) hasTime() bool {
	return p.hours != 0 || p.minutes != 0 || p.second != 0 || p.micros != 0
}

func (p *intervalParts) timeNegative() bool {
	return p.hours < 0 || p.minutes < 0 || p.second < 0 || p.micros < 0
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// AppendInterval appends an interval in the session's IntervalStyle.
func AppendInterval(dst []byte, iv *Interval, f *Format) []byte {
	p := splitInterval(iv)
	style := ""
	if f != nil {
		style = f.IntervalStyle
	}
	switch style {
	case "iso_8601":
		return p.appendISO(dst)
	case "sql_standard":
		return p.appendSQL(dst)
	case "postgres_verbose":
		return p.appendVerbose(dst)
	}
	return p.appendPostgres(dst)
}

func (p *intervalParts) appendClock(dst []byte, width int) []byte {
	dst = appendPadded(dst, int(abs(p.hours)), width)
	dst = append(dst, ':')
	dst = appendPadded(dst, int(abs(p.minutes)), 2)
	dst = append(dst, ':')
	return p.appendSeconds(dst, 2)
}

// appendSeconds writes seconds and their fraction without a sign.
func (p *intervalParts) appendSeconds(dst []byte, width int) []byte {
	dst = appendPadded(dst, int(abs(p.second)), width)
	return appendFraction(dst, int(abs(p.micros)))
}

func (p *intervalParts) appendPostgres(dst []byte) []byte {
	zero, before := true, false
	part := func(v int64, unit string) {
		if v == 0 {
			return
		}
		if !zero {
			dst = append(dst, ' ')
		}
		if before && v > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, v, 10)
		dst = append(append(dst, ' '), unit...)
		if v != 1 {
			dst = append(dst, 's')
		}
		zero, before = false, v < 0
	}
	part(p.years, "year")
	part(p.months, "mon")
	part(p.days, "day")
	if !zero && !p.hasTime() {
		return dst
	}
	if !zero {
		dst = append(dst, ' ')
	}
	switch {
	case p.timeNegative():
		dst = append(dst, '-')
	case before:
		dst = append(dst, '+')
	}
	return p.appendClock(dst, 2)
}

func (p *intervalParts) appendISO(dst []byte) []byte {
	dst = append(dst, 'P')
	part := func(v int64, unit byte) {
		if v != 0 {
			dst = append(strconv.AppendInt(dst, v, 10), unit)
		}
	}
	part(p.years, 'Y')
	part(p.months, 'M')
	part(p.days, 'D')
	if !p.hasTime() {
		if p.years == 0 && p.months == 0 && p.days == 0 {
			return append(dst, "T0S"...)
		}
		return dst
	}
	dst = append(dst, 'T')
	part(p.hours, 'H')
	part(p.minutes, 'M')
	if p.second != 0 || p.micros != 0 {
		if p.second < 0 || p.micros < 0 {
			dst = append(dst, '-')
		}
		dst = append(p.appendSeconds(dst, 1), 'S')
	}
	return dst
}

func (p *intervalParts) appendSQL(dst []byte) []byte {
	hasYM, hasDay, hasTime := p.years != 0 || p.months != 0, p.days != 0, p.hasTime()
	neg := p.years < 0 || p.months < 0 || p.days < 0 || p.timeNegative()
	pos := p.years > 0 || p.months > 0 || p.days > 0 || p.hours > 0 || p.minutes > 0 || p.second > 0 || p.micros > 0
	mixed := neg && pos || hasYM && (hasDay || hasTime)
	sign := func(negative bool) {
		if negative {
			dst = append(dst, '-')
		} else {
			dst = append(dst, '+')
		}
	}
	switch {
	case !hasYM && !hasDay && !hasTime:
		return append(dst, '0')
	case mixed:
		// Not a valid SQL interval: every part gets its sign.
		sign(p.years < 0 || p.months < 0)
		dst = strconv.AppendInt(dst, abs(p.years), 10)
		dst = append(dst, '-')
		dst = strconv.AppendInt(dst, abs(p.months), 10)
		dst = append(dst, ' ')
		sign(p.days < 0)
		dst = strconv.AppendInt(dst, abs(p.days), 10)
		dst = append(dst, ' ')
		sign(p.timeNegative())
		return p.appendClock(dst, 1)
	}
	if neg {
		dst = append(dst, '-')
	}
	switch {
	case hasYM:
		dst = strconv.AppendInt(dst, abs(p.years), 10)
		dst = append(dst, '-')
		return strconv.AppendInt(dst, abs(p.months), 10)
	case hasDay:
		dst = strconv.AppendInt(dst, abs(p.days), 10)
		dst = append(dst, ' ')
	}
	return p.appendClock(dst, 1)
}

func (p *intervalParts) appendVerbose(dst []byte) []byte {
	dst = append(dst, '@')
	zero, before := true, false
	part := func(v int64, unit string) {
		if v == 0 {
			return
		}
		// The first part sets the direction that "ago" tells at the end.
		if zero {
			before = v < 0
			v = abs(v)
		} else if before {
			v = -v
		}
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, v, 10)
		dst = append(append(dst, ' '), unit...)
		if v != 1 {
			dst = append(dst, 's')
		}
		zero = false
	}
	part(p.years, "year")
	part(p.months, "mon")
	part(p.days, "day")
	part(p.hours, "hour")
	part(p.minutes, "min")
	if p.second != 0 || p.micros != 0 {
		neg := p.second < 0 || p.micros < 0
		dst = append(dst, ' ')
		if zero {
			before = neg
		} else if neg != before {
			dst = append(dst, '-')
		}
		dst = p.appendSeconds(dst, 1)
		dst = append(dst, " sec"...)
		if abs(p.second) != 1 || p.micros != 0 {
			dst = append(dst, 's')
		}
		zero = false
	}
	if zero {
		dst = append(dst, " 0"...)
	}
	if before {
		dst = append(dst, " ago"...)
	}
	return dst
}

package types

import (
	"math"
	"strconv"
	"strings"
)

// intervalUnit is a unit of an interval literal.
type intervalUnit uint8

const (
	unitNone intervalUnit = iota
	unitMicrosecond
	unitMillisecond
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitAgo
)

var intervalUnits = func() map[string]intervalUnit {
	m := make(map[string]intervalUnit)
	for unit, words := range map[intervalUnit]string{
		unitMicrosecond: "us usec usecs usecond useconds microsecon microsecond microseconds",
		unitMillisecond: "ms msec msecs msecond mseconds millisecon millisecond milliseconds",
		unitSecond:      "s sec secs second seconds",
		unitMinute:      "m min mins minute minutes",
		unitHour:        "h hr hrs hour hours",
		unitDay:         "d day days",
		unitWeek:        "w week weeks",
		unitMonth:       "mon mons month months",
		unitYear:        "y yr yrs year years",
		unitDecade:      "dec decs decade decades",
		unitCentury:     "c cent century centuries",
		unitMillennium:  "mil mils millennia millennium millenniums",
		unitAgo:         "ago",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = unit
		}
	}
	return m
}()

// intervalParser accumulates the fields of a literal.
type intervalParser struct {
	years, months, days, micros int64
	seen                        uint32 // units given
	ok                          bool   // no overflow so far
}

// ParseInterval reads an interval in PostgreSQL's, SQL's or ISO 8601's form.
func ParseInterval(s string, typmod Typmod, f *Format) (*Interval, error) {
	p := &intervalParser{ok: true}
	code := p.parse(s, typmod, f)
	if code == dtBadFormat && s != "" && (s[0] == 'P' || s[0] == 'p') {
		*p = intervalParser{ok: true}
		code = p.iso(strings.ToUpper(s))
	}
	if code == dtOK && !p.ok {
		code = dtFieldOverflow
	}
	switch code {
	case dtOK:
	case dtFieldOverflow, dtMonthDayOverflow:
		return nil, dtError(dtIntervalOverflow, s, "interval")
	default:
		return nil, dtError(code, s, "interval")
	}
	for _, v := range []int64{p.years, p.months, p.days} {
		if v > math.MaxInt32 || v < math.MinInt32 {
			return nil, dtError(dtIntervalOverflow, s, "interval")
		}
	}
	iv, err := NewInterval(p.years*monthsPerYear+p.months, p.days, p.micros)
	if err != nil {
		return nil, err
	}
	return applyIntervalTypmod(iv, typmod), nil
}

func (p *intervalParser) add(to *int64, v int64) {
	r, ok := AddInt64(*to, v)
	if !ok {
		p.ok = false
		return
	}
	*to = r
}

func (p *intervalParser) addScaled(to *int64, v, scale int64) {
	r, ok := MulInt64(v, scale)
	if !ok {
		p.ok = false
		return
	}
	p.add(to, r)
}

// addFraction adds a fraction of a unit that is scale µs long.
func (p *intervalParser) addFraction(frac float64, scale int64) {
	p.add(&p.micros, int64(math.RoundToEven(frac*float64(scale))))
}

// addFractionDays adds a fraction of a unit that is scale days long.
func (p *intervalParser) addFractionDays(frac float64, scale int64) {
	frac *= float64(scale)
	whole := math.Trunc(frac)
	p.add(&p.days, int64(whole))
	p.addFraction(frac-whole, MicrosPerDay)
}

// amount adds v and its fraction of a unit.
func (p *intervalParser) amount(unit intervalUnit, v int64, frac float64) dtCode {
	switch unit {
	case unitMicrosecond:
		p.add(&p.micros, v+int64(math.RoundToEven(frac)))
	case unitMillisecond:
		p.addScaled(&p.micros, v, 1000)
		p.addFraction(frac, 1000)
	case unitSecond:
		p.addScaled(&p.micros, v, MicrosPerSecond)
		p.addFraction(frac, MicrosPerSecond)
	case unitMinute:
		p.addScaled(&p.micros, v, MicrosPerMinute)
		p.addFraction(frac, MicrosPerMinute)
	case unitHour:
		p.addScaled(&p.micros, v, MicrosPerHour)
		p.addFraction(frac, MicrosPerHour)
	case unitDay:
		p.add(&p.days, v)
		p.addFraction(frac, MicrosPerDay)
	case unitWeek:
		p.addScaled(&p.days, v, 7)
		p.addFractionDays(frac, 7)
	case unitMonth:
		p.add(&p.months, v)
		p.addFractionDays(frac, daysPerMonth)
	case unitYear, unitDecade, unitCentury, unitMillennium:
		scale := map[intervalUnit]int64{unitYear: 1, unitDecade: 10, unitCentury: 100, unitMillennium: 1000}[unit]
		p.addScaled(&p.years, v, scale)
		p.add(&p.months, int64(math.RoundToEven(frac*float64(scale*monthsPerYear))))
	default:
		return dtBadFormat
	}
	bit := uint32(1) << unit
	if p.seen&bit != 0 {
		return dtBadFormat
	}
	p.seen |= bit
	return dtOK
}

// bareUnit is the unit of a number without one, by the type's fields.
func bareUnit(typmod Typmod) intervalUnit {
	fields, _ := intervalTypmod(typmod)
	switch fields {
	case intervalYear:
		return unitYear
	case intervalMonth, intervalYear | intervalMonth:
		return unitMonth
	case intervalDay:
		return unitDay
	case intervalHour, intervalDay | intervalHour:
		return unitHour
	case intervalMinute, intervalHour | intervalMinute, intervalDay | intervalHour | intervalMinute:
		return unitMinute
	}
	return unitSecond
}

// parse reads the fields from the last to the first, so that a unit is known
// before its number.
func (p *intervalParser) parse(s string, typmod Typmod, f *Format) dtCode {
	fields, code := splitDateTime(s)
	if code != dtOK {
		return code
	}
	unit, ago, some := unitNone, false, false
	for i := len(fields) - 1; i >= 0; i-- {
		fd := fields[i]
		switch {
		case fd.kind == fieldTime, fd.kind == fieldZone && strings.IndexByte(fd.text, ':') > 0:
			if code := p.clock(fd.text, typmod); code != dtOK {
				return code
			}
			unit, some = unitDay, true
		case fd.kind == fieldString || fd.kind == fieldSpecial || fd.kind == fieldDate && isAlpha(fd.text[0]):
			u, ok := intervalUnits[fd.text]
			if !ok {
				return dtBadFormat
			}
			if u == unitAgo {
				ago = true
				continue
			}
			unit = u
		default:
			if unit == unitNone {
				unit = bareUnit(typmod)
			}
			if code := p.number(fd.text, unit); code != dtOK {
				return code
			}
			some = true
		}
	}
	if !some {
		return dtBadFormat
	}
	// In SQL's style a sign at the start is the sign of every field without its own.
	if f != nil && f.IntervalStyle == "sql_standard" && fields[0].text[0] == '-' && !anySigned(fields[1:]) {
		p.negateAll()
	}
	if ago {
		p.years, p.months, p.days, p.micros = -p.years, -p.months, -p.days, -p.micros
	}
	return dtOK
}

func anySigned(fields []dtField) bool {
	for _, f := range fields {
		if f.text[0] == '-' || f.text[0] == '+' {
			return true
		}
	}
	return false
}

func (p *intervalParser) negateAll() {
	for _, v := range []*int64{&p.years, &p.months, &p.days, &p.micros} {
		if *v > 0 {
			*v = -*v
		}
	}
}

// clock reads a time within an interval: hours are not bounded.
func (p *intervalParser) clock(text string, typmod Typmod) dtCode {
	neg := text[0] == '-'
	if neg || text[0] == '+' {
		text = text[1:]
	}
	whole, frac, hasFrac := strings.Cut(text, ".")
	parts := strings.Split(whole, ":")
	var nums [3]int64
	if len(parts) > 3 {
		return dtBadFormat
	}
	for i, part := range parts {
		if part == "" && i == 2 {
			continue
		}
		v, err := strconv.ParseUint(part, 10, 62)
		if err != nil {
			if part != "" && strings.Trim(part, "0123456789") == "" {
				return dtFieldOverflow
			}
			return dtBadFormat
		}
		nums[i] = int64(v)
	}
	h, m, sec := nums[0], nums[1], nums[2]
	if len(parts) == 2 {
		fields, _ := intervalTypmod(typmod)
		if hasFrac || fields == intervalMinute|intervalSecond {
			h, m, sec = 0, nums[0], nums[1]
		}
	}
	us := 0
	if hasFrac {
		var ok bool
		if us, ok = fractionMicros(frac); !ok {
			return dtBadFormat
		}
	}
	if m > 59 || sec > 60 {
		return dtFieldOverflow
	}
	const clockUnits = 1<<unitSecond | 1<<unitMinute | 1<<unitHour
	if p.seen&clockUnits != 0 {
		return dtBadFormat
	}
	p.seen |= clockUnits
	total := m*MicrosPerMinute + sec*MicrosPerSecond + int64(us)
	if neg {
		h, total = -h, -total
	}
	p.addScaled(&p.micros, h, MicrosPerHour)
	p.add(&p.micros, total)
	return dtOK
}

// number reads 5, -5, +1.5, or SQL's years-months 1-2.
func (p *intervalParser) number(text string, unit intervalUnit) dtCode {
	neg := text[0] == '-'
	digits := strings.TrimLeft(text, "+-")
	if cut := strings.IndexByte(digits, '-'); cut > 0 {
		years, ok1 := smallNumber(digits[:cut])
		months, ok2 := smallNumber(digits[cut+1:])
		switch {
		case !ok1 || !ok2:
			return dtBadFormat
		case months >= monthsPerYear:
			return dtFieldOverflow
		}
		v := int64(years)*monthsPerYear + int64(months)
		if neg {
			v = -v
		}
		return p.amount(unitMonth, v, 0)
	}
	whole, fraction, hasFrac := strings.Cut(digits, ".")
	v, frac := int64(0), 0.0
	if whole != "" {
		u, err := strconv.ParseUint(whole, 10, 63)
		if err != nil {
			if strings.Trim(whole, "0123456789") != "" {
				return dtBadFormat
			}
			return dtFieldOverflow
		}
		v = int64(u)
	}
	if hasFrac {
		x, err := strconv.ParseFloat("0."+fraction+"0", 64)
		if err != nil || strings.Trim(fraction, "0123456789") != "" {
			return dtBadFormat
		}
		frac = x
	}
	if neg {
		v, frac = -v, -frac
	}
	return p.amount(unit, v, frac)
}

// iso reads P1Y2M3DT4H5M6S and P0001-02-03T04:05:06.
func (p *intervalParser) iso(t string) dtCode {
	t = t[1:]
	if t == "" {
		return dtBadFormat
	}
	date, clock, hasT := strings.Cut(t, "T")
	if code := p.isoPart(date, false); code != dtOK {
		return code
	}
	if hasT {
		if code := p.isoPart(clock, true); code != dtOK {
			return code
		}
	}
	return dtOK
}

var (
	isoDateUnits = map[byte]intervalUnit{'Y': unitYear, 'M': unitMonth, 'W': unitWeek, 'D': unitDay}
	isoTimeUnits = map[byte]intervalUnit{'H': unitHour, 'M': unitMinute, 'S': unitSecond}
)

func (p *intervalParser) isoPart(t string, isTime bool) dtCode {
	order := []intervalUnit{unitYear, unitMonth, unitDay}
	units, sep := isoDateUnits, byte('-')
	if isTime {
		order = []intervalUnit{unitHour, unitMinute, unitSecond}
		units, sep = isoTimeUnits, ':'
	}
	for n := 0; t != ""; n++ {
		end := 0
		for end < len(t) && (isDigit(t[end]) || t[end] == '.' || end == 0 && (t[0] == '-' || t[0] == '+')) {
			end++
		}
		num := t[:end]
		if strings.Trim(num, "+-.") == "" {
			return dtBadFormat
		}
		unit, ok := unitNone, false
		switch {
		case end < len(t) && t[end] != sep:
			unit, ok = units[t[end]]
			end++
		case n < len(order): // the form with separators
			unit, ok = order[n], true
			end = min(end+1, len(t))
		}
		if !ok {
			return dtBadFormat
		}
		if code := p.number(num, unit); code != dtOK {
			return code
		}
		t = t[end:]
	}
	return dtOK
}

package builtin

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// timeReader reads text by a template.
type timeReader struct {
	s                                string
	year, month, day, doy            int
	isoYear, isoWeek, isoDay         int
	hour, minute, second, micros     int
	hasYear, hasISO, bc, pm, am, h12 bool
	julian, century, daySeconds      int
	offset                           int
	hasZone                          bool
}

func badTemplateValue(s, field string) error {
	end := 0
	for end < len(s) && s[end] != ' ' {
		end++
	}
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", s[:end], field).
		WithDetail("Value must be an integer.")
}

// number reads up to width digits; the last field before a separator takes all.
func (r *timeReader) number(p templatePart, width int, greedy bool) (int, error) {
	r.s = strings.TrimLeft(r.s, " ")
	i, neg := 0, false
	if i < len(r.s) && (r.s[i] == '+' || r.s[i] == '-') && width == 4 {
		neg = r.s[i] == '-'
		i++
	}
	from, v := i, 0
	for i < len(r.s) && r.s[i] >= '0' && r.s[i] <= '9' && (greedy || i-from < width) && i-from < 9 {
		v = v*10 + int(r.s[i]-'0')
		i++
	}
	if i == from {
		return 0, badTemplateValue(r.s, p.text)
	}
	r.s = r.s[i:]
	if neg {
		v = -v
	}
	if p.ordinal != "" && len(r.s) >= 2 {
		r.s = r.s[2:]
	}
	return v, nil
}

func (r *timeReader) name(p templatePart, names []string, short bool) (int, error) {
	r.s = strings.TrimLeft(r.s, " ")
	for i, n := range names {
		if short {
			n = n[:3]
		}
		if len(r.s) >= len(n) && strings.EqualFold(r.s[:len(n)], n) {
			r.s = r.s[len(n):]
			return i, nil
		}
	}
	end := strings.IndexByte(r.s+" ", ' ')
	return 0, pgerr.New(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", r.s[:end], p.text).
		WithDetail("The given value did not match any of the allowed values for this field.")
}

var numberWidths = map[string]int{
	"HH": 2, "HH12": 2, "HH24": 2, "MI": 2, "SS": 2, "MS": 3, "US": 6, "FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5,
	"FF6": 6, "SSSS": 5, "SSSSS": 5, "MM": 2, "DD": 2, "DDD": 3, "IDDD": 3, "D": 1, "ID": 1, "WW": 2, "IW": 2, "W": 1,
	"Q": 1, "CC": 2, "YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "IYYY": 4, "IYY": 3, "IY": 2, "I": 1, "J": 7,
}

func (r *timeReader) field(p templatePart, greedy bool) error {
	if width, ok := numberWidths[p.field]; ok {
		before := strings.TrimLeft(r.s, " ")
		v, err := r.number(p, width, greedy)
		if err != nil {
			return err
		}
		return r.setNumber(p, v, len(before)-len(r.s))
	}
	switch p.field {
	case "MONTH", "MON":
		v, err := r.name(p, types.MonthNames[:], p.field == "MON")
		r.month = v + 1
		return err
	case "DAY", "DY":
		_, err := r.name(p, types.DayNames[:], p.field == "DY")
		return err
	case "RM":
		// The longer numeral first: VIII before V.
		for i := len(romanMonths) - 1; i >= 0; i-- {
			n := romanMonths[i]
			if len(r.s) >= len(n) && strings.EqualFold(r.s[:len(n)], n) && (r.month == 0 || len(n) > len(romanMonths[r.month-1])) {
				r.month = i + 1
			}
		}
		if r.month == 0 {
			_, err := r.name(p, nil, false)
			return err
		}
		r.s = r.s[len(romanMonths[r.month-1]):]
	case "AM", "PM", "A.M.", "P.M.":
		v, err := r.name(p, []string{"AM", "PM", "A.M.", "P.M."}, false)
		r.am, r.pm = v%2 == 0, v%2 == 1
		r.h12 = true
		return err
	case "AD", "BC", "A.D.", "B.C.":
		v, err := r.name(p, []string{"AD", "BC", "A.D.", "B.C."}, false)
		r.bc = v%2 == 1
		return err
	case "Y,YYY":
		v, err := r.number(p, 9, true)
		if err != nil || !strings.HasPrefix(r.s, ",") {
			return err
		}
		r.s = r.s[1:]
		w, err := r.number(p, 3, false)
		r.year, r.hasYear = v*1000+w, true
		return err
	case "TZH", "TZM", "OF":
		return r.zone(p)
	case "TZ":
		return pgerr.New(pgerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", p.text)
	}
	return nil
}

func (r *timeReader) zone(p templatePart) error {
	if p.field == "OF" {
		return pgerr.New(pgerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", p.text)
	}
	sign := 1
	if p.field == "TZH" && r.s != "" && strings.IndexByte("+- ", r.s[0]) >= 0 {
		if r.s[0] == '-' {
			sign = -1
		}
		r.s = r.s[1:]
	}
	v, err := r.number(p, 2, false)
	if err != nil {
		return err
	}
	r.hasZone = true
	if p.field == "TZH" {
		r.offset += sign * v * 3600
	} else if r.offset < 0 {
		r.offset -= v * 60
	} else {
		r.offset += v * 60
	}
	return nil
}

// fullYear guesses the century of a year of fewer than four digits: the nearest
// to 2020, as to_date says.
func fullYear(v, digits int) int {
	switch {
	case digits >= 4 || v < 0:
		return v
	case v < 70:
		return v + 2000
	case v < 100:
		return v + 1900
	case v < 520:
		return v + 2000
	case v < 1000:
		return v + 1000
	}
	return v
}

func (r *timeReader) setNumber(p templatePart, v, digits int) error {
	scaleFraction := func(width int) int {
		for ; digits < width; digits++ {
			v *= 10
		}
		return v
	}
	switch p.field {
	case "HH", "HH12":
		r.hour, r.h12 = v, true
	case "HH24":
		r.hour = v
	case "MI":
		r.minute = v
	case "SS":
		r.second = v
	case "MS", "FF3":
		r.micros += scaleFraction(3) * 1000
	case "US", "FF6":
		r.micros += scaleFraction(6)
	case "FF1":
		r.micros += v * 100_000
	case "FF2":
		r.micros += scaleFraction(2) * 10_000
	case "FF4":
		r.micros += scaleFraction(4) * 100
	case "FF5":
		r.micros += scaleFraction(5) * 10
	case "SSSS", "SSSSS":
		r.daySeconds = v
	case "MM":
		r.month = v
	case "DD":
		r.day = v
	case "DDD":
		r.doy = v
	case "YYYY":
		r.year, r.hasYear = v, true
	case "YYY", "YY", "Y":
		r.year, r.hasYear = fullYear(v, digits), true
		if digits == 1 {
			r.year = v + 2000
		}
	case "IYYY", "IYY", "IY", "I":
		r.isoYear, r.hasISO = fullYear(v, digits), true
	case "IW":
		r.isoWeek = v
	case "ID":
		r.isoDay = v
	case "CC":
		r.century = v
	case "J":
		r.julian = v
	case "WW":
		r.doy = (v-1)*7 + 1
	case "W":
		r.day = (v-1)*7 + 1
	}
	return nil
}

// readTemplate fills a reader from text.
func readTemplate(s, template string) (*timeReader, error) {
	r := &timeReader{s: s}
	parts := parseTimeTemplate(template)
	for i, p := range parts {
		if r.s == "" {
			break
		}
		if p.field == "" {
			r.literal(p.text)
			continue
		}
		// A number ends at its width only where another number follows at once.
		greedy := i+1 == len(parts) || parts[i+1].field == ""
		if err := r.field(p, greedy); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// literal skips what a literal stands for: blanks and separators match any of
// their kind, letters one character each.
func (r *timeReader) literal(text string) {
	for _, c := range text {
		isLetter := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
		if !isLetter {
			r.s = strings.TrimLeft(r.s, " ")
			if r.s != "" && !isWordByte(r.s[0]) && r.s[0] < 0x80 {
				// A minus before a digit may be a sign, but separators come first.
				r.s = r.s[1:]
			}
			r.s = strings.TrimLeft(r.s, " ")
			continue
		}
		r.s = r.s[runeOffset(r.s, 1):]
	}
}

func outOfRangeValue(s string) error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s)
}

// date is the day that was read; what was not said is the first.
func (r *timeReader) date(s string) (int64, error) {
	switch {
	case r.julian > 0:
		return int64(r.julian) - julianEpoch, nil
	case r.hasISO:
		return isoWeekStart(r.isoYear, max(r.isoWeek, 1)) + int64(max(r.isoDay, 1)-1), nil
	}
	year := r.year
	if r.century > 0 && !r.hasYear {
		year = (r.century-1)*100 + 1
	} else if r.century > 0 && year < 100 {
		year += (r.century - 1) * 100
	}
	switch {
	case !r.hasYear && r.century == 0:
		year = 0 // no year at all is 1 BC, as PostgreSQL has it
	case r.bc && year > 0:
		year = 1 - year
	case year < 0:
		year++
	}
	if r.doy > 0 {
		return types.DateFromCivil(year, 1, 1) + int64(r.doy) - 1, nil
	}
	month, day := r.month, r.day
	if month == 0 {
		month = 1
	}
	if day == 0 {
		day = 1
	}
	if month > 12 || day > types.DaysInMonth(year, month) {
		return 0, outOfRangeValue(s)
	}
	return types.DateFromCivil(year, month, day), nil
}

func (r *timeReader) timeOfDay(s string) (int64, error) {
	hour := r.hour
	if r.h12 {
		if hour < 1 || hour > 12 {
			if hour != 0 || r.am || r.pm {
				return 0, pgerr.New(pgerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", hour).
					WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
			}
		}
		if r.pm && hour < 12 {
			hour += 12
		} else if r.am && hour == 12 {
			hour = 0
		}
	}
	if hour > 23 || r.minute > 59 || r.second > 59 || r.daySeconds > 86399 {
		return 0, outOfRangeValue(s)
	}
	return int64(hour)*types.MicrosPerHour + int64(r.minute)*types.MicrosPerMinute +
		int64(r.second+r.daySeconds)*types.MicrosPerSecond + int64(r.micros), nil
}

func toTimestamp(c *Context, a []types.Datum) (types.Datum, error) {
	s := a[0].Str()
	r, err := readTemplate(s, a[1].Str())
	if err != nil {
		return types.Null, err
	}
	days, err := r.date(s)
	if err != nil {
		return types.Null, err
	}
	tod, err := r.timeOfDay(s)
	if err != nil {
		return types.Null, err
	}
	local, ok := joinTimestamp(days, tod)
	if !ok {
		return types.Null, timestampOutOfRange()
	}
	if r.hasZone {
		return timestampDatum(local - int64(r.offset)*types.MicrosPerSecond)
	}
	return timestampDatum(types.UTCTimestamp(local, c.location()))
}

func toDate(_ *Context, a []types.Datum) (types.Datum, error) {
	r, err := readTemplate(a[0].Str(), a[1].Str())
	if err != nil {
		return types.Null, err
	}
	days, err := r.date(a[0].Str())
	if err == nil && !types.ValidDate(days) {
		err = pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", a[0].Str())
	}
	return intResult(days, err)
}

func init() {
	Provide(map[string]Func{"to_timestamp": toTimestamp, "to_date": toDate})
}

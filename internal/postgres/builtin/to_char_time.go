package builtin

import (
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// templatePart is a piece of a to_char template: a field with its modifiers, or
// literal text.
type templatePart struct {
	field   string // upper case name; "" for a literal
	text    string // of the literal, or the field as written
	fill    bool   // FM, or TM, which does not pad either
	ordinal string // TH or th
}

// timeFields are the names of template fields, those that begin others last.
var timeFields = []string{
	"SSSSS", "SSSS", "SS", "Y,YYY", "YYYY", "YYY", "YY", "Y", "IYYY", "IYY", "IY", "I", "MONTH", "MON", "MM", "MI", "MS",
	"HH24", "HH12", "HH", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "A.M.", "P.M.", "AM", "PM", "A.D.", "B.C.",
	"AD", "BC", "DAY", "DDD", "DD", "DY", "D", "IDDD", "ID", "IW", "WW", "W", "CC", "J", "Q", "RM", "TZH", "TZM", "TZ", "OF",
}

// namedFields have a third spelling, with one capital.
var namedFields = map[string]string{"Month": "MONTH", "Mon": "MON", "Day": "DAY", "Dy": "DY"}

func matchTimeField(s string) (name, written string) {
	for w, n := range namedFields {
		if strings.HasPrefix(s, w) && (w != "Mon" || !strings.HasPrefix(s, "Month")) {
			return n, w
		}
	}
	best := ""
	for _, f := range timeFields {
		if len(f) > len(best) && (strings.HasPrefix(s, f) || strings.HasPrefix(s, strings.ToLower(f))) {
			best = f
		}
	}
	return best, s[:len(best)]
}

// parseTimeTemplate cuts a template into its parts.
func parseTimeTemplate(s string) []templatePart {
	var parts []templatePart
	literal := func(text string) {
		if n := len(parts); n > 0 && parts[n-1].field == "" {
			parts[n-1].text += text
			return
		}
		parts = append(parts, templatePart{text: text})
	}
	for s != "" {
		fill, rest := false, s
		for strings.HasPrefix(rest, "FM") || strings.HasPrefix(rest, "fm") || strings.HasPrefix(rest, "TM") ||
			strings.HasPrefix(rest, "FX") || strings.HasPrefix(rest, "fx") {
			fill = fill || rest[1]|0x20 == 'm' // FX says nothing to to_char
			rest = rest[2:]
		}
		if name, written := matchTimeField(rest); name != "" {
			p := templatePart{field: name, text: written, fill: fill}
			rest = rest[len(written):]
			if strings.HasPrefix(rest, "TH") || strings.HasPrefix(rest, "th") {
				p.ordinal, rest = rest[:2], rest[2:]
			}
			parts = append(parts, p)
			s = rest
			continue
		}
		if rest != s {
			s = rest // a prefix without a field says nothing
			continue
		}
		switch {
		case s[0] == '"':
			text, after := quotedLiteral(s[1:])
			literal(text)
			s = after
		case s[0] == '\\' && len(s) > 1 && s[1] == '"':
			literal(`"`)
			s = s[2:]
		default:
			n := runeOffset(s, 1)
			literal(s[:n])
			s = s[n:]
		}
	}
	return parts
}

// quotedLiteral reads up to the closing quote; a backslash takes the next
// character as it is.
func quotedLiteral(s string) (text, rest string) {
	var sb strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return sb.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		sb.WriteByte(s[i])
	}
	return sb.String(), ""
}

// fieldsOf is what a template shows of a time.
type fieldsOf struct {
	year, month, day           int // year 0 is 1 BC
	hour, minute, second, frac int
	date                       int64 // day number, not of an interval
	interval                   bool
	zoneName                   string
	offset                     int
	hasZone                    bool
}

func splitForTemplate(local int64) fieldsOf {
	days, tod := types.SplitTimestamp(local)
	f := fieldsOf{date: days}
	f.year, f.month, f.day = types.CivilFromDate(days)
	f.setTime(tod)
	return f
}

func (f *fieldsOf) setTime(t int64) {
	f.hour, t = int(t/types.MicrosPerHour), t%types.MicrosPerHour
	f.minute, t = int(t/types.MicrosPerMinute), t%types.MicrosPerMinute
	f.second, f.frac = int(t/types.MicrosPerSecond), int(t%types.MicrosPerSecond)
}

func ordinalSuffix(digits, style string) string {
	n := len(digits)
	s := "th"
	if n == 1 || digits[n-2] != '1' {
		switch digits[n-1] {
		case '1':
			s = "st"
		case '2':
			s = "nd"
		case '3':
			s = "rd"
		}
	}
	if style == "TH" {
		return strings.ToUpper(s)
	}
	return s
}

// zeroPad writes a number with leading zeros; the sign takes a place of its own.
func zeroPad(v, width int) string {
	if v < 0 {
		return "-" + zeroPad(-v, width)
	}
	s := strconv.Itoa(v)
	if len(s) < width {
		s = strings.Repeat("0", width-len(s)) + s
	}
	return s
}

// nameInStyle writes a name in the case the field was written in, padded to a width.
func nameInStyle(name string, p templatePart, width int) string {
	switch {
	case p.text == strings.ToUpper(p.text):
		name = strings.ToUpper(name)
	case p.text == strings.ToLower(p.text):
		name = strings.ToLower(name)
	}
	if !p.fill && len(name) < width {
		name += strings.Repeat(" ", width-len(name))
	}
	return name
}

var romanMonths = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

// formatTime fills a template.
func formatTime(f *fieldsOf, template string) (string, error) {
	var sb strings.Builder
	for _, p := range parseTimeTemplate(template) {
		if p.field == "" {
			sb.WriteString(p.text)
			continue
		}
		if f.interval && noIntervalField(p.field) {
			return "", pgerr.New(pgerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
		s := f.number(p)
		if s == "" {
			s = f.word(p)
		} else if p.ordinal != "" {
			s += ordinalSuffix(s, p.ordinal)
		}
		sb.WriteString(s)
		if sb.Len() > maxText {
			return "", tooLong()
		}
	}
	return sb.String(), nil
}

func noIntervalField(field string) bool {
	switch field {
	case "AD", "BC", "A.D.", "B.C.", "MONTH", "MON", "DAY", "DY", "D", "ID", "TZ", "TZH", "TZM", "OF":
		return true
	}
	return false
}

// shownYear is the year without a sign.
func (f *fieldsOf) shownYear() int {
	if f.year <= 0 && !f.interval {
		return 1 - f.year
	}
	return f.year
}

// number writes the fields that are numbers; "" for the others.
func (f *fieldsOf) number(p templatePart) string {
	width := func(v, w int) string {
		if p.fill {
			w = 0
		}
		return zeroPad(v, w)
	}
	isoYear, isoWeekNo := 0, 0
	if strings.HasPrefix(p.field, "I") && !f.interval {
		isoYear, isoWeekNo = isoWeek(f.date)
		if isoYear <= 0 {
			isoYear = 1 - isoYear
		}
	}
	switch p.field {
	case "HH", "HH12":
		h := f.hour % 12
		if h == 0 {
			h = 12
		}
		return width(h, 2)
	case "HH24":
		return width(f.hour, 2)
	case "MI":
		return width(f.minute, 2)
	case "SS":
		return width(f.second, 2)
	case "MS", "FF3":
		return zeroPad(f.frac/1000, 3)
	case "US", "FF6":
		return zeroPad(f.frac, 6)
	case "FF1":
		return zeroPad(f.frac/100_000, 1)
	case "FF2":
		return zeroPad(f.frac/10_000, 2)
	case "FF4":
		return zeroPad(f.frac/100, 4)
	case "FF5":
		return zeroPad(f.frac/10, 5)
	case "SSSS", "SSSSS":
		return strconv.Itoa(f.hour*3600 + f.minute*60 + f.second)
	case "MM":
		return width(f.month, 2)
	case "DD":
		if f.day < 0 { // the sign takes a place
			return width(f.day, 1)
		}
		return width(f.day, 2)
	case "DDD":
		if f.interval {
			return width((f.year*12+f.month)*30+f.day, 3)
		}
		return width(dayOfYear(f.date), 3)
	case "IDDD":
		return width(int(f.date-isoWeekStart(isoYearOf(f.date), 1))+1, 3)
	case "D":
		return strconv.Itoa(types.Weekday(f.date) + 1)
	case "ID":
		return strconv.Itoa(isoWeekday(f.date))
	case "WW":
		return width((dayOfYear(f.date)-1)/7+1, 2)
	case "IW":
		return width(isoWeekNo, 2)
	case "W":
		return strconv.Itoa((f.day-1)/7 + 1)
	case "Q":
		if f.month == 0 {
			return ""
		}
		return strconv.Itoa((f.month-1)/3 + 1)
	case "CC":
		return width(f.century(), 2)
	case "Y,YYY":
		y := f.shownYear()
		return strconv.Itoa(y/1000) + "," + zeroPad(y%1000, 3)
	case "YYYY":
		return width(f.shownYear(), 4)
	case "YYY":
		return width(f.shownYear()%1000, 3)
	case "YY":
		return width(f.shownYear()%100, 2)
	case "Y":
		return strconv.Itoa(f.shownYear() % 10)
	case "IYYY":
		return width(isoYear, 4)
	case "IYY":
		return width(isoYear%1000, 3)
	case "IY":
		return width(isoYear%100, 2)
	case "I":
		return strconv.Itoa(isoYear % 10)
	case "J":
		return strconv.FormatInt(f.date+julianEpoch, 10)
	}
	return ""
}

func isoYearOf(days int64) int {
	y, _ := isoWeek(days)
	return y
}

func (f *fieldsOf) century() int {
	if f.interval {
		return f.year / 100
	}
	if f.year > 0 {
		return (f.year-1)/100 + 1
	}
	return f.year/100 - 1
}

// word writes the fields that are names, eras, meridians and zones.
func (f *fieldsOf) word(p templatePart) string {
	choose := func(first bool, a, b string) string {
		if !first {
			a = b
		}
		if p.text == strings.ToLower(p.text) {
			return strings.ToLower(a)
		}
		return a
	}
	switch p.field {
	case "AM", "PM":
		return choose(f.hour%24 < 12, "AM", "PM")
	case "A.M.", "P.M.":
		return choose(f.hour%24 < 12, "A.M.", "P.M.")
	case "AD", "BC":
		return choose(f.year > 0, "AD", "BC")
	case "A.D.", "B.C.":
		return choose(f.year > 0, "A.D.", "B.C.")
	case "MONTH", "MON", "RM":
		return f.monthName(p)
	case "DAY":
		return nameInStyle(types.DayNames[types.Weekday(f.date)], p, 9)
	case "DY":
		return nameInStyle(types.DayNames[types.Weekday(f.date)][:3], p, 0)
	case "TZ":
		if !f.hasZone {
			return ""
		}
		return choose(true, f.zoneName, "")
	}
	return f.zoneOffset(p.field)
}

func (f *fieldsOf) monthName(p templatePart) string {
	if p.field == "RM" && f.interval {
		return f.romanMonths(p)
	}
	if f.month < 1 || f.month > 12 {
		return ""
	}
	switch p.field {
	case "MONTH":
		return nameInStyle(types.MonthNames[f.month-1], p, 9)
	case "MON":
		return nameInStyle(types.MonthNames[f.month-1][:3], p, 0)
	}
	return nameInStyle(romanMonths[f.month-1], p, 4)
}

// romanMonths is RM of an interval, whose months count down from December if they are
// negative; twelve of them are a year and none, which is December too.
func (f *fieldsOf) romanMonths(p templatePart) string {
	m := f.month
	switch {
	case m == 0 && f.year == 0:
		return ""
	case m == 0 && f.year > 0:
		m = 12
	case m <= 0:
		m += 13
		if f.month == 0 {
			m = 1
		}
	}
	return nameInStyle(romanMonths[m-1], p, 4)
}

func (f *fieldsOf) zoneOffset(field string) string {
	off, sign := f.offset, "+"
	if off < 0 {
		off, sign = -off, "-"
	}
	hours, minutes := sign+zeroPad(off/3600, 2), zeroPad(off/60%60, 2)
	switch field {
	case "TZH":
		return hours
	case "TZM":
		return minutes
	}
	if off/60%60 != 0 {
		return hours + ":" + minutes
	}
	return hours
}

func timestampToChar(c *Context, a []types.Datum, zoned bool) (types.Datum, error) {
	ts, template := a[0].Int(), a[1].Str()
	if template == "" || types.IsInfiniteTimestamp(ts) {
		return types.Null, nil
	}
	local, name, off := ts, "", 0
	if zoned {
		name, off = types.ZoneOffset(ts, c.location())
		local += int64(off) * types.MicrosPerSecond
	}
	f := splitForTemplate(local)
	f.hasZone, f.zoneName, f.offset = zoned, name, off
	s, err := formatTime(&f, template)
	return types.Text(s), err
}

func intervalToChar(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[1].Str() == "" {
		return types.Null, nil
	}
	iv := a[0].Interval()
	f := fieldsOf{interval: true, year: int(iv.Months / 12), month: int(iv.Months % 12), day: int(iv.Days)}
	f.setTime(iv.Micros)
	s, err := formatTime(&f, a[1].Str())
	return types.Text(s), err
}

func init() {
	Provide(map[string]Func{
		"timestamp_to_char": func(c *Context, a []types.Datum) (types.Datum, error) { return timestampToChar(c, a, false) },
		"timestamptz_to_char": func(c *Context, a []types.Datum) (types.Datum, error) {
			return timestampToChar(c, a, true)
		},
		"interval_to_char": intervalToChar,
	})
}

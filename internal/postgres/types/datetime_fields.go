package types

import "github.com/orbit-server/orbit/internal/postgres/pgerr"

// dtCode is why a date or time was refused.
type dtCode uint8

const (
	dtOK dtCode = iota
	dtBadFormat
	dtFieldOverflow
	dtMonthDayOverflow // a field overflow that another DateStyle may explain
	dtZoneOverflow
	dtUnknownZone
	dtIntervalOverflow
)

// dtError is the error PostgreSQL gives for a refused literal.
func dtError(code dtCode, s string, typeName string) error {
	switch code {
	case dtFieldOverflow:
		return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s)
	case dtMonthDayOverflow:
		return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s).
			WithHint("Perhaps you need a different \"datestyle\" setting.")
	case dtZoneOverflow:
		return pgerr.New(pgerr.InvalidTimeZoneDisplacement, "time zone displacement out of range: \"%s\"", s)
	case dtIntervalOverflow:
		return pgerr.New(pgerr.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
	}
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

// fieldKind is what a piece of a date or time literal looks like.
type fieldKind uint8

const (
	fieldNumber fieldKind = iota
	fieldString
	fieldDate
	fieldTime
	fieldZone
	fieldSpecial
)

type dtField struct {
	kind fieldKind
	text string // lower case
}

// Limits of a literal: PostgreSQL's MAXDATEFIELDS and MAXDATELEN.
const (
	maxDateFields = 25
	maxDateLen    = 128
)

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlnum(c byte) bool { return isDigit(c) || isAlpha(c) }

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !isAlnum(c)
}

// splitDateTime cuts a literal into its fields.
func splitDateTime(s string) ([]dtField, dtCode) {
	if len(s) > maxDateLen {
		return nil, dtBadFormat
	}
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	s = string(b)
	at := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	var fields []dtField
	for i := 0; i < len(s); {
		if isSpace(s[i]) {
			i++
			continue
		}
		from, kind := i, fieldNumber
		switch c := s[i]; {
		case isDigit(c):
			i, kind = scanDigits(s, i)
		case c == '.':
			for i++; isDigit(at(i)); {
				i++
			}
		case isAlpha(c):
			i, kind = scanWord(s, i)
		case c == '+' || c == '-':
			i++
			for i < len(s) && isSpace(s[i]) {
				i++
			}
			start := i
			switch {
			case isDigit(at(i)):
				kind = fieldZone
				for i < len(s) && (isDigit(s[i]) || s[i] == ':' || s[i] == '.' || s[i] == '-') {
					i++
				}
			case isAlpha(at(i)):
				kind = fieldSpecial
				for i < len(s) && isAlpha(s[i]) {
					i++
				}
			default:
				return nil, dtBadFormat
			}
			fields = append(fields, dtField{kind, string(c) + s[start:i]})
			if len(fields) > maxDateFields {
				return nil, dtBadFormat
			}
			continue
		case isPunct(c):
			i++
			continue
		default:
			return nil, dtBadFormat
		}
		fields = append(fields, dtField{kind, s[from:i]})
		if len(fields) > maxDateFields {
			return nil, dtBadFormat
		}
	}
	return fields, dtOK
}

func scanDigits(s string, i int) (int, fieldKind) {
	at := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	digits := func() {
		for isDigit(at(i)) {
			i++
		}
	}
	digits()
	switch sep := at(i); sep {
	case ':':
		for c := at(i); isDigit(c) || c == ':' || c == '.'; c = at(i) {
			i++
		}
		return i, fieldTime
	case '-', '/', '.':
		i++
		if !isDigit(at(i)) {
			for c := at(i); isAlnum(c) || c == sep; c = at(i) {
				i++
			}
			return i, fieldDate
		}
		kind := fieldDate
		if sep == '.' {
			kind = fieldNumber
		}
		digits()
		// A third field must have the same separator.
		if at(i) == sep {
			kind = fieldDate
			for c := at(i); isDigit(c) || c == sep; c = at(i) {
				i++
			}
		}
		return i, kind
	}
	return i, fieldNumber
}

// scanWord reads a word; with separators inside it is a date with a month's
// name, or a zone's name.
func scanWord(s string, i int) (int, fieldKind) {
	from := i
	for i < len(s) && isAlpha(s[i]) {
		i++
	}
	if i >= len(s) {
		return i, fieldString
	}
	joined := false
	switch c := s[i]; {
	case c == '-' || c == '/' || c == '.':
		joined = true
	case c == '+' || isDigit(c):
		_, known := dtWords[s[from:i]]
		joined = !known && !unitLetters[s[from:i]]
	}
	if !joined {
		return i, fieldString
	}
	for i < len(s) && (isAlnum(s[i]) || s[i] == '+' || s[i] == '-' || s[i] == '/' || s[i] == '_' || s[i] == '.' || s[i] == ':') {
		i++
	}
	return i, fieldDate
}

// unitLetters end a word before a digit, so that 1h30m is an interval.
var unitLetters = map[string]bool{"d": true, "h": true, "m": true, "s": true, "y": true}

// wordKind is what a word means in a date or time.
type wordKind uint8

const (
	wordMonth wordKind = iota + 1
	wordWeekday
	wordAM
	wordPM
	wordAD
	wordBC
	wordIgnored
	wordJulian
	wordISOTime
	wordNow
	wordToday
	wordTomorrow
	wordYesterday
	wordEpoch
	wordInfinity
	wordMinusInfinity
	wordAllBalls
	wordDST
)

type dtWord struct {
	kind  wordKind
	value int
}

var dtWords = func() map[string]dtWord {
	m := map[string]dtWord{
		"am": {kind: wordAM}, "pm": {kind: wordPM}, "ad": {kind: wordAD}, "bc": {kind: wordBC},
		"on": {kind: wordIgnored}, "at": {kind: wordIgnored}, "j": {kind: wordJulian}, "jd": {kind: wordJulian},
		"julian": {kind: wordJulian}, "t": {kind: wordISOTime}, "now": {kind: wordNow}, "today": {kind: wordToday},
		"tomorrow": {kind: wordTomorrow}, "yesterday": {kind: wordYesterday}, "epoch": {kind: wordEpoch},
		"infinity": {kind: wordInfinity}, "+infinity": {kind: wordInfinity}, "-infinity": {kind: wordMinusInfinity},
		"allballs": {kind: wordAllBalls}, "dst": {kind: wordDST},
	}
	for i, name := range MonthNames {
		full := lowerASCII(name)
		m[full] = dtWord{wordMonth, i + 1}
		m[full[:3]] = dtWord{wordMonth, i + 1}
	}
	m["sept"] = dtWord{wordMonth, 9}
	for i, name := range DayNames {
		full := lowerASCII(name)
		m[full] = dtWord{wordWeekday, i}
		m[full[:3]] = dtWord{wordWeekday, i}
	}
	for short, day := range map[string]int{"tues": 2, "weds": 3, "wedn": 3, "thur": 4, "thurs": 4} {
		m[short] = dtWord{wordWeekday, day}
	}
	return m
}()

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// MonthNames are January to December.
var MonthNames = [12]string{
	"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December",
}

// DayNames are Sunday to Saturday.
var DayNames = [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

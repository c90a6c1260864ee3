package types

import (
	"strings"
	"time"
)

// Fields of a date or time that a literal has given.
const (
	hasYear = 1 << iota
	hasMonth
	hasDay
	hasTime
	hasZone

	hasDate = hasYear | hasMonth | hasDay
)

// dateTime is what a date or time literal said.
type dateTime struct {
	order       dateOrder
	timeOnly    bool
	mask        int
	year        int
	month       int
	day         int
	dayOfYear   int
	hour        int
	minute      int
	second      int
	micros      int
	special     wordKind
	zone        *time.Location // nil: a fixed offset, when hasZone
	offset      int            // seconds east of UTC
	twoDigits   bool
	textMonth   bool
	bc          bool
	julian      bool
	meridian    wordKind
	prefix      wordKind // what an ISO T or a Julian J says of the next field
	unknownZone string
}

// decodeDateTime reads the fields of a literal. timeOnly says the date may be
// missing, and that bare numbers are times.
func decodeDateTime(s string, order dateOrder, timeOnly bool) (*dateTime, dtCode) {
	fields, code := splitDateTime(s)
	if code != dtOK {
		return nil, code
	}
	if len(fields) == 0 {
		return nil, dtBadFormat
	}
	d := &dateTime{order: order, timeOnly: timeOnly}
	if timeOnly && len(fields) == 1 && fields[0].kind == fieldDate && isDigit(fields[0].text[0]) {
		d.prefix = wordISOTime // 040506-08 is a time and its zone
	}
	for i, f := range fields {
		var next *dtField
		if i+1 < len(fields) {
			next = &fields[i+1]
		}
		if code := d.field(f, next); code != dtOK {
			return d, code
		}
	}
	if d.prefix != 0 {
		return d, dtBadFormat
	}
	return d, d.finish()
}

func (d *dateTime) field(f dtField, next *dtField) dtCode {
	switch f.kind {
	case fieldDate:
		return d.dateField(f.text)
	case fieldTime:
		if d.prefix != 0 {
			if d.prefix != wordISOTime {
				return dtBadFormat
			}
			d.prefix = 0
		}
		return d.timeField(f.text)
	case fieldZone:
		return d.zoneOffset(f.text)
	case fieldNumber:
		return d.numberField(f.text)
	}
	return d.word(f.text, next)
}

func (d *dateTime) dateField(text string) dtCode {
	if d.prefix == wordJulian {
		return dtBadFormat
	}
	if d.prefix == wordISOTime || d.mask&(hasMonth|hasDay) == hasMonth|hasDay {
		if !isDigit(text[0]) && d.prefix == 0 {
			return d.zoneName(text)
		}
		// An ISO time without colons, with its zone: 040506-08.
		d.prefix = 0
		if d.mask&hasTime != 0 {
			return dtBadFormat
		}
		cut := strings.IndexByte(text, '-')
		if cut < 0 {
			return dtBadFormat
		}
		if code := d.zoneOffset(text[cut:]); code != dtOK {
			return code
		}
		return d.concatenated(text[:cut])
	}
	if !isDigit(text[0]) && strings.IndexByte(text, '/') > 0 {
		if loc := namedZone(text); loc != nil {
			return d.zoneName(text)
		}
	}
	return d.splitDate(text)
}

// splitDate reads a date with separators: 1999-01-08, 8-Jan-1999, 1/8/99, 1999.008.
func (d *dateTime) splitDate(text string) dtCode {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r >= 0x80 || !isAlnum(byte(r)) })
	if len(parts) == 0 || len(parts) > 3 {
		return dtBadFormat
	}
	// A month's name goes first: it tells how to read the numbers.
	rest := parts[:0:0]
	for _, p := range parts {
		if !isAlpha(p[0]) {
			rest = append(rest, p)
			continue
		}
		w, ok := dtWords[p]
		if !ok || w.kind != wordMonth || d.mask&hasMonth != 0 {
			return dtBadFormat
		}
		d.month, d.textMonth = w.value, true
		d.mask |= hasMonth
	}
	for _, p := range rest {
		if d.mask&hasDate == hasDate {
			return dtBadFormat
		}
		if code := d.dateNumber(p); code != dtOK {
			return code
		}
	}
	if d.mask&hasDate != hasDate {
		return dtBadFormat
	}
	return dtOK
}

// dateNumber places one number of a date, by its length, what is known so far,
// and the DateStyle.
func (d *dateTime) dateNumber(text string) dtCode {
	v, ok := smallNumber(text)
	if !ok {
		return dtBadFormat
	}
	set := func(bit int) dtCode {
		switch bit {
		case hasYear:
			d.year = v
			d.twoDigits = len(text) <= 2
		case hasMonth:
			d.month = v
		case hasDay:
			d.day = v
		}
		d.mask |= bit
		return dtOK
	}
	if len(text) == 3 && d.mask&hasDate == hasYear && v >= 1 && v <= 366 {
		d.dayOfYear = v
		d.mask |= hasMonth | hasDay
		return dtOK
	}
	switch d.mask & hasDate {
	case 0:
		switch {
		case len(text) >= 3 || d.order == orderYMD:
			return set(hasYear)
		case d.order == orderDMY:
			return set(hasDay)
		}
		return set(hasMonth)
	case hasYear:
		return set(hasMonth)
	case hasMonth:
		if d.textMonth && (len(text) >= 3 || d.order == orderYMD) {
			return set(hasYear)
		}
		return set(hasDay)
	case hasYear | hasMonth:
		if d.textMonth && len(text) >= 3 && d.twoDigits {
			// 99-Jan-1998: what was read as a two-digit year was the day.
			d.day = d.year
			d.mask |= hasDay
			return set(hasYear)
		}
		return set(hasDay)
	case hasDay:
		return set(hasMonth)
	case hasMonth | hasDay:
		return set(hasYear)
	}
	return dtBadFormat
}

// timeField reads 04:05, 04:05:06.789, or with a fraction and one colon mm:ss.fff.
func (d *dateTime) timeField(text string) dtCode {
	if d.mask&hasTime != 0 {
		return dtBadFormat
	}
	whole, frac, hasFrac := strings.Cut(text, ".")
	parts := strings.Split(whole, ":")
	nums := make([]int, len(parts))
	for i, p := range parts {
		v, ok := smallNumber(p)
		if !ok && p != "" || p == "" && i < 2 {
			return dtBadFormat
		}
		nums[i] = v
	}
	switch {
	case len(nums) == 3:
		d.hour, d.minute, d.second = nums[0], nums[1], nums[2]
	case len(nums) == 2 && hasFrac:
		d.minute, d.second = nums[0], nums[1]
	case len(nums) == 2:
		d.hour, d.minute = nums[0], nums[1]
	default:
		return dtBadFormat
	}
	if hasFrac {
		us, ok := fractionMicros(frac)
		if !ok {
			return dtBadFormat
		}
		d.micros = us
	}
	d.mask |= hasTime
	if d.minute > 59 || d.second > 60 || d.hour > 24 {
		return dtFieldOverflow
	}
	return dtOK
}

// fractionMicros reads the digits after a decimal point, rounded to
// microseconds; the result may be a whole second.
func fractionMicros(digits string) (int, bool) {
	v, scale := 0, 100_000
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return 0, false
		}
		switch {
		case i < 6:
			v += int(digits[i]-'0') * scale
			scale /= 10
		case i == 6:
			if digits[i] > '5' || digits[i] == '5' && (v%2 == 1 || strings.TrimRight(digits[7:], "0") != "") {
				v++
			}
		}
	}
	return v, true
}

func (d *dateTime) zoneOffset(text string) dtCode {
	off, code := parseOffset(text)
	if code != dtOK {
		return code
	}
	if d.mask&hasZone != 0 {
		if d.zone == nil || d.mask&hasTime == 0 {
			return dtBadFormat
		}
		d.zone = nil
	}
	d.offset = off
	d.mask |= hasZone
	return dtOK
}

func (d *dateTime) zoneName(text string) dtCode {
	if d.mask&hasZone != 0 {
		return dtBadFormat
	}
	loc := namedZone(text)
	if loc == nil {
		loc = posixZone(text)
	}
	if loc == nil {
		d.unknownZone = text
		return dtUnknownZone
	}
	d.zone = loc
	d.mask |= hasZone
	return dtOK
}

// numberField reads a number without separators.
func (d *dateTime) numberField(text string) dtCode {
	switch d.prefix {
	case wordJulian:
		d.prefix = 0
		return d.julianDay(text)
	case wordISOTime:
		d.prefix = 0
		if d.mask&hasTime != 0 {
			return dtBadFormat
		}
		return d.concatenated(text)
	}
	dot := strings.IndexByte(text, '.')
	switch {
	case dot >= 0 && d.mask&hasDate == 0 && !d.timeOnly:
		return d.splitDate(text)
	case dot > 2:
		return d.concatenated(text)
	case dot >= 0:
		return dtBadFormat
	case d.timeOnly && d.mask&hasTime == 0 && len(text) >= 4:
		return d.concatenated(text)
	case len(text) >= 6 && (d.mask&hasDate == 0 || d.mask&hasTime == 0):
		return d.concatenated(text)
	case d.mask&hasDate == hasDate:
		return d.concatenated(text)
	}
	return d.dateNumber(text)
}

func (d *dateTime) julianDay(text string) dtCode {
	whole, frac, _ := strings.Cut(text, ".")
	v, ok := smallNumber(whole)
	if !ok {
		return dtFieldOverflow
	}
	d.year, d.month, d.day = CivilFromDate(int64(v) + minDate)
	d.julian = true
	d.mask |= hasDate
	if frac != "" {
		us, ok := fractionMicros(frac)
		if !ok {
			return dtBadFormat
		}
		total := int64(us) * (MicrosPerDay / MicrosPerSecond)
		d.setTimeOfDay(total)
	}
	return dtOK
}

func (d *dateTime) setTimeOfDay(t int64) {
	d.hour, d.minute, d.second, d.micros = splitTimeOfDay(t)
	d.mask |= hasTime
}

// concatenated reads 20000102, 000102, 040506, 0405 and the like.
func (d *dateTime) concatenated(text string) dtCode {
	whole, frac, hasFrac := strings.Cut(text, ".")
	for i := range len(whole) {
		if !isDigit(whole[i]) {
			return dtBadFormat
		}
	}
	if hasFrac {
		us, ok := fractionMicros(frac)
		if !ok {
			return dtBadFormat
		}
		d.micros = us
	} else if d.mask&hasDate != hasDate && len(whole) >= 6 && !(d.timeOnly && len(whole) == 6) {
		n := len(whole)
		year, ok1 := smallNumber(whole[:n-4])
		month, ok2 := smallNumber(whole[n-4 : n-2])
		day, ok3 := smallNumber(whole[n-2:])
		if !ok1 || !ok2 || !ok3 {
			return dtFieldOverflow
		}
		d.year, d.month, d.day = year, month, day
		d.twoDigits = n == 6
		d.mask |= hasDate
		return dtOK
	}
	if d.mask&hasTime != 0 {
		return dtBadFormat
	}
	switch len(whole) {
	case 6:
		d.hour, _ = smallNumber(whole[:2])
		d.minute, _ = smallNumber(whole[2:4])
		d.second, _ = smallNumber(whole[4:])
	case 4:
		d.hour, _ = smallNumber(whole[:2])
		d.minute, _ = smallNumber(whole[2:])
	default:
		return dtBadFormat
	}
	d.mask |= hasTime
	if d.minute > 59 || d.second > 60 || d.hour > 24 {
		return dtFieldOverflow
	}
	return dtOK
}

func (d *dateTime) word(text string, next *dtField) dtCode {
	w, ok := dtWords[text]
	if !ok {
		return d.zoneWord(text)
	}
	if d.prefix != 0 && w.kind != wordIgnored {
		return dtBadFormat
	}
	switch w.kind {
	case wordMonth:
		if d.mask&hasMonth != 0 && !d.textMonth && d.mask&hasDay == 0 && d.month >= 1 && d.month <= 31 {
			// "08 Jan 1999": what was read as the month was the day.
			d.day = d.month
			d.mask |= hasDay
		} else if d.mask&hasMonth != 0 {
			return dtBadFormat
		}
		d.month, d.textMonth = w.value, true
		d.mask |= hasMonth
	case wordAM, wordPM:
		d.meridian = w.kind
	case wordAD, wordBC:
		d.bc = w.kind == wordBC
	case wordWeekday, wordIgnored:
	case wordJulian, wordISOTime:
		if next == nil {
			return dtBadFormat
		}
		if w.kind == wordISOTime && !d.timeOnly && d.mask&hasDate != hasDate {
			return dtBadFormat
		}
		d.prefix = w.kind
	case wordDST:
		if d.mask&hasZone == 0 {
			return dtBadFormat
		}
		d.offset += 3600
	case wordAllBalls:
		d.setTimeOfDay(0)
		d.offset = 0
		d.mask |= hasZone
	default:
		if d.special != 0 {
			return dtBadFormat
		}
		d.special = w.kind
	}
	return dtOK
}

func (d *dateTime) zoneWord(text string) dtCode {
	if off, ok := zoneAbbreviations[text]; ok {
		if d.mask&hasZone != 0 {
			return dtBadFormat
		}
		d.offset = off
		d.mask |= hasZone
		return dtOK
	}
	if loc := namedZone(text); loc != nil {
		return d.zoneName(text)
	}
	return dtBadFormat
}

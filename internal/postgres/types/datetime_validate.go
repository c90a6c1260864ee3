package types

// finish checks the fields against each other.
func (d *dateTime) finish() dtCode {
	if d.meridian != 0 {
		switch {
		case d.hour > 12:
			return dtFieldOverflow
		case d.meridian == wordAM && d.hour == 12:
			d.hour = 0
		case d.meridian == wordPM && d.hour != 12:
			d.hour += 12
		}
	}
	switch {
	case d.hour > 24 || d.minute > 59 || d.second > 60,
		d.hour == 24 && (d.minute > 0 || d.second > 0 || d.micros > 0):
		return dtFieldOverflow
	}
	if d.special != 0 {
		return dtOK
	}
	if d.mask&hasDate == 0 && d.timeOnly {
		if d.mask&hasTime == 0 {
			return dtBadFormat
		}
		return dtOK
	}
	if d.mask&hasDate != hasDate {
		return dtBadFormat
	}
	return d.validateDate()
}

func (d *dateTime) validateDate() dtCode {
	if !d.julian {
		switch {
		case d.bc:
			if d.year <= 0 {
				return dtFieldOverflow
			}
			d.year = 1 - d.year
		case d.twoDigits:
			if d.year < 70 {
				d.year += 2000
			} else if d.year < 100 {
				d.year += 1900
			}
		case d.year <= 0:
			return dtFieldOverflow
		}
	}
	if d.dayOfYear != 0 {
		days := DateFromCivil(d.year, 1, 1) + int64(d.dayOfYear) - 1
		d.year, d.month, d.day = CivilFromDate(days)
	}
	switch {
	case d.month < 1 || d.month > 12, d.day < 1 || d.day > 31:
		return dtMonthDayOverflow
	case d.day > DaysInMonth(d.year, d.month):
		return dtFieldOverflow
	}
	return dtOK
}

func (d *dateTime) timeOfDay() int64 {
	return int64(d.hour)*MicrosPerHour + int64(d.minute)*MicrosPerMinute +
		int64(d.second)*MicrosPerSecond + int64(d.micros)
}

func splitTimeOfDay(t int64) (hour, minute, second, micros int) {
	hour = int(t / MicrosPerHour)
	t %= MicrosPerHour
	minute = int(t / MicrosPerMinute)
	t %= MicrosPerMinute
	return hour, minute, int(t / MicrosPerSecond), int(t % MicrosPerSecond)
}

package builtin

import (
	"math"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func timestampOutOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
}

func dateOutOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
}

func dateOutOfRangeForTimestamp() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
}

func timestampDatum(v int64) (types.Datum, error) {
	if !types.IsInfiniteTimestamp(v) && !types.ValidTimestamp(v) {
		return types.Null, timestampOutOfRange()
	}
	return types.Int(v), nil
}

// addInterval adds an interval to a wall clock: months first (the day cut to the
// month's length), then days, then time.
func addInterval(ts int64, iv *types.Interval) (int64, error) {
	if types.IsInfiniteTimestamp(ts) {
		return ts, nil
	}
	days, tod := types.SplitTimestamp(ts)
	if iv.Months != 0 {
		days = addMonths(days, int64(iv.Months))
	}
	days += int64(iv.Days)
	v, ok := joinTimestamp(days, tod)
	if !ok {
		return 0, timestampOutOfRange()
	}
	v, ok = types.AddInt64(v, iv.Micros)
	if !ok || !types.ValidTimestamp(v) {
		return 0, timestampOutOfRange()
	}
	return v, nil
}

func joinTimestamp(days, tod int64) (int64, bool) {
	v, ok := types.MulInt64(days, types.MicrosPerDay)
	if !ok {
		return 0, false
	}
	return types.AddInt64(v, tod)
}

func addMonths(days, months int64) int64 {
	y, m, d := types.CivilFromDate(days)
	total := int64(y)*12 + int64(m-1) + months
	y = int(total / 12)
	m = int(total % 12)
	if m < 0 {
		m += 12
		y--
	}
	m++
	return types.DateFromCivil(y, m, min(d, types.DaysInMonth(y, m)))
}

// addIntervalTZ adds months and days on the wall clock of a zone, then time.
func addIntervalTZ(ts int64, iv *types.Interval, loc *time.Location) (int64, error) {
	if types.IsInfiniteTimestamp(ts) {
		return ts, nil
	}
	if iv.Months != 0 || iv.Days != 0 {
		local, err := addInterval(types.LocalTimestamp(ts, loc), &types.Interval{Months: iv.Months, Days: iv.Days})
		if err != nil {
			return 0, err
		}
		ts = types.UTCTimestamp(local, loc)
	}
	v, ok := types.AddInt64(ts, iv.Micros)
	if !ok || !types.ValidTimestamp(v) {
		return 0, timestampOutOfRange()
	}
	return v, nil
}

// negated is the opposite interval.
func negated(iv *types.Interval) (*types.Interval, error) {
	if iv.Months == math.MinInt32 || iv.Days == math.MinInt32 || iv.Micros == math.MinInt64 {
		return nil, types.IntervalOutOfRange()
	}
	return &types.Interval{Months: -iv.Months, Days: -iv.Days, Micros: -iv.Micros}, nil
}

// subtractTimestamps gives days and time.
func subtractTimestamps(a, b int64) (*types.Interval, error) {
	if types.IsInfiniteTimestamp(a) || types.IsInfiniteTimestamp(b) {
		return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	v, ok := types.SubInt64(a, b)
	if !ok {
		return nil, types.IntervalOutOfRange()
	}
	return justifyHours(&types.Interval{Micros: v})
}

func justifyHours(iv *types.Interval) (*types.Interval, error) {
	whole := iv.Micros / types.MicrosPerDay
	micros := iv.Micros - whole*types.MicrosPerDay
	days := int64(iv.Days) + whole
	switch {
	case days > 0 && micros < 0:
		micros += types.MicrosPerDay
		days--
	case days < 0 && micros > 0:
		micros -= types.MicrosPerDay
		days++
	}
	return types.NewInterval(int64(iv.Months), days, micros)
}

func justifyDays(iv *types.Interval) (*types.Interval, error) {
	whole := iv.Days / 30
	days := int64(iv.Days - whole*30)
	months := int64(iv.Months) + int64(whole)
	switch {
	case months > 0 && days < 0:
		days += 30
		months--
	case months < 0 && days > 0:
		days -= 30
		months++
	}
	return types.NewInterval(months, days, iv.Micros)
}

// justifyInterval brings all three fields into range and to one sign.
func justifyInterval(iv *types.Interval) (*types.Interval, error) {
	months, days, micros := int64(iv.Months), int64(iv.Days), iv.Micros
	days += micros / types.MicrosPerDay
	micros %= types.MicrosPerDay
	months += days / 30
	days %= 30
	if months > 0 && (days < 0 || days == 0 && micros < 0) {
		days += 30
		months--
	} else if months < 0 && (days > 0 || days == 0 && micros > 0) {
		days -= 30
		months++
	}
	if days > 0 && micros < 0 {
		micros += types.MicrosPerDay
		days--
	} else if days < 0 && micros > 0 {
		micros -= types.MicrosPerDay
		days++
	}
	return types.NewInterval(months, days, micros)
}

// age is the difference of two wall clocks in years, months, days and time.
func age(a, b int64) (*types.Interval, error) {
	if types.IsInfiniteTimestamp(a) || types.IsInfiniteTimestamp(b) {
		return nil, timestampOutOfRange()
	}
	ad, at := types.SplitTimestamp(a)
	bd, bt := types.SplitTimestamp(b)
	ay, am, aday := types.CivilFromDate(ad)
	by, bm, bday := types.CivilFromDate(bd)
	months := int64(ay-by)*12 + int64(am-bm)
	days, micros := int64(aday-bday), at-bt
	before := a < b
	if before {
		months, days, micros = -months, -days, -micros
	}
	if micros < 0 {
		micros += types.MicrosPerDay
		days--
	}
	for days < 0 {
		if before {
			days += int64(types.DaysInMonth(ay, am))
		} else {
			days += int64(types.DaysInMonth(by, bm))
		}
		months--
	}
	if before {
		months, days, micros = -months, -days, -micros
	}
	return types.NewInterval(months, days, micros)
}

// roundSeconds rounds to microseconds what is counted in days or seconds.
func roundSeconds(v float64) float64 { return math.RoundToEven(v*1e6) / 1e6 }

// scaleInterval multiplies by a factor, or with divide divides by it; fractions
// of a month go to days, those of a day to time.
func scaleInterval(iv *types.Interval, factor float64, divide bool) (*types.Interval, error) {
	scale := func(v float64) float64 {
		if divide {
			return v / factor
		}
		return v * factor
	}
	months, days := scale(float64(iv.Months)), scale(float64(iv.Days))
	if math.IsNaN(months) || math.Abs(months) >= math.MaxInt32+1 || math.IsNaN(days) || math.Abs(days) >= math.MaxInt32+1 {
		return nil, types.IntervalOutOfRange()
	}
	wholeMonths, wholeDays := math.Trunc(months), math.Trunc(days)
	monthRest := roundSeconds((months - wholeMonths) * 30)
	sec := roundSeconds((days - wholeDays + monthRest - math.Trunc(monthRest)) * 86400)
	if math.Abs(sec) >= 86400 {
		d := math.Trunc(sec / 86400)
		wholeDays += d
		sec -= d * 86400
	}
	wholeDays += math.Trunc(monthRest)
	micros := math.RoundToEven(scale(float64(iv.Micros)) + sec*1e6)
	if math.IsNaN(micros) || micros >= math.MaxInt64 || micros <= math.MinInt64 {
		return nil, types.IntervalOutOfRange()
	}
	return types.NewInterval(int64(wholeMonths), int64(wholeDays), int64(micros))
}

func addIntervals(a, b *types.Interval) (*types.Interval, error) {
	micros, ok := types.AddInt64(a.Micros, b.Micros)
	if !ok {
		return nil, types.IntervalOutOfRange()
	}
	return types.NewInterval(int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days), micros)
}

func subtractIntervals(a, b *types.Interval) (*types.Interval, error) {
	micros, ok := types.SubInt64(a.Micros, b.Micros)
	if !ok {
		return nil, types.IntervalOutOfRange()
	}
	return types.NewInterval(int64(a.Months)-int64(b.Months), int64(a.Days)-int64(b.Days), micros)
}

// dateToTimestamp is midnight of a day.
func dateToTimestamp(days int64) (int64, error) {
	switch days {
	case types.DateInfinity:
		return types.TimestampInfinity, nil
	case types.DateMinusInfinity:
		return types.TimestampNegInfinity, nil
	}
	v, ok := types.MulInt64(days, types.MicrosPerDay)
	if !ok || !types.ValidTimestamp(v) {
		return 0, dateOutOfRangeForTimestamp()
	}
	return v, nil
}

// dateForCompare is dateToTimestamp with what does not fit at infinity.
func dateForCompare(days int64) int64 {
	v, err := dateToTimestamp(days)
	if err != nil {
		return types.TimestampInfinity
	}
	return v
}

// timestampToDate is the day of a wall clock.
func timestampToDate(ts int64) int64 {
	switch ts {
	case types.TimestampInfinity:
		return types.DateInfinity
	case types.TimestampNegInfinity:
		return types.DateMinusInfinity
	}
	days, _ := types.SplitTimestamp(ts)
	return days
}

// wrapTime brings a time of day back into one day.
func wrapTime(t int64) int64 {
	t %= types.MicrosPerDay
	if t < 0 {
		t += types.MicrosPerDay
	}
	return t
}

func infiniteDates() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite dates")
}

package types

import (
	"math"
	"math/bits"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// What interval comparison and arithmetic take a month and a day to be.
const (
	daysPerMonth  = 30
	monthsPerYear = 12
)

// span is an interval's length for comparison: days, and the µs beyond them,
// with a month as 30 days and a day as 24 hours.
func (iv *Interval) span() (days, micros int64) {
	d := floorDiv64(iv.Micros, MicrosPerDay)
	return int64(iv.Months)*daysPerMonth + int64(iv.Days) + d, iv.Micros - d*MicrosPerDay
}

// CompareInterval orders intervals by length.
func CompareInterval(a, b *Interval) int {
	ad, am := a.span()
	bd, bm := b.span()
	switch {
	case ad != bd:
		return cmpInt(ad, bd)
	default:
		return cmpInt(am, bm)
	}
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// IntervalOutOfRange is the error of interval arithmetic that overflows.
func IntervalOutOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
}

// AddInt64 adds, and tells whether it did not overflow.
func AddInt64(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

// SubInt64 subtracts, and tells whether it did not overflow.
func SubInt64(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

// MulInt64 multiplies, and tells whether it did not overflow.
func MulInt64(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(absInt64(a), absInt64(b))
	if hi != 0 || lo > 1<<63 || lo == 1<<63 && !neg {
		return 0, false
	}
	if neg {
		return -int64(lo), true
	}
	return int64(lo), true
}

func absInt64(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// NewInterval makes an interval of fields given wide, or the error that they
// do not fit.
func NewInterval(months, days, micros int64) (*Interval, error) {
	if months > math.MaxInt32 || months < math.MinInt32 || days > math.MaxInt32 || days < math.MinInt32 {
		return nil, IntervalOutOfRange()
	}
	return &Interval{Months: int32(months), Days: int32(days), Micros: micros}, nil
}

// applyIntervalTypmod drops the fields an interval type leaves out, and rounds
// the seconds.
func applyIntervalTypmod(iv *Interval, typmod Typmod) *Interval {
	if typmod < 0 {
		return iv
	}
	fields, precision := intervalTypmod(typmod)
	r := *iv
	switch fields {
	case intervalFullRange:
	case intervalYear:
		r.Months -= r.Months % monthsPerYear
		r.Days, r.Micros = 0, 0
	case intervalMonth, intervalYear | intervalMonth:
		r.Days, r.Micros = 0, 0
	case intervalDay:
		r.Micros = 0
	case intervalHour, intervalDay | intervalHour:
		r.Micros -= r.Micros % MicrosPerHour
	case intervalMinute, intervalHour | intervalMinute, intervalDay | intervalHour | intervalMinute:
		r.Micros -= r.Micros % MicrosPerMinute
	}
	if precision != intervalFullPrec {
		r.Micros = roundMicros(r.Micros, precision)
	}
	return &r
}

package types

import (
	"math"
	"unsafe"
)

// Kind is the physical form of a datum. The SQL type is not in the datum: it is
// static, known to the expression or column that the datum comes from.
type Kind uint8

// Physical kinds. Several SQL types share one.
const (
	// KindNull is SQL NULL, of any type, and the zero Datum.
	KindNull Kind = iota
	// KindBool is boolean.
	KindBool
	// KindInt holds int2, int4, int8, oid and the reg* types, date (days since
	// 2000-01-01), time (µs since midnight), timestamp and timestamptz (µs since
	// 2000-01-01 00:00 UTC); math.MinInt64 and MaxInt64 are -infinity and
	// infinity of the timestamps, MinInt32 and MaxInt32 those of date.
	KindInt
	// KindFloat holds float8, and float4 as the float64 of its exact value.
	KindFloat
	// KindText holds bytes: text, varchar, bpchar (padded), name, "char", json,
	// bytea (raw), uuid (16 raw bytes), bit strings, xml, unknown literals.
	KindText
	// KindNumeric is a *Numeric.
	KindNumeric
	// KindInterval is an *Interval.
	KindInterval
	// KindTimeTZ is a *TimeTZ.
	KindTimeTZ
	// KindJSONB is a *JSONB, a decoded tree.
	KindJSONB
	// KindArray is an *Array, of any element type.
	KindArray
	// KindRecord is a *Record: a row value.
	KindRecord
	// KindOther is a value of a type with its own Go type, behind *Other.
	KindOther
)

// Datum is one SQL value in 24 bytes: scalars and strings without allocation.
// Datums are immutable: what they point to is never modified after making.
type Datum struct {
	p unsafe.Pointer // string bytes, or the value of a pointer kind
	n uint64         // scalar bits, or string length
	k Kind
}

// Null is SQL NULL.
var Null = Datum{}

// Kind tells the physical form.
func (d Datum) Kind() Kind { return d.k }

// IsNull reports whether the datum is NULL.
func (d Datum) IsNull() bool { return d.k == KindNull }

// Bool makes a boolean datum.
func Bool(b bool) Datum {
	if b {
		return Datum{n: 1, k: KindBool}
	}
	return Datum{k: KindBool}
}

// Int makes an integer, date or time datum.
func Int(i int64) Datum { return Datum{n: uint64(i), k: KindInt} }

// Float makes a floating-point datum.
func Float(f float64) Datum { return Datum{n: math.Float64bits(f), k: KindFloat} }

// Text makes a datum that holds the bytes of s.
func Text(s string) Datum {
	return Datum{p: unsafe.Pointer(unsafe.StringData(s)), n: uint64(len(s)), k: KindText}
}

// Bytes makes a KindText datum over b without copying: b must not change later.
func Bytes(b []byte) Datum {
	return Datum{p: unsafe.Pointer(unsafe.SliceData(b)), n: uint64(len(b)), k: KindText}
}

// Bool is the value of a KindBool datum.
func (d Datum) Bool() bool { return d.n != 0 }

// Int is the value of a KindInt datum.
func (d Datum) Int() int64 { return int64(d.n) }

// Float is the value of a KindFloat datum.
func (d Datum) Float() float64 { return math.Float64frombits(d.n) }

// Str is the bytes of a KindText datum, shared, as a string.
func (d Datum) Str() string {
	if d.n == 0 {
		return ""
	}
	return unsafe.String((*byte)(d.p), int(d.n))
}

// Raw is the bytes of a KindText datum, shared: the caller must not modify them.
func (d Datum) Raw() []byte {
	if d.n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(d.p), int(d.n))
}

func pointer[T any](k Kind, v *T) Datum { return Datum{p: unsafe.Pointer(v), k: k} }

// NumericDatum, and its like below, wrap a value by pointer; it must not be
// modified afterwards.
func NumericDatum(v *Numeric) Datum { return pointer(KindNumeric, v) }

// IntervalDatum wraps an interval.
func IntervalDatum(v *Interval) Datum { return pointer(KindInterval, v) }

// TimeTZDatum wraps a time with time zone.
func TimeTZDatum(v *TimeTZ) Datum { return pointer(KindTimeTZ, v) }

// JSONBDatum wraps a JSON tree.
func JSONBDatum(v *JSONB) Datum { return pointer(KindJSONB, v) }

// ArrayDatum wraps an array.
func ArrayDatum(v *Array) Datum { return pointer(KindArray, v) }

// RecordDatum wraps a row value.
func RecordDatum(v *Record) Datum { return pointer(KindRecord, v) }

// OtherDatum wraps a value of a type with its own Go type.
func OtherDatum(v *Other) Datum { return pointer(KindOther, v) }

// Numeric is the value of a KindNumeric datum; so the others of their kinds.
func (d Datum) Numeric() *Numeric { return (*Numeric)(d.p) }

// Interval is the value of a KindInterval datum.
func (d Datum) Interval() *Interval { return (*Interval)(d.p) }

// TimeTZ is the value of a KindTimeTZ datum.
func (d Datum) TimeTZ() *TimeTZ { return (*TimeTZ)(d.p) }

// JSONB is the value of a KindJSONB datum.
func (d Datum) JSONB() *JSONB { return (*JSONB)(d.p) }

// Array is the value of a KindArray datum.
func (d Datum) Array() *Array { return (*Array)(d.p) }

// Record is the value of a KindRecord datum.
func (d Datum) Record() *Record { return (*Record)(d.p) }

// Other is the value of a KindOther datum.
func (d Datum) Other() *Other { return (*Other)(d.p) }

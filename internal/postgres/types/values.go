package types

import "github.com/cockroachdb/apd/v3"

// Numeric is a decimal; its exponent is minus the display scale. Form tells NaN
// and the infinities.
type Numeric = apd.Decimal

// Interval is PostgreSQL's three-part interval.
type Interval struct {
	Micros int64
	Days   int32
	Months int32
}

// TimeTZ is a time of day with its zone.
type TimeTZ struct {
	Micros int64 // since midnight, local
	Zone   int32 // seconds west of UTC, as PostgreSQL stores it
}

// Array is an array of any dimensions, elements in row-major order.
type Array struct {
	Elem  OID
	Dims  []Dim // empty for the empty array
	Items []Datum
}

// Dim is one dimension of an array.
type Dim struct {
	Length int
	Lower  int // first subscript, 1 by default
}

// Record is a row value: of a named composite type, or anonymous.
type Record struct {
	Type   OID // Record for an anonymous one
	Fields []Datum
	Types  []OID
	Names  []string // may be nil for an anonymous one
}

// Other holds a value of a type that has its own Go type.
type Other struct {
	Value any
}

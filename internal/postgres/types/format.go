package types

import (
	"strings"
	"time"
)

// Format holds the settings that a type's text form depends on. A nil *Format
// and empty fields mean PostgreSQL's defaults, but ExtraFloatDigits is as set:
// the default is 1.
type Format struct {
	DateStyle        string // "ISO, MDY" and the like
	IntervalStyle    string // postgres, postgres_verbose, sql_standard, iso_8601
	ExtraFloatDigits int
	ByteaOutput      string // hex or escape
	Location         *time.Location
	// Names turns names into OIDs and back for the reg* types; without it they
	// are numbers.
	Names RegNames
	// Now is the transaction's start, for the literals now, today, tomorrow and
	// yesterday; without it they are refused.
	Now time.Time
}

// RegNames is the catalog as the reg* types (regclass, regtype, …) see it.
type RegNames interface {
	// RegName is the name to print for an object, false if there is none.
	RegName(typ, oid OID) (string, bool)
	// RegOID finds the object a reg* literal names.
	RegOID(typ OID, name string) (OID, error)
}

var defaultFormat = Format{
	DateStyle: "ISO, MDY", IntervalStyle: "postgres", ExtraFloatDigits: 1, ByteaOutput: "hex", Location: time.UTC,
}

func (f *Format) orDefault() *Format {
	if f == nil {
		return &defaultFormat
	}
	return f
}

func (f *Format) location() *time.Location {
	if f == nil || f.Location == nil {
		return time.UTC
	}
	return f.Location
}

// dateOrder is the order in which day, month and year are read in an ambiguous date.
type dateOrder uint8

const (
	orderMDY dateOrder = iota
	orderDMY
	orderYMD
)

// dateStyle is the form in which dates are written.
type dateStyle uint8

const (
	styleISO dateStyle = iota
	styleSQL
	styleGerman
	stylePostgres
)

// dateStyle reads the DateStyle setting.
func (f *Format) dateStyle() (dateStyle, dateOrder) {
	if f == nil || f.DateStyle == "" || f.DateStyle == "ISO, MDY" {
		return styleISO, orderMDY
	}
	style, order := styleISO, orderMDY
	for word := range strings.SplitSeq(f.DateStyle, ",") {
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "sql":
			style = styleSQL
		case "german":
			style = styleGerman
		case "postgres":
			style = stylePostgres
		case "dmy", "euro", "european":
			order = orderDMY
		case "ymd":
			order = orderYMD
		}
	}
	return style, order
}

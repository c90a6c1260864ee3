package types

import "time"

// Format holds the settings that a type's text output depends on.
type Format struct {
	DateStyle        string // "ISO, MDY" and the like
	IntervalStyle    string // postgres, postgres_verbose, sql_standard, iso_8601
	ExtraFloatDigits int
	ByteaOutput      string // hex or escape
	Location         *time.Location
}

package types

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// varHdrSize is what PostgreSQL adds to the modifiers of char(n), varchar(n)
// and numeric(p,s).
const varHdrSize = 4

// Limits of modifiers, from PostgreSQL's varchar.c, numeric.h and timestamp.h.
const (
	maxAttrSize         = 10 * 1024 * 1024
	numericMaxPrecision = 1000
	numericMinScale     = -1000
	numericMaxScale     = 1000
	maxTimePrecision    = 6
	maxBitLength        = 8 * maxAttrSize
)

// Bits of an interval modifier's range, from PostgreSQL's datetime.h.
const (
	intervalMonth     = 1 << 1
	intervalYear      = 1 << 2
	intervalDay       = 1 << 3
	intervalHour      = 1 << 10
	intervalMinute    = 1 << 11
	intervalSecond    = 1 << 12
	intervalFullRange = 0x7FFF
	intervalFullPrec  = 0xFFFF
)

// TypmodIn packs the modifiers written after a type's name, as its typmodin
// function does: varchar(10), numeric(10,2), interval's (range, precision).
func TypmodIn(oid OID, mods []int32) (Typmod, error) {
	switch oid {
	case BPCharOID:
		return lengthTypmodIn("char", mods)
	case VarCharOID:
		return lengthTypmodIn("varchar", mods)
	case NumericOID:
		return numericTypmodIn(mods)
	case TimeOID, TimeTZOID, TimestampOID, TimestampTZOID:
		return timeTypmodIn(oid, mods)
	case IntervalOID:
		return intervalTypmodIn(mods)
	case BitOID:
		return bitTypmodIn("bit", mods)
	case VarBitOID:
		return bitTypmodIn("bit varying", mods)
	}
	if elem := ElemOf(oid); elem != 0 && oid != Int2VectorOID && oid != OIDVectorOID {
		return TypmodIn(elem, mods)
	}
	return -1, pgerr.New(pgerr.SyntaxError, "type modifier is not allowed for type \"%s\"", TypeName(oid))
}

func invalidModifier() error {
	return pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
}

func lengthTypmodIn(name string, mods []int32) (Typmod, error) {
	if len(mods) != 1 {
		return -1, invalidModifier()
	}
	switch {
	case mods[0] < 1:
		return -1, pgerr.New(pgerr.InvalidParameterValue, "length for type %s must be at least 1", name)
	case mods[0] > maxAttrSize:
		return -1, pgerr.New(pgerr.InvalidParameterValue, "length for type %s cannot exceed %d", name, maxAttrSize)
	}
	return mods[0] + varHdrSize, nil
}

func bitTypmodIn(name string, mods []int32) (Typmod, error) {
	if len(mods) != 1 {
		return -1, invalidModifier()
	}
	switch {
	case mods[0] < 1:
		return -1, pgerr.New(pgerr.InvalidParameterValue, "length for type %s must be at least 1", name)
	case mods[0] > maxBitLength:
		return -1, pgerr.New(pgerr.InvalidParameterValue, "length for type %s cannot exceed %d", name, maxBitLength)
	}
	return mods[0], nil
}

func numericTypmodIn(mods []int32) (Typmod, error) {
	if len(mods) < 1 || len(mods) > 2 {
		return -1, pgerr.New(pgerr.InvalidParameterValue, "invalid NUMERIC type modifier")
	}
	if mods[0] < 1 || mods[0] > numericMaxPrecision {
		return -1, pgerr.New(pgerr.InvalidParameterValue, "NUMERIC precision %d must be between 1 and %d",
			mods[0], numericMaxPrecision)
	}
	scale := int32(0)
	if len(mods) == 2 {
		scale = mods[1]
		if scale < numericMinScale || scale > numericMaxScale {
			return -1, pgerr.New(pgerr.InvalidParameterValue, "NUMERIC scale %d must be between %d and %d",
				scale, numericMinScale, numericMaxScale)
		}
	}
	return (mods[0]<<16 | scale&0x7ff) + varHdrSize, nil
}

// NumericTypmod unpacks precision and scale; ok is false when there are none.
func NumericTypmod(typmod Typmod) (precision, scale int, ok bool) {
	if typmod < varHdrSize {
		return 0, 0, false
	}
	t := typmod - varHdrSize
	// The scale is an 11-bit two's complement number.
	return int(t >> 16 & 0xffff), int((t&0x7ff ^ 1024) - 1024), true
}

func numericMod(typmod Typmod) string {
	p, s, ok := NumericTypmod(typmod)
	if !ok {
		return ""
	}
	return "(" + strconv.Itoa(p) + "," + strconv.Itoa(s) + ")"
}

func timeTypmodIn(oid OID, mods []int32) (Typmod, error) {
	if len(mods) != 1 {
		return -1, invalidModifier()
	}
	name, zone := "TIME", ""
	if oid == TimestampOID || oid == TimestampTZOID {
		name = "TIMESTAMP"
	}
	if oid == TimeTZOID || oid == TimestampTZOID {
		zone = " WITH TIME ZONE"
	}
	// More than six digits is a warning in PostgreSQL, and means six.
	if mods[0] < 0 {
		return -1, pgerr.New(pgerr.InvalidParameterValue, "%s(%d)%s precision must not be negative",
			name, mods[0], zone)
	}
	return min(mods[0], maxTimePrecision), nil
}

var intervalFields = map[int32]string{
	intervalYear:                 " year",
	intervalMonth:                " month",
	intervalDay:                  " day",
	intervalHour:                 " hour",
	intervalMinute:               " minute",
	intervalSecond:               " second",
	intervalYear | intervalMonth: " year to month",
	intervalDay | intervalHour:   " day to hour",
	intervalDay | intervalHour | intervalMinute:                  " day to minute",
	intervalHour | intervalMinute:                                " hour to minute",
	intervalMinute | intervalSecond:                              " minute to second",
	intervalHour | intervalMinute | intervalSecond:               " hour to second",
	intervalDay | intervalHour | intervalMinute | intervalSecond: " day to second",
	intervalFullRange:                                            "",
}

func intervalTypmodIn(mods []int32) (Typmod, error) {
	if len(mods) < 1 || len(mods) > 2 {
		return -1, pgerr.New(pgerr.InvalidParameterValue, "invalid INTERVAL type modifier")
	}
	if _, ok := intervalFields[mods[0]]; !ok {
		return -1, pgerr.New(pgerr.InvalidParameterValue, "invalid INTERVAL type modifier")
	}
	if len(mods) == 1 {
		if mods[0] == intervalFullRange {
			return -1, nil
		}
		return mods[0]<<16 | intervalFullPrec, nil
	}
	if mods[1] < 0 {
		return -1, pgerr.New(pgerr.InvalidParameterValue, "INTERVAL(%d) precision must not be negative", mods[1])
	}
	return mods[0]<<16 | min(mods[1], maxTimePrecision), nil
}

// intervalTypmod unpacks the fields and the precision of an interval modifier.
func intervalTypmod(typmod Typmod) (fields, precision int32) {
	if typmod < 0 {
		return intervalFullRange, intervalFullPrec
	}
	return typmod >> 16 & intervalFullRange, typmod & intervalFullPrec
}

func intervalMod(typmod Typmod) string {
	fields, precision := intervalTypmod(typmod)
	s := intervalFields[fields]
	if precision != intervalFullPrec {
		s += "(" + strconv.Itoa(int(precision)) + ")"
	}
	return s
}

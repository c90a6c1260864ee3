package types

import "strings"

// Compare orders two values of one type that are not NULL, as its btree
// operator class does. Text is ordered by bytes (collation "C").
func Compare(oid OID, a, b Datum) int {
	switch a.Kind() {
	case KindInt:
		if oid == XID8OID || oid == PgLSNOID {
			return cmpUint(uint64(a.Int()), uint64(b.Int()))
		}
		return cmpInt(a.Int(), b.Int())
	case KindText:
		if oid == BPCharOID {
			return strings.Compare(TrimBlanks(a.Str()), TrimBlanks(b.Str()))
		}
		return strings.Compare(a.Str(), b.Str())
	case KindBool:
		return cmpBool(a.Bool(), b.Bool())
	case KindFloat:
		return CompareFloat(a.Float(), b.Float())
	case KindNumeric:
		return CompareNumeric(a.Numeric(), b.Numeric())
	case KindInterval:
		return CompareInterval(a.Interval(), b.Interval())
	case KindTimeTZ:
		return compareTimeTZ(a.TimeTZ(), b.TimeTZ())
	case KindJSONB:
		return CompareJSONB(a.JSONB(), b.JSONB())
	case KindArray:
		return compareArrays(a.Array(), b.Array())
	case KindRecord:
		return compareRecords(a.Record(), b.Record())
	}
	return 0
}

func cmpUint(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// CompareNulls is Compare with NULL above everything, as within arrays and rows.
func CompareNulls(oid OID, a, b Datum) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull():
		return 1
	case b.IsNull():
		return -1
	}
	return Compare(oid, a, b)
}

// utc is the instant a time with zone means, in µs; those of one instant are
// ordered by zone.
func (t *TimeTZ) utc() int64 { return t.Micros + int64(t.Zone)*MicrosPerSecond }

func compareTimeTZ(a, b *TimeTZ) int {
	if c := cmpInt(a.utc(), b.utc()); c != 0 {
		return c
	}
	return cmpInt(int64(a.Zone), int64(b.Zone))
}

func compareArrays(a, b *Array) int {
	n := min(len(a.Items), len(b.Items))
	for i := range n {
		if c := CompareNulls(a.Elem, a.Items[i], b.Items[i]); c != 0 {
			return c
		}
	}
	if c := cmpInt(int64(len(a.Items)), int64(len(b.Items))); c != 0 {
		return c
	}
	if c := cmpInt(int64(len(a.Dims)), int64(len(b.Dims))); c != 0 {
		return c
	}
	for i := range a.Dims {
		if c := cmpInt(int64(a.Dims[i].Length), int64(b.Dims[i].Length)); c != 0 {
			return c
		}
	}
	for i := range a.Dims {
		if c := cmpInt(int64(a.Dims[i].Lower), int64(b.Dims[i].Lower)); c != 0 {
			return c
		}
	}
	return 0
}

func compareRecords(a, b *Record) int {
	for i := range min(len(a.Fields), len(b.Fields)) {
		if c := CompareNulls(a.Types[i], a.Fields[i], b.Fields[i]); c != 0 {
			return c
		}
	}
	return cmpInt(int64(len(a.Fields)), int64(len(b.Fields)))
}

// Equal reports whether two values of one type, not NULL, are equal.
func Equal(oid OID, a, b Datum) bool {
	if a.Kind() == KindText && oid != BPCharOID {
		return a.Str() == b.Str()
	}
	return Compare(oid, a, b) == 0
}

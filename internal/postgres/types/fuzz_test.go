package types

import (
	"testing"
	"time"
)

// fuzzTypes are all types whose values can come from outside.
var fuzzTypes = func() []OID {
	oids := append([]OID(nil), genTypes...)
	return append(oids, JSONOID, CharOID, TIDOID, PgLSNOID, XID8OID, Int2VectorOID, OIDVectorOID, RegclassOID,
		ByteaArrayOID, IntervalArrayOID, BoolArrayOID)
}()

func fuzzType(n uint8) OID { return fuzzTypes[int(n)%len(fuzzTypes)] }

// typeIndex is the seed for a type.
func typeIndex(oid OID) uint8 {
	for i, o := range fuzzTypes {
		if o == oid {
			return uint8(i)
		}
	}
	return 0
}

func FuzzInput(f *testing.F) {
	for _, s := range []struct {
		oid OID
		s   string
	}{
		{Int4OID, "42"},
		{NumericOID, "1e10"},
		{TimestampTZOID, "1999-01-08 04:05:06.789 America/New_York"},
		{IntervalOID, "P1Y2M3DT4H5M6S"},
		{IntervalOID, "1-2 3 -4:05:06 ago"},
		{JSONBOID, `{"a":[1,"\ud83d\ude00"]}`},
		{TextArrayOID, `[0:1]={"a\"b",NULL}`},
		{TimeTZOID, "04:05:06-08"},
		{ByteaOID, `\x00`},
		{DateOID, "J2451187"},
		{VarBitOID, "x1F"},
	} {
		f.Add(typeIndex(s.oid), s.s)
	}
	format := &Format{Now: time.Unix(0, 0), ExtraFloatDigits: 1}
	f.Fuzz(func(t *testing.T, n uint8, s string) {
		if ValidateUTF8([]byte(s)) != nil {
			return
		}
		oid := fuzzType(n)
		d, err := Input(oid, s, -1, format)
		if err != nil {
			return
		}
		text := Output(oid, d, format)
		again, err := Input(oid, text, -1, format)
		if err != nil {
			t.Fatalf("%s: %q gives %q, which is refused: %v", TypeName(oid), s, text, err)
		}
		if Compare(oid, d, again) != 0 {
			t.Fatalf("%s: %q gives %q, which is another value", TypeName(oid), s, text)
		}
	})
}

func FuzzDecodeBinary(f *testing.F) {
	f.Add(typeIndex(Int4ArrayOID), []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 9})
	f.Add(typeIndex(NumericOID), []byte{0, 1, 0, 0, 0, 0, 0, 2, 0, 1})
	f.Add(typeIndex(JSONBOID), []byte("\x01{}"))
	f.Fuzz(func(t *testing.T, n uint8, src []byte) {
		oid := fuzzType(n)
		d, err := DecodeBinary(oid, src)
		if err != nil {
			return
		}
		b, err := AppendBinary(nil, oid, d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeBinary(oid, b)
		if err != nil || Compare(oid, d, again) != 0 {
			t.Fatalf("%s: %x came back as %x: %v", TypeName(oid), src, b, err)
		}
		_ = AppendText(nil, oid, d, nil)
	})
}

func FuzzDecodeKey(f *testing.F) {
	f.Add(typeIndex(TextOID), AppendKey(nil, TextOID, Text("a\x00b"), false, false), false)
	f.Add(typeIndex(NumericOID), AppendKey(nil, NumericOID, NumericDatum(NumericFromScaled(-12345, 3)), true, false), true)
	f.Add(typeIndex(Int4ArrayOID), AppendKey(nil, Int4ArrayOID, ArrayDatum(NewArray(Int4OID, []Datum{Int(1), Null})), false, false), false)
	f.Fuzz(func(t *testing.T, n uint8, src []byte, desc bool) {
		oid := fuzzType(n)
		d, _, err := DecodeKey(oid, src, desc, false)
		if err == nil && !d.IsNull() {
			_ = AppendKey(nil, oid, d, desc, false)
		}
	})
}

func FuzzTuple(f *testing.F) {
	oids := genTypes
	row := make([]Datum, len(oids))
	f.Add(AppendTuple(nil, oids, row))
	row[2], row[7] = Int(5), NumericDatum(NumericFromInt(7))
	f.Add(AppendTuple(nil, oids, row))
	r := NewTupleReader(oids, nil)
	f.Fuzz(func(_ *testing.T, src []byte) {
		out := make([]Datum, len(oids))
		if _, err := r.Read(src, out); err != nil {
			return
		}
		for i, d := range out {
			if !d.IsNull() && d.Kind() == ByOID(oids[i]).Phys {
				_ = AppendText(nil, oids[i], d, nil)
			}
		}
	})
}

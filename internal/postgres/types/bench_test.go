package types

import "testing"

func BenchmarkInputInt4(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Input(Int4OID, "1234567", -1, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendTextInt4(b *testing.B) {
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = AppendText(buf[:0], Int4OID, Int(1234567), nil)
	}
}

func BenchmarkAppendTextText(b *testing.B) {
	b.ReportAllocs()
	var buf []byte
	d := Text("the quick brown fox jumps over the lazy dog")
	for b.Loop() {
		buf = AppendText(buf[:0], TextOID, d, nil)
	}
}

func BenchmarkAppendTextTimestampTZ(b *testing.B) {
	b.ReportAllocs()
	var buf []byte
	f := &Format{DateStyle: "ISO, MDY", ExtraFloatDigits: 1}
	for b.Loop() {
		buf = AppendText(buf[:0], TimestampTZOID, Int(700000000123456), f)
	}
}

func BenchmarkInputTimestampTZ(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Input(TimestampTZOID, "2024-05-06 07:08:09.123456+00", -1, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInputNumeric(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Input(NumericOID, "12345.67", -1, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// benchRow is a row of pgbench_accounts.
var (
	benchOIDs = []OID{Int4OID, Int4OID, Int4OID, BPCharOID}
	benchRow  = []Datum{Int(123456), Int(1), Int(-42), Text("                                                                                    ")}
)

func BenchmarkAppendTuple(b *testing.B) {
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = AppendTuple(buf[:0], benchOIDs, benchRow)
	}
}

func BenchmarkTupleReader(b *testing.B) {
	b.ReportAllocs()
	src := AppendTuple(nil, benchOIDs, benchRow)
	r := NewTupleReader(benchOIDs, []int{2})
	out := make([]Datum, 1)
	for b.Loop() {
		if _, err := r.Read(src, out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendKeyInt4(b *testing.B) {
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = AppendKey(buf[:0], Int4OID, Int(123456), false, false)
	}
}

func BenchmarkNumericAdd(b *testing.B) {
	b.ReportAllocs()
	x, y := NumericFromScaled(1234567, 2), NumericFromScaled(89, 1)
	for b.Loop() {
		if _, err := NumericAdd(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

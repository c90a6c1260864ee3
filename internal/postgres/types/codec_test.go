package types

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// genTypes are the types that the properties below hold for.
var genTypes = []OID{
	BoolOID, Int2OID, Int4OID, Int8OID, OIDOID, Float4OID, Float8OID, NumericOID, TextOID, VarCharOID, BPCharOID,
	NameOID, ByteaOID, UUIDOID, DateOID, TimeOID, TimeTZOID, TimestampOID, TimestampTZOID, IntervalOID, JSONBOID,
	BitOID, VarBitOID, Int4ArrayOID, TextArrayOID, NumericArrayOID, TimestampTZArrayOID, JSONBArrayOID,
}

func genNumeric() *rapid.Generator[*Numeric] {
	return rapid.Custom(func(t *rapid.T) *Numeric {
		switch rapid.IntRange(0, 12).Draw(t, "class") {
		case 0:
			return NumericNaN()
		case 1:
			return NumericInf(rapid.Bool().Draw(t, "neg"))
		case 3:
			n := NumericFromInt(int64(rapid.IntRange(-9, 9).Draw(t, "lead")))
			setRawScale(n, -rapid.IntRange(0, 200).Draw(t, "zeros"))
			if rapid.Bool().Draw(t, "expand") {
				return NumericExpand(n)
			}
			return n
		case 2:
			n, err := ParseNumeric(rapid.StringMatching(`-?[0-9]{1,40}(\.[0-9]{0,30})?`).Draw(t, "long"))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		return NumericFromScaled(int64(rapid.IntRange(-2000, 2000).Draw(t, "v")), rapid.IntRange(0, 4).Draw(t, "scale"))
	})
}

func genJSON(depth int) *rapid.Generator[JSONB] {
	return rapid.Custom(func(t *rapid.T) JSONB {
		kind := JSONKind(rapid.IntRange(0, 5).Draw(t, "kind"))
		if depth == 0 && kind >= JSONArray {
			kind = JSONNumber
		}
		v := JSONB{Kind: kind}
		switch kind {
		case JSONString:
			v.Str = genText().Draw(t, "str")
		case JSONNumber:
			v.Num = NumericFromScaled(int64(rapid.IntRange(-50, 50).Draw(t, "num")), rapid.IntRange(0, 2).Draw(t, "scale"))
		case JSONBool:
			v.Bool = rapid.Bool().Draw(t, "bool")
		case JSONArray, JSONObject:
			n := rapid.IntRange(0, 3).Draw(t, "n")
			var keys []string
			for range n {
				keys = append(keys, rapid.StringMatching(`[ab]{0,3}`).Draw(t, "key"))
				v.Items = append(v.Items, genJSON(depth-1).Draw(t, "item"))
			}
			if kind == JSONObject {
				v = NewJSONObject(keys, v.Items)
			}
		}
		return v
	})
}

func genText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[ab\\ ",{}]{0,4}`), rapid.StringN(0, 6, -1).Filter(func(s string) bool {
		return !strings.ContainsRune(s, 0)
	}))
}

func genInt(lo, hi int64) *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64Range(lo, hi), rapid.Int64Range(max(lo, -3), min(hi, 3)))
}

func genDatum(oid OID) *rapid.Generator[Datum] {
	return rapid.Custom(func(t *rapid.T) Datum {
		if elem := ElemOf(oid); elem != 0 {
			return genArray(t, elem)
		}
		switch oid {
		case BoolOID:
			return Bool(rapid.Bool().Draw(t, "b"))
		case Int2OID, Int4OID, Int8OID:
			return Int(genInt(intRange(oid)).Draw(t, "i"))
		case OIDOID:
			return Int(genInt(0, math.MaxUint32).Draw(t, "oid"))
		case DateOID:
			return Int(rapid.OneOf(genInt(minDate, endDate-1), rapid.SampledFrom([]int64{DateInfinity, DateMinusInfinity})).Draw(t, "d"))
		case TimeOID:
			return Int(genInt(0, MicrosPerDay).Draw(t, "t"))
		case TimestampOID, TimestampTZOID:
			return Int(rapid.OneOf(genInt(minTimestamp, endTimestamp-1), genInt(0, 1e15),
				rapid.SampledFrom([]int64{TimestampInfinity, TimestampNegInfinity})).Draw(t, "ts"))
		case TimeTZOID:
			return TimeTZDatum(&TimeTZ{
				Micros: genInt(0, MicrosPerDay).Draw(t, "t"), Zone: int32(rapid.IntRange(-15*3600, 15*3600).Draw(t, "z")),
			})
		case Float8OID:
			return Float(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1)})).Draw(t, "f"))
		case Float4OID:
			return Float(float64(rapid.Float32().Draw(t, "f")))
		case NumericOID:
			return NumericDatum(genNumeric().Draw(t, "n"))
		case IntervalOID:
			return IntervalDatum(&Interval{
				Months: int32(genInt(-100000, 100000).Draw(t, "m")), Days: int32(genInt(-100, 100).Draw(t, "d")),
				Micros: genInt(-1e12, 1e12).Draw(t, "us"),
			})
		case JSONBOID:
			v := genJSON(2).Draw(t, "j")
			return JSONBDatum(&v)
		case UUIDOID:
			return Bytes(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "u"))
		case ByteaOID:
			return Bytes(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0xff, 'a'}), 0, 5).Draw(t, "b"))
		case BitOID, VarBitOID:
			return Text(rapid.StringMatching(`[01]{0,12}`).Draw(t, "bits"))
		}
		return Text(genText().Draw(t, "s"))
	})
}

func genArray(t *rapid.T, elem OID) Datum {
	a := &Array{Elem: elem}
	n := 1
	for range rapid.IntRange(0, 2).Draw(t, "dims") {
		d := Dim{Length: rapid.IntRange(1, 3).Draw(t, "len"), Lower: rapid.IntRange(-1, 2).Draw(t, "lower")}
		n *= d.Length
		a.Dims = append(a.Dims, d)
	}
	if len(a.Dims) == 0 {
		return ArrayDatum(a)
	}
	for range n {
		if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
			a.Items = append(a.Items, Null)
		} else {
			a.Items = append(a.Items, genDatum(elem).Draw(t, "item"))
		}
	}
	return ArrayDatum(a)
}

func forEachType(t *testing.T, check func(t *rapid.T, oid OID)) {
	t.Helper()
	for _, oid := range genTypes {
		t.Run(TypeName(oid), func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { check(t, oid) }) })
	}
}

func show(oid OID, d Datum) string {
	if d.IsNull() {
		return "NULL"
	}
	return Output(oid, d, nil)
}

func TestKeyOrderIsCompare(t *testing.T) {
	forEachType(t, func(t *rapid.T, oid OID) {
		a, b := genDatum(oid).Draw(t, "a"), genDatum(oid).Draw(t, "b")
		c := Compare(oid, a, b)
		if r := Compare(oid, b, a); (c < 0) != (r > 0) || (c == 0) != (r == 0) {
			t.Fatalf("Compare(%s, %s) is %d, the other way %d", show(oid, a), show(oid, b), c, r)
		}
		for _, desc := range []bool{false, true} {
			ka, kb := AppendKey(nil, oid, a, desc, false), AppendKey(nil, oid, b, desc, false)
			got := bytes.Compare(ka, kb)
			if desc {
				got = -got
			}
			if sgn(got) != sgn(c) {
				t.Fatalf("desc %v: Compare(%s, %s) is %d, keys %x and %x say %d", desc, show(oid, a), show(oid, b), c, ka, kb, got)
			}
		}
		if c == 0 && Hash(oid, a) != Hash(oid, b) {
			t.Fatalf("%s equals %s, but hashes differ", show(oid, a), show(oid, b))
		}
		if Equal(oid, a, b) != (c == 0) {
			t.Fatalf("Equal and Compare disagree on %s and %s", show(oid, a), show(oid, b))
		}
	})
}

func sgn(c int) int {
	switch {
	case c < 0:
		return -1
	case c > 0:
		return 1
	}
	return 0
}

func TestNullsInKeys(t *testing.T) {
	for _, desc := range []bool{false, true} {
		one := AppendKey(nil, Int4OID, Int(1), desc, true)
		if first := AppendKey(nil, Int4OID, Null, desc, true); bytes.Compare(first, one) >= 0 {
			t.Errorf("desc %v: NULL is not first", desc)
		}
		one = AppendKey(nil, Int4OID, Int(1), desc, false)
		if last := AppendKey(nil, Int4OID, Null, desc, false); bytes.Compare(last, one) <= 0 {
			t.Errorf("desc %v: NULL is not last", desc)
		}
	}
}

func TestKeyRoundTrip(t *testing.T) {
	forEachType(t, func(t *rapid.T, oid OID) {
		d := genDatum(oid).Draw(t, "d")
		desc, first := rapid.Bool().Draw(t, "desc"), rapid.Bool().Draw(t, "nullsFirst")
		key := append(AppendKey(nil, oid, d, desc, first), "rest"...)
		got, rest, err := DecodeKey(oid, key, desc, first)
		if err != nil || string(rest) != "rest" {
			t.Fatalf("%s: %v, rest %q", show(oid, d), err, rest)
		}
		if Compare(oid, d, got) != 0 {
			t.Fatalf("%s came back as %s", show(oid, d), show(oid, got))
		}
		if KeyIsExact(oid) && show(oid, d) != show(oid, got) {
			t.Fatalf("%s came back as %s, though keys are said to be exact", show(oid, d), show(oid, got))
		}
	})
}

func TestBinaryRoundTrip(t *testing.T) {
	forEachType(t, func(t *rapid.T, oid OID) {
		d := genDatum(oid).Draw(t, "d")
		b, err := AppendBinary(nil, oid, d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeBinary(oid, b)
		if err != nil || show(oid, got) != show(oid, d) {
			t.Fatalf("%s came back as %s, %v", show(oid, d), show(oid, got), err)
		}
	})
}

func TestTextRoundTrip(t *testing.T) {
	forEachType(t, func(t *rapid.T, oid OID) {
		d := genDatum(oid).Draw(t, "d")
		for _, style := range []string{"postgres", "postgres_verbose", "sql_standard", "iso_8601"} {
			f := &Format{IntervalStyle: style, ExtraFloatDigits: 1}
			text := Output(oid, d, f)
			got, err := Input(oid, text, -1, f)
			if err != nil || Compare(oid, d, got) != 0 {
				t.Fatalf("%s came back as %s, %v", text, show(oid, got), err)
			}
			if oid != IntervalOID {
				break
			}
		}
	})
}

func TestTupleRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oids := rapid.SliceOfN(rapid.SampledFrom(genTypes), 0, 12).Draw(t, "oids")
		row := make([]Datum, len(oids))
		for i, oid := range oids {
			if rapid.IntRange(0, 3).Draw(t, "null") > 0 {
				row[i] = genDatum(oid).Draw(t, "d")
			}
		}
		have := rapid.IntRange(0, len(row)).Draw(t, "have")
		src := AppendTuple(nil, oids[:have], row[:have])
		var want []int
		for i := range oids {
			if rapid.Bool().Draw(t, "want") {
				want = append(want, i)
			}
		}
		if want == nil {
			want = []int{}
		}
		out := make([]Datum, len(want))
		n, err := NewTupleReader(oids, want).Read(src, out)
		if err != nil || n != have {
			t.Fatalf("%d columns of %d, %v", n, have, err)
		}
		if c, err := TupleColumns(src); err != nil || c != have {
			t.Fatalf("TupleColumns says %d, %v", c, err)
		}
		for i, col := range want {
			expect := "NULL"
			if col < have {
				expect = show(oids[col], row[col])
			}
			if got := show(oids[col], out[i]); got != expect {
				t.Fatalf("column %d: %s came back as %s", col, expect, got)
			}
		}
	})
}

func TestTupleOfTypesNotBuiltIn(t *testing.T) {
	oids := []OID{100_000, 100_001, 100_002}
	row := []Datum{Text("label"), Int(7), RecordDatum(&Record{
		Type: RecordOID, Types: []OID{Int4OID, TextOID}, Fields: []Datum{Int(1), Null},
	})}
	out := make([]Datum, 3)
	if _, err := NewTupleReader(oids, nil).Read(AppendTuple(nil, oids, row), out); err != nil {
		t.Fatal(err)
	}
	if out[0].Str() != "label" || out[1].Int() != 7 || show(RecordOID, out[2]) != "(1,)" {
		t.Errorf("got %v %v %s", out[0].Str(), out[1].Int(), show(RecordOID, out[2]))
	}
}

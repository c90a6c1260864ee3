package types

import (
	"encoding/binary"
	"math"

	"github.com/cockroachdb/apd/v3"
)

// A payload is a value with its kind before it, so that it can be read without
// its type: how tuples keep numerics, intervals, jsonb, arrays and rows.

// Form bits of a stored numeric.
const (
	numericFormMask = 3
	numericNegBit   = 4
)

func appendPayload(dst []byte, d Datum) []byte {
	dst = append(dst, byte(d.Kind()))
	switch d.Kind() {
	case KindBool:
		return append(dst, byte(d.n))
	case KindInt:
		return binary.AppendVarint(dst, d.Int())
	case KindFloat:
		return binary.LittleEndian.AppendUint64(dst, d.n)
	case KindText:
		return appendBlob(dst, d.Str())
	case KindNumeric:
		return appendStoredNumeric(dst, d.Numeric())
	case KindInterval:
		iv := d.Interval()
		dst = binary.AppendVarint(dst, int64(iv.Months))
		dst = binary.AppendVarint(dst, int64(iv.Days))
		return binary.AppendVarint(dst, iv.Micros)
	case KindTimeTZ:
		t := d.TimeTZ()
		return binary.AppendVarint(binary.AppendVarint(dst, t.Micros), int64(t.Zone))
	case KindJSONB:
		return appendStoredJSON(dst, d.JSONB())
	case KindArray:
		a := d.Array()
		dst = binary.AppendUvarint(dst, uint64(a.Elem))
		dst = append(dst, byte(len(a.Dims)))
		for _, dim := range a.Dims {
			dst = binary.AppendUvarint(dst, uint64(dim.Length))
			dst = binary.AppendVarint(dst, int64(dim.Lower))
		}
		for _, v := range a.Items {
			dst = appendPayload(dst, v)
		}
	case KindRecord:
		r := d.Record()
		dst = binary.AppendUvarint(dst, uint64(r.Type))
		dst = binary.AppendUvarint(dst, uint64(len(r.Fields)))
		for i, v := range r.Fields {
			dst = binary.AppendUvarint(dst, uint64(r.Types[i]))
			dst = appendPayload(dst, v)
		}
	}
	return dst
}

func appendBlob(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendStoredNumeric(dst []byte, n *Numeric) []byte {
	form := byte(n.Form) & numericFormMask
	if n.Negative {
		form |= numericNegBit
	}
	dst = append(dst, form)
	if n.Form != apd.Finite {
		return dst
	}
	dst = binary.AppendVarint(dst, int64(rawScale(n)))
	if n.Coeff.IsUint64() {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], n.Coeff.Uint64())
		i := 0
		for i < 8 && b[i] == 0 {
			i++
		}
		dst = append(dst, byte(8-i))
		return append(dst, b[i:]...)
	}
	return appendBlob(dst, string(n.Coeff.Bytes()))
}

func appendStoredJSON(dst []byte, v *JSONB) []byte {
	kind := byte(v.Kind)
	if v.Bool {
		kind |= 0x80
	}
	dst = append(dst, kind)
	switch v.Kind {
	case JSONString:
		return appendBlob(dst, v.Str)
	case JSONNumber:
		return appendStoredNumeric(dst, v.Num)
	case JSONArray, JSONObject:
		dst = binary.AppendUvarint(dst, uint64(len(v.Items)))
		for i := range v.Items {
			if v.Kind == JSONObject {
				dst = appendBlob(dst, v.Keys[i])
			}
			dst = appendStoredJSON(dst, &v.Items[i])
		}
	}
	return dst
}

// maxPayloadDepth bounds rows within arrays within rows.
const maxPayloadDepth = 64

// payloadReader reads payloads; the first error stays.
type payloadReader struct {
	b   []byte
	bad bool
}

func (r *payloadReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *payloadReader) uvarint() uint64 {
	v, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[k:]
	return v
}

func (r *payloadReader) varint() int64 {
	v, k := binary.Varint(r.b)
	if k <= 0 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[k:]
	return v
}

func (r *payloadReader) blob() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// count reads a number of things that each take at least a byte.
func (r *payloadReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func readPayload(src []byte) (Datum, []byte, error) {
	r := &payloadReader{b: src}
	d := r.value(0)
	if r.bad {
		return Null, nil, badTuple()
	}
	return d, r.b, nil
}

func (r *payloadReader) value(depth int) Datum {
	if depth > maxPayloadDepth {
		r.bad = true
		return Null
	}
	switch Kind(r.byte()) {
	case KindNull:
		return Null
	case KindBool:
		return Bool(r.byte() != 0)
	case KindInt:
		return Int(r.varint())
	case KindFloat:
		if len(r.b) < 8 {
			r.bad = true
			return Null
		}
		v := binary.LittleEndian.Uint64(r.b)
		r.b = r.b[8:]
		return Float(math.Float64frombits(v))
	case KindText:
		return Bytes(r.blob())
	case KindNumeric:
		return NumericDatum(r.numeric())
	case KindInterval:
		months, days := r.varint(), r.varint()
		return IntervalDatum(&Interval{Months: int32(months), Days: int32(days), Micros: r.varint()})
	case KindTimeTZ:
		micros := r.varint()
		return TimeTZDatum(&TimeTZ{Micros: micros, Zone: int32(r.varint())})
	case KindJSONB:
		v := r.json(0)
		return JSONBDatum(&v)
	case KindArray:
		return r.array(depth)
	case KindRecord:
		return r.record(depth)
	}
	r.bad = true
	return Null
}

func (r *payloadReader) numeric() *Numeric {
	form := r.byte()
	n := &Numeric{Form: apd.Form(form & numericFormMask), Negative: form&numericNegBit != 0}
	if n.Form != apd.Finite {
		return n
	}
	scale := r.varint()
	b := r.blob()
	if r.bad || scale > numericMaxDisplayScale || scale < -numericMaxWeight || len(b) > numericMaxWeight {
		r.bad = true
		return n
	}
	n.Exponent = -int32(scale)
	n.Coeff.SetBytes(b)
	return n
}

func (r *payloadReader) json(depth int) JSONB {
	kind := r.byte()
	v := JSONB{Kind: JSONKind(kind &^ 0x80), Bool: kind&0x80 != 0}
	if depth > maxJSONDepth {
		r.bad = true
		return v
	}
	switch v.Kind {
	case JSONNull, JSONBool:
	case JSONString:
		v.Str = string(r.blob())
	case JSONNumber:
		v.Num = r.numeric()
	case JSONArray, JSONObject:
		n := r.count()
		for i := 0; i < n && !r.bad; i++ {
			if v.Kind == JSONObject {
				v.Keys = append(v.Keys, string(r.blob()))
			}
			v.Items = append(v.Items, r.json(depth+1))
		}
	default:
		r.bad = true
	}
	return v
}

func (r *payloadReader) array(depth int) Datum {
	a := &Array{Elem: OID(r.uvarint())}
	ndim := r.byte()
	if ndim > maxArrayDims {
		r.bad = true
		return Null
	}
	total := uint64(0)
	for i := range ndim {
		length, lower := r.uvarint(), r.varint()
		if i == 0 {
			total = 1
		}
		if length > uint64(len(r.b)) || total*length > uint64(len(r.b)) {
			r.bad = true
			return Null
		}
		total *= length
		a.Dims = append(a.Dims, Dim{Length: int(length), Lower: int(lower)})
	}
	a.Items = make([]Datum, 0, total)
	for i := uint64(0); i < total && !r.bad; i++ {
		a.Items = append(a.Items, r.value(depth+1))
	}
	return ArrayDatum(a)
}

func (r *payloadReader) record(depth int) Datum {
	rec := &Record{Type: OID(r.uvarint())}
	n := r.count()
	for i := 0; i < n && !r.bad; i++ {
		rec.Types = append(rec.Types, OID(r.uvarint()))
		rec.Fields = append(rec.Fields, r.value(depth+1))
	}
	return RecordDatum(rec)
}

package types

import (
	"encoding/binary"
	"math"
)

// An ordered key is a marker, which places NULL before or after all values,
// then the value so that byte order is the order of Compare; with desc the
// value's bytes are complemented. Every encoding tells its own end, so keys of
// several columns are written one after the other.
const (
	keyNullFirst byte = 0x00
	keyValue     byte = 0x01
	keyNullLast  byte = 0x02
)

// Ends and escapes within variable-length values: a zero byte of a string is
// written 00 FF, its end 00 01; a list goes on with 01 and ends with 00.
const (
	keyEscape    byte = 0x00
	keyEscaped0  byte = 0xff
	keyStringEnd byte = 0x01
	keyListEnd   byte = 0x00
	keyListItem  byte = 0x01
)

// AppendKey appends a value, NULL too, in an encoding whose byte order is the
// order of Compare; with desc, the reverse of it. nullsFirst says where NULL
// goes (PostgreSQL's default: last, first with DESC).
func AppendKey(dst []byte, oid OID, d Datum, desc, nullsFirst bool) []byte {
	if d.IsNull() {
		if nullsFirst {
			return append(dst, keyNullFirst)
		}
		return append(dst, keyNullLast)
	}
	dst = append(dst, keyValue)
	from := len(dst)
	dst = appendKeyValue(dst, oid, d)
	if desc {
		for i := from; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

func appendKeyValue(dst []byte, oid OID, d Datum) []byte {
	switch d.Kind() {
	case KindInt:
		return appendKeyInt(dst, oid, d.Int())
	case KindText:
		switch oid {
		case UUIDOID:
			if len(d.Raw()) == uuidLen {
				return append(dst, d.Raw()...)
			}
		case BPCharOID:
			return appendKeyString(dst, TrimBlanks(d.Str()))
		}
		return appendKeyString(dst, d.Str())
	case KindBool:
		return append(dst, byte(d.n))
	case KindFloat:
		return appendKeyFloat(dst, d.Float())
	case KindNumeric:
		return appendKeyNumeric(dst, d.Numeric())
	case KindInterval:
		days, micros := d.Interval().span()
		return appendKeyInt64(appendKeyInt64(dst, days), micros)
	case KindTimeTZ:
		t := d.TimeTZ()
		return appendKeyInt64(appendKeyInt64(dst, t.utc()), int64(t.Zone))
	case KindJSONB:
		return appendKeyJSONB(dst, d.JSONB())
	case KindArray:
		return appendKeyArray(dst, d.Array())
	case KindRecord:
		r := d.Record()
		for i, v := range r.Fields {
			dst = AppendKey(append(dst, keyListItem), r.Types[i], v, false, false)
		}
		return append(dst, keyListEnd)
	}
	return dst
}

// keyIntWidth is how many bytes of an integer's key count: the type's own width.
func keyIntWidth(oid OID) int {
	switch oid {
	case Int2OID:
		return 2
	case Int4OID, DateOID:
		return 4
	}
	return 8
}

func appendKeyInt(dst []byte, oid OID, v int64) []byte {
	switch keyIntWidth(oid) {
	case 2:
		return binary.BigEndian.AppendUint16(dst, uint16(v)^1<<15)
	case 4:
		return binary.BigEndian.AppendUint32(dst, uint32(v)^1<<31)
	}
	if oid == XID8OID || oid == PgLSNOID {
		return binary.BigEndian.AppendUint64(dst, uint64(v))
	}
	return appendKeyInt64(dst, v)
}

func appendKeyInt64(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^1<<63)
}

func appendKeyFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return binary.BigEndian.AppendUint64(dst, math.MaxUint64)
	case f == 0: // minus zero too
		return binary.BigEndian.AppendUint64(dst, 1<<63)
	}
	b := math.Float64bits(f)
	if b>>63 == 1 {
		b = ^b
	} else {
		b |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, b)
}

func appendKeyString(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		if s[i] == keyEscape {
			dst = append(append(dst, s[from:i+1]...), keyEscaped0)
			from = i + 1
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, keyEscape, keyStringEnd)
}

// Classes of numerics, in order.
const (
	keyNumNegInf byte = iota + 1
	keyNumNegative
	keyNumZero
	keyNumPositive
	keyNumInf
	keyNumNaN
)

// appendKeyNumeric writes class, decimal exponent, and digits in pairs (each
// 1 to 100, ended by 0), trailing zeros dropped; those of a negative complemented.
func appendKeyNumeric(dst []byte, n *Numeric) []byte {
	switch {
	case NumericIsNaN(n):
		return append(dst, keyNumNaN)
	case NumericIsInf(n) && n.Negative:
		return append(dst, keyNumNegInf)
	case NumericIsInf(n):
		return append(dst, keyNumInf)
	case n.Coeff.Sign() == 0:
		return append(dst, keyNumZero)
	}
	class := keyNumPositive
	if n.Negative {
		class = keyNumNegative
	}
	dst = append(dst, class)
	from := len(dst)
	var buf [48]byte
	digits := n.Coeff.Append(buf[:0], 10)
	point := len(digits) - rawScale(n) // digits before the point
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(int32(point))^1<<31)
	for i := 0; i < len(digits); i += 2 {
		pair := (digits[i] - '0') * 10
		if i+1 < len(digits) {
			pair += digits[i+1] - '0'
		}
		dst = append(dst, pair+1)
	}
	dst = append(dst, 0)
	if n.Negative {
		for i := from; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

// keyEmptyArray sorts an empty array at the top below every other jsonb value.
const keyEmptyArray byte = 0

func appendKeyJSONB(dst []byte, v *JSONB) []byte {
	if emptyArray(v) {
		return append(dst, keyEmptyArray)
	}
	return appendKeyJSON(dst, v)
}

func appendKeyJSON(dst []byte, v *JSONB) []byte {
	dst = append(dst, byte(v.Kind)+1)
	switch v.Kind {
	case JSONString:
		return appendKeyString(dst, v.Str)
	case JSONNumber:
		return appendKeyNumeric(dst, v.Num)
	case JSONBool:
		if v.Bool {
			return append(dst, 1)
		}
		return append(dst, 0)
	case JSONArray, JSONObject:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v.Items)))
		for i := range v.Items {
			if v.Kind == JSONObject {
				dst = appendKeyString(dst, v.Keys[i])
			}
			dst = appendKeyJSON(dst, &v.Items[i])
		}
	}
	return dst
}

func appendKeyArray(dst []byte, a *Array) []byte {
	for _, d := range a.Items {
		dst = AppendKey(append(dst, keyListItem), a.Elem, d, false, false)
	}
	dst = append(dst, keyListEnd, byte(len(a.Dims)))
	for _, d := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Length))
	}
	for _, d := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(int32(d.Lower))^1<<31)
	}
	return dst
}

// KeyIsExact tells whether DecodeKey gives back just what AppendKey was given.
// It does not for types where values that differ compare equal: numeric loses
// its display scale (1.0 and 1.00), bpchar its trailing blanks, interval its
// fields (1 mon and 30 days), floats the sign of zero, jsonb the scale of its
// numbers; records carry types that a key does not.
func KeyIsExact(oid OID) bool {
	t := ByOID(oid)
	if t == nil {
		return false
	}
	switch t.Phys {
	case KindBool, KindInt, KindTimeTZ:
		return true
	case KindText:
		return oid != BPCharOID
	case KindArray:
		return KeyIsExact(t.Elem)
	}
	return false
}

package types

import (
	"encoding/binary"
	"math"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// intWidth is how many bytes an integral type has in binary form.
func intWidth(oid OID) int {
	switch oid {
	case Int2OID:
		return 2
	case Int8OID, TimestampOID, TimestampTZOID, TimeOID, XID8OID, PgLSNOID, MoneyOID:
		return 8
	case TIDOID:
		return 6
	}
	return 4
}

// AppendBinary appends a value's binary form, as typsend gives it.
func AppendBinary(dst []byte, oid OID, d Datum) ([]byte, error) {
	switch d.Kind() {
	case KindText:
		switch oid {
		case BitOID, VarBitOID:
			dst = binary.BigEndian.AppendUint32(dst, uint32(len(d.Str())))
			return packBits(dst, d.Str()), nil
		case InetOID:
			return appendInetBinary(dst, d.Str())
		}
		return append(dst, d.Str()...), nil
	case KindInt:
		return appendIntBinary(dst, oid, d.Int()), nil
	case KindBool:
		if d.Bool() {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case KindFloat:
		if oid == Float4OID {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(d.Float()))), nil
		}
		b := math.Float64bits(d.Float())
		if math.IsNaN(d.Float()) {
			b = 0x7ff8000000000000 // C's NaN; Go's has one bit more
		}
		return binary.BigEndian.AppendUint64(dst, b), nil
	case KindNumeric:
		return appendNumericBinary(dst, d.Numeric()), nil
	case KindInterval:
		iv := d.Interval()
		dst = binary.BigEndian.AppendUint64(dst, uint64(iv.Micros))
		dst = binary.BigEndian.AppendUint32(dst, uint32(iv.Days))
		return binary.BigEndian.AppendUint32(dst, uint32(iv.Months)), nil
	case KindTimeTZ:
		t := d.TimeTZ()
		dst = binary.BigEndian.AppendUint64(dst, uint64(t.Micros))
		return binary.BigEndian.AppendUint32(dst, uint32(t.Zone)), nil
	case KindJSONB:
		return d.JSONB().Append(append(dst, 1)), nil
	case KindArray:
		return appendArrayBinary(dst, d.Array())
	case KindRecord:
		return appendRecordBinary(dst, d.Record())
	}
	return dst, pgerr.New(pgerr.UndefinedFunction, "no binary output function available for type %s", TypeName(oid))
}

func appendIntBinary(dst []byte, oid OID, v int64) []byte {
	switch intWidth(oid) {
	case 2:
		return binary.BigEndian.AppendUint16(dst, uint16(v))
	case 8:
		return binary.BigEndian.AppendUint64(dst, uint64(v))
	case 6:
		dst = binary.BigEndian.AppendUint32(dst, uint32(v>>16))
		return binary.BigEndian.AppendUint16(dst, uint16(v))
	}
	return binary.BigEndian.AppendUint32(dst, uint32(v))
}

// appendSized appends a value with its length before it, or -1 for NULL.
func appendSized(dst []byte, oid OID, d Datum) ([]byte, error) {
	if d.IsNull() {
		return binary.BigEndian.AppendUint32(dst, math.MaxUint32), nil
	}
	at := len(dst)
	dst, err := AppendBinary(append(dst, 0, 0, 0, 0), oid, d)
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, nil
}

func appendArrayBinary(dst []byte, a *Array) ([]byte, error) {
	hasNull := uint32(0)
	for _, d := range a.Items {
		if d.IsNull() {
			hasNull = 1
		}
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(a.Dims)))
	dst = binary.BigEndian.AppendUint32(dst, hasNull)
	dst = binary.BigEndian.AppendUint32(dst, uint32(a.Elem))
	for _, d := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Length))
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Lower))
	}
	for _, d := range a.Items {
		var err error
		if dst, err = appendSized(dst, a.Elem, d); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendRecordBinary(dst []byte, r *Record) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Fields)))
	for i, d := range r.Fields {
		dst = binary.BigEndian.AppendUint32(dst, uint32(r.Types[i]))
		var err error
		if dst, err = appendSized(dst, r.Types[i], d); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// DecodeBinary reads a value's binary form, as typreceive does. The datum does
// not share src's memory.
func DecodeBinary(oid OID, src []byte) (Datum, error) {
	t := ByOID(oid)
	if t == nil {
		return Null, noBinaryInput(oid)
	}
	switch t.Phys {
	case KindText:
		return decodeTextBinary(oid, src)
	case KindInt:
		return decodeIntBinary(oid, src)
	case KindBool:
		if len(src) != 1 {
			return Null, wrongLength(len(src), 1)
		}
		return Bool(src[0] != 0), nil
	case KindFloat:
		return decodeFloatBinary(oid, src)
	case KindNumeric:
		n, err := decodeNumericBinary(src)
		if err != nil {
			return Null, err
		}
		return NumericDatum(n), nil
	case KindInterval:
		if len(src) != 16 {
			return Null, wrongLength(len(src), 16)
		}
		return IntervalDatum(&Interval{
			Micros: int64(binary.BigEndian.Uint64(src)),
			Days:   int32(binary.BigEndian.Uint32(src[8:])),
			Months: int32(binary.BigEndian.Uint32(src[12:])),
		}), nil
	case KindTimeTZ:
		return decodeTimeTZBinary(src)
	case KindJSONB:
		return decodeJSONBBinary(src)
	case KindArray:
		return decodeArrayBinary(oid, t.Elem, src)
	}
	return Null, noBinaryInput(oid)
}

func noBinaryInput(oid OID) error {
	return pgerr.New(pgerr.FeatureNotSupported, "no binary input function available for type %s", TypeName(oid))
}

func wrongLength(got, want int) error {
	if got < want {
		return pgerr.New(pgerr.ProtocolViolation, "insufficient data left in message")
	}
	return invalidBinary("incorrect binary data format")
}

func decodeTextBinary(oid OID, src []byte) (Datum, error) {
	b := append([]byte(nil), src...)
	switch oid {
	case ByteaOID:
		return Bytes(b), nil
	case UUIDOID:
		if len(b) != uuidLen {
			return Null, wrongLength(len(b), uuidLen)
		}
		return Bytes(b), nil
	case CharOID:
		if len(b) != 1 {
			return Null, wrongLength(len(b), 1)
		}
		return Bytes(b), nil
	case BitOID, VarBitOID:
		if len(b) < 4 {
			return Null, wrongLength(len(b), 4)
		}
		n := int64(binary.BigEndian.Uint32(b))
		if n > int64(len(b)-4)*8 || (n+7)/8 != int64(len(b)-4) {
			return Null, invalidBinary("invalid length in external bit string")
		}
		return Text(unpackBits(b[4:], int(n))), nil
	}
	if err := ValidateUTF8(b); err != nil {
		return Null, err
	}
	switch oid {
	case JSONOID:
		return Bytes(b), CheckJSON(string(b))
	case NameOID:
		return Text(TruncateName(string(b))), nil
	case VoidOID:
		return Text(""), nil
	}
	return Bytes(b), nil
}

func decodeIntBinary(oid OID, src []byte) (Datum, error) {
	width := intWidth(oid)
	if len(src) != width {
		return Null, wrongLength(len(src), width)
	}
	var v int64
	switch width {
	case 2:
		v = int64(int16(binary.BigEndian.Uint16(src)))
	case 8:
		v = int64(binary.BigEndian.Uint64(src))
	case 6:
		v = int64(binary.BigEndian.Uint32(src))<<16 | int64(binary.BigEndian.Uint16(src[4:]))
	default:
		v = int64(int32(binary.BigEndian.Uint32(src)))
		if oid != Int4OID && oid != DateOID {
			v = int64(uint32(v))
		}
	}
	switch oid {
	case DateOID:
		if !IsInfiniteDate(v) && !ValidDate(v) {
			return Null, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
		}
	case TimeOID:
		if v < 0 || v > MicrosPerDay {
			return Null, pgerr.New(pgerr.DatetimeFieldOverflow, "time out of range")
		}
	case TimestampOID, TimestampTZOID:
		if !IsInfiniteTimestamp(v) && !ValidTimestamp(v) {
			return Null, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
		}
	}
	return Int(v), nil
}

func decodeFloatBinary(oid OID, src []byte) (Datum, error) {
	if oid == Float4OID {
		if len(src) != 4 {
			return Null, wrongLength(len(src), 4)
		}
		return Float(float64(math.Float32frombits(binary.BigEndian.Uint32(src)))), nil
	}
	if len(src) != 8 {
		return Null, wrongLength(len(src), 8)
	}
	return Float(math.Float64frombits(binary.BigEndian.Uint64(src))), nil
}

// maxZoneOffset bounds a zone displacement: under 16 hours.
const maxZoneOffset = 16 * 3600

func decodeTimeTZBinary(src []byte) (Datum, error) {
	if len(src) != 12 {
		return Null, wrongLength(len(src), 12)
	}
	t := &TimeTZ{Micros: int64(binary.BigEndian.Uint64(src)), Zone: int32(binary.BigEndian.Uint32(src[8:]))}
	if t.Micros < 0 || t.Micros > MicrosPerDay {
		return Null, pgerr.New(pgerr.DatetimeFieldOverflow, "time out of range")
	}
	if t.Zone <= -maxZoneOffset || t.Zone >= maxZoneOffset {
		return Null, pgerr.New(pgerr.InvalidTimeZoneDisplacement, "time zone displacement out of range")
	}
	return TimeTZDatum(t), nil
}

func decodeJSONBBinary(src []byte) (Datum, error) {
	if len(src) == 0 {
		return Null, wrongLength(0, 1)
	}
	if src[0] != 1 {
		return Null, pgerr.New(pgerr.InternalError, "unsupported jsonb version number %d", src[0])
	}
	if err := ValidateUTF8(src[1:]); err != nil {
		return Null, err
	}
	v, err := ParseJSONB(string(src[1:]))
	if err != nil {
		return Null, err
	}
	return JSONBDatum(v), nil
}

func decodeArrayBinary(oid, elem OID, src []byte) (Datum, error) {
	if len(src) < 12 {
		return Null, wrongLength(len(src), 12)
	}
	ndim := int(int32(binary.BigEndian.Uint32(src)))
	flags := binary.BigEndian.Uint32(src[4:])
	given := OID(binary.BigEndian.Uint32(src[8:]))
	src = src[12:]
	switch {
	case ndim < 0:
		return Null, invalidBinary("invalid number of dimensions: %d", ndim)
	case ndim > maxArrayDims:
		return Null, tooManyDims(ndim)
	case flags > 1:
		return Null, invalidBinary("invalid array flags")
	case given != elem:
		return Null, pgerr.New(pgerr.DatatypeMismatch,
			"binary data has array element type %d (%s) instead of expected %d (%s)",
			given, TypeName(given), elem, TypeName(elem))
	case len(src) < 8*ndim:
		return Null, wrongLength(len(src), 8*ndim)
	}
	a := &Array{Elem: elem}
	count := int64(1)
	for range ndim {
		d := Dim{Length: int(int32(binary.BigEndian.Uint32(src))), Lower: int(int32(binary.BigEndian.Uint32(src[4:])))}
		src = src[8:]
		if d.Length < 0 || int64(d.Lower)+int64(d.Length) > math.MaxInt32 {
			return Null, pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxArrayItems)
		}
		count *= int64(d.Length)
		// Every element takes at least its length word: no room is made for more.
		if count*4 > int64(len(src)) {
			return Null, wrongLength(0, 1)
		}
		a.Dims = append(a.Dims, d)
	}
	if ndim == 0 || count == 0 {
		if len(src) != 0 && ndim == 0 {
			return Null, invalidBinary("incorrect binary data format")
		}
		if oid == Int2VectorOID || oid == OIDVectorOID {
			return ArrayDatum(NewVector(elem, nil)), nil
		}
		return ArrayDatum(&Array{Elem: elem}), nil
	}
	a.Items = make([]Datum, 0, count)
	for range count {
		d, rest, err := decodeSized(elem, src)
		if err != nil {
			return Null, err
		}
		a.Items = append(a.Items, d)
		src = rest
	}
	if len(src) != 0 {
		return Null, invalidBinary("incorrect binary data format")
	}
	return ArrayDatum(a), nil
}

func decodeSized(oid OID, src []byte) (Datum, []byte, error) {
	if len(src) < 4 {
		return Null, nil, wrongLength(len(src), 4)
	}
	n := int64(int32(binary.BigEndian.Uint32(src)))
	src = src[4:]
	if n == -1 {
		return Null, src, nil
	}
	if n < 0 || n > int64(len(src)) {
		return Null, nil, wrongLength(0, 1)
	}
	d, err := DecodeBinary(oid, src[:n])
	return d, src[n:], err
}

package types

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

func badKey() error {
	return pgerr.New(pgerr.IndexCorrupted, "index key is damaged")
}

// keyReader reads the bytes of a key, complemented where the column is desc.
type keyReader struct {
	b    []byte
	flip byte // 0xff for desc
}

func (r *keyReader) byte() (byte, error) {
	if len(r.b) == 0 {
		return 0, badKey()
	}
	c := r.b[0] ^ r.flip
	r.b = r.b[1:]
	return c, nil
}

func (r *keyReader) take(n int) ([]byte, error) {
	if len(r.b) < n {
		return nil, badKey()
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = r.b[i] ^ r.flip
	}
	r.b = r.b[n:]
	return out, nil
}

func (r *keyReader) uint(n int) (uint64, error) {
	if len(r.b) < n {
		return 0, badKey()
	}
	v := uint64(0)
	for _, c := range r.b[:n] {
		v = v<<8 | uint64(c^r.flip)
	}
	r.b = r.b[n:]
	return v, nil
}

// DecodeKey reads a value that AppendKey wrote, and gives what follows it. See
// KeyIsExact for the types whose values do not come back unchanged.
func DecodeKey(oid OID, src []byte, desc, nullsFirst bool) (d Datum, rest []byte, err error) {
	r := &keyReader{b: src}
	marker, err := r.byte()
	if err != nil {
		return Null, nil, err
	}
	null := keyNullLast
	if nullsFirst {
		null = keyNullFirst
	}
	switch marker {
	case null:
		return Null, r.b, nil
	case keyValue:
	default:
		return Null, nil, badKey()
	}
	if desc {
		r.flip = 0xff
	}
	d, err = r.value(oid)
	return d, r.b, err
}

// nested reads a value within an array: ascending as its column, NULL last.
func (r *keyReader) nested(oid OID) (Datum, error) {
	marker, err := r.byte()
	switch {
	case err != nil:
		return Null, err
	case marker == keyNullLast:
		return Null, nil
	case marker != keyValue:
		return Null, badKey()
	}
	return r.value(oid)
}

func (r *keyReader) value(oid OID) (Datum, error) {
	t := ByOID(oid)
	if t == nil {
		return Null, unsupported(oid)
	}
	switch t.Phys {
	case KindInt:
		return r.int(oid)
	case KindText:
		if oid == UUIDOID {
			b, err := r.take(uuidLen)
			return Bytes(b), err
		}
		b, err := r.str()
		return Bytes(b), err
	case KindBool:
		c, err := r.byte()
		if err == nil && c > 1 {
			err = badKey()
		}
		return Bool(c == 1), err
	case KindFloat:
		return r.float()
	case KindNumeric:
		n, err := r.numeric()
		return NumericDatum(n), err
	case KindInterval:
		return r.interval()
	case KindTimeTZ:
		utc, err1 := r.uint(8)
		zone, err2 := r.uint(8)
		if err1 != nil || err2 != nil {
			return Null, badKey()
		}
		z := int64(zone ^ 1<<63)
		return TimeTZDatum(&TimeTZ{Micros: int64(utc^1<<63) - z*MicrosPerSecond, Zone: int32(z)}), nil
	case KindJSONB:
		v, err := r.jsonb()
		return JSONBDatum(&v), err
	case KindArray:
		return r.array(t.Elem)
	}
	return Null, unsupported(oid)
}

func (r *keyReader) int(oid OID) (Datum, error) {
	width := keyIntWidth(oid)
	v, err := r.uint(width)
	if err != nil {
		return Null, err
	}
	switch width {
	case 2:
		return Int(int64(int16(v ^ 1<<15))), nil
	case 4:
		return Int(int64(int32(v ^ 1<<31))), nil
	}
	if oid != XID8OID && oid != PgLSNOID {
		v ^= 1 << 63
	}
	return Int(int64(v)), nil
}

func (r *keyReader) float() (Datum, error) {
	v, err := r.uint(8)
	switch {
	case err != nil:
		return Null, err
	case v == math.MaxUint64:
		return Float(math.NaN()), nil
	case v>>63 == 1:
		v &^= 1 << 63
	default:
		v = ^v
	}
	return Float(math.Float64frombits(v)), nil
}

func (r *keyReader) str() ([]byte, error) {
	out := []byte{}
	for {
		c, err := r.byte()
		if err != nil {
			return nil, err
		}
		if c != keyEscape {
			out = append(out, c)
			continue
		}
		switch c, err = r.byte(); {
		case err != nil:
			return nil, err
		case c == keyStringEnd:
			return out, nil
		case c == keyEscaped0:
			out = append(out, 0)
		default:
			return nil, badKey()
		}
	}
}

func (r *keyReader) numeric() (*Numeric, error) {
	class, err := r.byte()
	if err != nil {
		return nil, err
	}
	switch class {
	case keyNumNegInf:
		return NumericInf(true), nil
	case keyNumZero:
		return NumericFromInt(0), nil
	case keyNumInf:
		return NumericInf(false), nil
	case keyNumNaN:
		return NumericNaN(), nil
	case keyNumPositive:
		return r.digits(false)
	case keyNumNegative:
		r.flip = ^r.flip
		n, err := r.digits(true)
		r.flip = ^r.flip
		return n, err
	}
	return nil, badKey()
}

func (r *keyReader) digits(neg bool) (*Numeric, error) {
	e, err := r.uint(4)
	if err != nil {
		return nil, err
	}
	point := int(int32(uint32(e) ^ 1<<31))
	var digits []byte
	for {
		c, err := r.byte()
		if err != nil {
			return nil, err
		}
		if c == 0 {
			break
		}
		if c > 100 {
			return nil, badKey()
		}
		digits = append(digits, '0'+(c-1)/10, '0'+(c-1)%10)
	}
	scale := len(digits) - point
	if len(digits) == 0 || point > numericMaxWeight || scale > numericMaxDisplayScale+1 {
		return nil, badKey()
	}
	n := &Numeric{Negative: neg}
	if _, ok := n.Coeff.SetString(string(digits), 10); !ok {
		return nil, badKey()
	}
	setRawScale(n, scale)
	return NumericTrimScale(n), nil
}

func (r *keyReader) interval() (Datum, error) {
	days, err1 := r.uint(8)
	micros, err2 := r.uint(8)
	if err1 != nil || err2 != nil {
		return Null, badKey()
	}
	d, us := int64(days^1<<63), int64(micros^1<<63)
	months := d / daysPerMonth
	if months > math.MaxInt32 || months < math.MinInt32 {
		return Null, badKey()
	}
	return IntervalDatum(&Interval{Months: int32(months), Days: int32(d % daysPerMonth), Micros: us}), nil
}

func (r *keyReader) jsonb() (JSONB, error) {
	if len(r.b) > 0 && r.b[0]^r.flip == keyEmptyArray {
		r.b = r.b[1:]
		return JSONB{Kind: JSONArray}, nil
	}
	return r.json(0)
}

func (r *keyReader) json(depth int) (JSONB, error) {
	kind, err := r.byte()
	if err != nil || kind == 0 || depth > maxJSONDepth {
		return JSONB{}, badKey()
	}
	v := JSONB{Kind: JSONKind(kind - 1)}
	switch v.Kind {
	case JSONNull:
	case JSONString:
		b, err := r.str()
		if err != nil {
			return v, err
		}
		v.Str = string(b)
	case JSONNumber:
		if v.Num, err = r.numeric(); err != nil {
			return v, err
		}
	case JSONBool:
		c, err := r.byte()
		if err != nil {
			return v, err
		}
		v.Bool = c == 1
	case JSONArray, JSONObject:
		n, err := r.uint(4)
		if err != nil {
			return v, err
		}
		for range n {
			if v.Kind == JSONObject {
				k, err := r.str()
				if err != nil {
					return v, err
				}
				v.Keys = append(v.Keys, string(k))
			}
			item, err := r.json(depth + 1)
			if err != nil {
				return v, err
			}
			v.Items = append(v.Items, item)
		}
	default:
		return v, badKey()
	}
	return v, nil
}

func (r *keyReader) array(elem OID) (Datum, error) {
	a := &Array{Elem: elem}
	for {
		c, err := r.byte()
		if err != nil {
			return Null, err
		}
		if c == keyListEnd {
			break
		}
		if c != keyListItem {
			return Null, badKey()
		}
		d, err := r.nested(elem)
		if err != nil {
			return Null, err
		}
		a.Items = append(a.Items, d)
	}
	ndim, err := r.byte()
	if err != nil || ndim > maxArrayDims {
		return Null, badKey()
	}
	a.Dims = make([]Dim, ndim)
	total := 1
	for i := range a.Dims {
		v, err := r.uint(4)
		if err != nil || v > maxArrayItems {
			return Null, badKey()
		}
		a.Dims[i].Length = int(v)
		if total *= int(v); total > maxArrayItems {
			return Null, badKey()
		}
	}
	for i := range a.Dims {
		v, err := r.uint(4)
		if err != nil {
			return Null, err
		}
		a.Dims[i].Lower = int(int32(uint32(v) ^ 1<<31))
	}
	if ndim > 0 && total != len(a.Items) || ndim == 0 && len(a.Items) > 0 {
		return Null, badKey()
	}
	if ndim == 0 {
		a.Dims = nil
	}
	return ArrayDatum(a), nil
}

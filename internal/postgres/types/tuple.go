package types

import (
	"encoding/binary"
	"math"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// A tuple is a row as stored: a varint of twice the number of columns, plus one
// if any is NULL; then the NULL bitmap; then the values that are not NULL, each
// by its type's storage class. Columns added to the table later are simply not
// there.

// storage is how a column's values lie in a tuple.
type storage uint8

const (
	storeVarint storage = iota // zigzag varint
	storeBool
	storeFloat4
	storeFloat8
	storeUUID
	storeBytes  // length, bytes
	storePacked // length, then the kind-tagged form of payload.go
)

func storageOf(oid OID) storage {
	t := ByOID(oid)
	if t == nil {
		return storePacked
	}
	switch t.Phys {
	case KindInt:
		return storeVarint
	case KindBool:
		return storeBool
	case KindFloat:
		if oid == Float4OID {
			return storeFloat4
		}
		return storeFloat8
	case KindText:
		if oid == UUIDOID {
			return storeUUID
		}
		return storeBytes
	}
	return storePacked
}

func badTuple() error { return pgerr.New(pgerr.DataCorrupted, "stored row is damaged") }

// AppendTuple appends a row in its stored form. A datum must be of its column's
// physical kind, or NULL.
func AppendTuple(dst []byte, oids []OID, row []Datum) []byte {
	nulls := false
	for _, d := range row {
		if d.IsNull() {
			nulls = true
			break
		}
	}
	head := uint64(len(row)) << 1
	if nulls {
		head |= 1
	}
	dst = binary.AppendUvarint(dst, head)
	if nulls {
		at := len(dst)
		for range (len(row) + 7) / 8 {
			dst = append(dst, 0)
		}
		for i, d := range row {
			if d.IsNull() {
				dst[at+i/8] |= 1 << (i % 8)
			}
		}
	}
	for i, d := range row {
		if !d.IsNull() {
			dst = appendStored(dst, storageOf(oids[i]), d)
		}
	}
	return dst
}

func appendStored(dst []byte, class storage, d Datum) []byte {
	switch class {
	case storeVarint:
		return binary.AppendVarint(dst, d.Int())
	case storeBool:
		return append(dst, byte(d.n))
	case storeFloat4:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(d.Float())))
	case storeFloat8:
		return binary.LittleEndian.AppendUint64(dst, d.n)
	case storeUUID:
		var b [uuidLen]byte
		copy(b[:], d.Str())
		return append(dst, b[:]...)
	case storeBytes:
		s := d.Str()
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		return append(dst, s...)
	}
	// The length is mostly one byte: leave room for one, and move when it is not.
	at := len(dst)
	dst = appendPayload(append(dst, 0), d)
	n := len(dst) - at - 1
	if n < 0x80 {
		dst[at] = byte(n)
		return dst
	}
	var lead [binary.MaxVarintLen64]byte
	k := binary.PutUvarint(lead[:], uint64(n))
	dst = append(dst, lead[1:k]...)
	copy(dst[at+k:], dst[at+1:at+1+n])
	copy(dst[at:], lead[:k])
	return dst
}

// TupleReader decodes wanted columns of one table's tuples. It is not safe for
// concurrent use of one out slice, but itself holds no state: share it freely.
type TupleReader struct {
	classes []storage
	want    []int
	last    int // the last wanted column; nothing beyond it is read
}

// NewTupleReader prepares to read tuples of columns of these types. want lists
// the columns to decode, in ascending order; nil means all.
func NewTupleReader(oids []OID, want []int) *TupleReader {
	r := &TupleReader{classes: make([]storage, len(oids)), want: want, last: -1}
	for i, oid := range oids {
		r.classes[i] = storageOf(oid)
	}
	if want == nil {
		r.want = make([]int, len(oids))
		for i := range oids {
			r.want[i] = i
		}
	}
	if n := len(r.want); n > 0 {
		r.last = r.want[n-1]
	}
	return r
}

// TupleColumns is how many columns a tuple has.
func TupleColumns(src []byte) (int, error) {
	head, k := binary.Uvarint(src)
	if k <= 0 || head>>1 > math.MaxInt32 {
		return 0, badTuple()
	}
	return int(head >> 1), nil
}

// Read decodes the wanted columns into out, which has one place per wanted
// column. Columns that the tuple lacks (added later) are set to NULL; columns
// tells how many it has, so the caller can put their defaults. The datums share
// src's memory.
func (r *TupleReader) Read(src []byte, out []Datum) (columns int, err error) {
	head, k := binary.Uvarint(src)
	if k <= 0 || head>>1 > uint64(len(r.classes)) {
		return 0, badTuple()
	}
	columns = int(head >> 1)
	src = src[k:]
	var nulls []byte
	if head&1 == 1 {
		n := (columns + 7) / 8
		if len(src) < n {
			return columns, badTuple()
		}
		nulls, src = src[:n], src[n:]
	}
	next := 0
	for i := 0; i <= r.last; i++ {
		wanted := next < len(r.want) && r.want[next] == i
		if i >= columns || nulls != nil && nulls[i/8]>>(i%8)&1 == 1 {
			if wanted {
				out[next] = Null
				next++
			}
			continue
		}
		if !wanted {
			if src, err = skipStored(r.classes[i], src); err != nil {
				return columns, err
			}
			continue
		}
		if out[next], src, err = readStored(r.classes[i], src); err != nil {
			return columns, err
		}
		next++
	}
	return columns, nil
}

func skipStored(class storage, src []byte) ([]byte, error) {
	n := 0
	switch class {
	case storeVarint:
		for n < len(src) && src[n] >= 0x80 {
			n++
		}
		n++
	case storeBool:
		n = 1
	case storeFloat4:
		n = 4
	case storeFloat8:
		n = 8
	case storeUUID:
		n = uuidLen
	default:
		size, k := binary.Uvarint(src)
		if k <= 0 || size > uint64(len(src)-k) {
			return nil, badTuple()
		}
		n = k + int(size)
	}
	if n > len(src) {
		return nil, badTuple()
	}
	return src[n:], nil
}

func readStored(class storage, src []byte) (Datum, []byte, error) {
	switch class {
	case storeVarint:
		v, k := binary.Varint(src)
		if k <= 0 {
			return Null, nil, badTuple()
		}
		return Int(v), src[k:], nil
	case storeBool:
		if len(src) < 1 {
			return Null, nil, badTuple()
		}
		return Bool(src[0] != 0), src[1:], nil
	case storeFloat4:
		if len(src) < 4 {
			return Null, nil, badTuple()
		}
		return Float(float64(math.Float32frombits(binary.LittleEndian.Uint32(src)))), src[4:], nil
	case storeFloat8:
		if len(src) < 8 {
			return Null, nil, badTuple()
		}
		return Float(math.Float64frombits(binary.LittleEndian.Uint64(src))), src[8:], nil
	case storeUUID:
		if len(src) < uuidLen {
			return Null, nil, badTuple()
		}
		return Bytes(src[:uuidLen:uuidLen]), src[uuidLen:], nil
	}
	size, k := binary.Uvarint(src)
	if k <= 0 || size > uint64(len(src)-k) {
		return Null, nil, badTuple()
	}
	body, rest := src[k:k+int(size):k+int(size)], src[k+int(size):]
	if class == storeBytes {
		return Bytes(body), rest, nil
	}
	d, tail, err := readPayload(body)
	if err == nil && len(tail) > 0 {
		err = badTuple()
	}
	return d, rest, err
}

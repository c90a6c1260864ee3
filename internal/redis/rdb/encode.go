package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Encoder writes the payload of one value. Begin with the value's kind, then
// call the method for each of its parts, then Payload.
type Encoder struct{ buf []byte }

// EncodeString is the payload of a string.
func EncodeString(value []byte) []byte {
	b := make([]byte, 0, 1+9+len(value)+footerLen)
	return appendFooter(appendString(append(b, typeString), value))
}

// NewEncoder begins a collection of n elements, members or fields.
func NewEncoder(k Kind, n int64) *Encoder {
	types := [...]byte{List: typeList, Set: typeSet, ZSet: typeZSet2, Hash: typeHash}
	return &Encoder{appendLength([]byte{types[k]}, uint64(n))}
}

// Item adds an element, a member, or a field and then its value.
func (e *Encoder) Item(b []byte) { e.buf = appendString(e.buf, b) }

// Score adds the score of the member before it.
func (e *Encoder) Score(f float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(f))
}

// Payload ends the value.
func (e *Encoder) Payload() []byte { return appendFooter(e.buf) }

func appendLength(b []byte, n uint64) []byte {
	switch {
	case n < 1<<6:
		return append(b, len6|byte(n))
	case n < 1<<14:
		return append(b, len14|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, len32), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, len64), n)
}

// appendString writes short integers as such, as redis-server does, and
// everything else as it is.
func appendString(b, s []byte) []byte {
	if len(s) > 0 && len(s) <= 11 {
		n, err := strconv.ParseInt(string(s), 10, 32)
		if err == nil && strconv.FormatInt(n, 10) == string(s) {
			return appendInt(b, int32(n))
		}
	}
	return append(appendLength(b, uint64(len(s))), s...)
}

func appendInt(b []byte, n int32) []byte {
	switch {
	case n >= math.MinInt8 && n <= math.MaxInt8:
		return append(b, lenEncoded|encInt8, byte(n))
	case n >= math.MinInt16 && n <= math.MaxInt16:
		return binary.LittleEndian.AppendUint16(append(b, lenEncoded|encInt16), uint16(n))
	}
	return binary.LittleEndian.AppendUint32(append(b, lenEncoded|encInt32), uint32(n))
}

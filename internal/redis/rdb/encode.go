package rdb

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

// Encoder writes values: Begin one, call the method for each of its parts, End
// it. A payload stays in the encoder; a file leaves it piece by piece, so that a
// value of any size takes little memory.
//
// Errors stick: Err tells the first, and nothing is written after it.
type Encoder struct {
	buf []byte
	out *drain // of a file
	err error

	limits     Limits
	version    uint16 // of a payload
	entry, key []byte // of a file: what precedes the value

	kind   Kind
	left   int64 // items not written yet of what Begin promised
	first  int64 // when the first of a hash's fields expires
	gather bool  // the value may still become a compact one
	gathered
	pack listpackBuilder

	packer *packer // of strings, made when the first one comes
}

// Limits are the sizes up to which collections are written in the compact form
// that redis-server keeps small ones in, and whether strings are compressed. The zero
// value writes none and compresses nothing.
type Limits struct {
	HashEntries, HashValue int64 // hash-max-listpack-entries, -value
	ZSetEntries, ZSetValue int64 // zset-max-listpack-entries, -value
	SetInts                int64 // set-max-intset-entries
	ListBytes              int64 // of a list's only node
	// Compress has strings compressed where that makes them shorter: rdbcompression.
	Compress bool
}

// DefaultLimits are redis-server's.
var DefaultLimits = Limits{HashEntries: 512, HashValue: 64, ZSetEntries: 128, ZSetValue: 64, SetInts: 512, ListBytes: 8 << 10}

// errCount says that a value had other parts than Begin promised: what is written
// cannot be read.
var errCount = errors.New("rdb: a value has more or fewer parts than its size says")

// flushSize is how much a file's encoder gathers before it writes.
const flushSize = 64 << 10

// NewEncoder returns an encoder for the payload of one value.
func NewEncoder(l Limits) *Encoder { return &Encoder{limits: l, version: writtenVersion} }

// Payload ends the payload.
func (e *Encoder) Payload() ([]byte, error) {
	if e.err != nil {
		return nil, e.err
	}
	return appendFooter(e.buf, e.version), nil
}

// Err is the first error.
func (e *Encoder) Err() error { return e.err }

// String writes a whole string.
func (e *Encoder) String(value []byte) {
	e.start(typeString)
	e.string(value)
}

// Begin begins a collection of n elements, members or fields.
func (e *Encoder) Begin(k Kind, n int64) {
	e.kind, e.left = k, n
	if k == Hash {
		e.left *= 2
	}
	if e.gather = n <= e.limits.entries(k); e.gather {
		e.clearGathered()
		return
	}
	e.startPlain(n)
}

// BeginExpiring begins a hash of n fields of which some have TTLs: the first
// expires at first, in unix milliseconds. Only redis-server 7.4 and later can read
// it. Field must be called for each.
func (e *Encoder) BeginExpiring(n, first int64) {
	e.kind, e.left, e.first, e.gather = Hash, 2*n, first, false
	e.version = expiringVersion
	e.start(typeHashTTL)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(first))
	e.length(uint64(n))
}

// Field adds a field of a hash that BeginExpiring began; expire is 0 if it has no
// TTL.
func (e *Encoder) Field(field, value []byte, expire int64) {
	e.left -= 2
	after := uint64(0)
	if expire != 0 {
		after = uint64(expire-e.first) + 1
	}
	e.length(after)
	e.string(field)
	e.string(value)
}

// Item adds an element, a member, or a field and then its value.
func (e *Encoder) Item(b []byte) {
	e.left--
	if e.gather {
		if e.add(b, e.limits) {
			return
		}
		e.spill()
	}
	e.string(b)
}

// Score adds the score of the member before it.
func (e *Encoder) Score(f float64) {
	if e.gather {
		e.scores = append(e.scores, f)
		return
	}
	e.score(f)
}

// End ends the collection.
func (e *Encoder) End() {
	if e.left != 0 {
		e.fail(errCount)
	}
	if e.gather {
		e.writeCompact()
	}
	e.gather = false
}

func (e *Encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// start writes the type of a value and, in a file, its key.
func (e *Encoder) start(kind byte) {
	if e.out == nil {
		e.buf = append(e.buf, kind)
		return
	}
	e.startEntry(kind)
}

func (e *Encoder) startPlain(n int64) {
	e.start([...]byte{List: typeList, Set: typeSet, ZSet: typeZSet2, Hash: typeHash}[e.kind])
	e.length(uint64(n))
}

func (e *Encoder) string(b []byte) {
	if packed := e.packed(b); packed != nil {
		e.buf = append(e.buf, lenEncoded|encLZF)
		e.length(uint64(len(packed)))
		e.length(uint64(len(b)))
		e.buf = append(e.buf, packed...)
	} else {
		e.buf = appendString(e.buf, b)
	}
	e.drain()
}

func (e *Encoder) packed(b []byte) []byte {
	if !e.limits.Compress || len(b) < shortestPacked {
		return nil
	}
	if e.packer == nil {
		e.packer = new(packer)
	}
	return e.packer.pack(b)
}

func (e *Encoder) length(n uint64) { e.buf = appendLength(e.buf, n) }

func (e *Encoder) score(f float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(f))
}

// drain writes a file's bytes once there are enough of them.
func (e *Encoder) drain() {
	if e.out != nil && len(e.buf) >= flushSize {
		e.flush()
	}
}

func (e *Encoder) flush() {
	e.buf = e.out.take(e.buf)
	if err := e.out.failed(); err != nil {
		e.fail(err)
	}
}

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
		n, ok := canonicalInt(s)
		if ok && n >= math.MinInt32 && n <= math.MaxInt32 {
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

// appendFloat writes a score as text, as sorted sets' listpacks have it.
func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.AppendInt(b, int64(f), 10)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

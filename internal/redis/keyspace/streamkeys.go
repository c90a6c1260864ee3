package keyspace

import (
	"encoding/binary"
	"errors"
	"math"
)

// StreamID names an entry of a stream: a time in unix milliseconds and a number
// among the entries of that time.
type StreamID struct{ Ms, Seq uint64 }

// MaxStreamID is the greatest id there can be.
var MaxStreamID = StreamID{math.MaxUint64, math.MaxUint64}

// Less orders ids.
func (a StreamID) Less(b StreamID) bool { return a.Ms < b.Ms || a.Ms == b.Ms && a.Seq < b.Seq }

// IsZero says whether the id is 0-0, which no entry has.
func (a StreamID) IsZero() bool { return a == StreamID{} }

// Next is the id that follows; ok is false if there is none.
func (a StreamID) Next() (next StreamID, ok bool) {
	switch {
	case a.Seq < math.MaxUint64:
		return StreamID{a.Ms, a.Seq + 1}, true
	case a.Ms < math.MaxUint64:
		return StreamID{a.Ms + 1, 0}, true
	}
	return a, false
}

// Prev is the id before; ok is false if there is none.
func (a StreamID) Prev() (prev StreamID, ok bool) {
	switch {
	case a.Seq > 0:
		return StreamID{a.Ms, a.Seq - 1}, true
	case a.Ms > 0:
		return StreamID{a.Ms - 1, math.MaxUint64}, true
	}
	return a, false
}

// The sections of a stream. Groups and consumers have numbers, never used twice
// in a stream, so that names appear once; numbers and ids are big-endian.
//
//	e id                      entry → fields and values
//	n id                      node → its counts (see streamnode.go)
//	g name                    group
//	c group name              consumer
//	p group id                pending entry → its consumer, delivery time and count
//	q group consumer id       the same by consumer → ""
const (
	sectionEntry           = 'e'
	sectionNode            = 'n'
	sectionGroup           = 'g'
	sectionConsumer        = 'c'
	sectionPending         = 'p'
	sectionConsumerPending = 'q'
)

const streamIDLen = 16

func appendStreamID(b []byte, id StreamID) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, id.Ms), id.Seq)
}

// lastStreamID reads the id that a subkey ends in.
func lastStreamID(key []byte) StreamID {
	b := key[len(key)-streamIDLen:]
	return StreamID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

var errStream = errors.New("a stream's record does not decode")

// record reads the numbers and strings that make up a stream's records; bad is
// set when there are too few bytes.
type record struct {
	b   []byte
	bad bool
}

func (d *record) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *record) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *record) id() StreamID { return StreamID{d.uint(), d.uint()} }

func (d *record) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *record) err() error {
	if d.bad {
		return corrupt(errStream)
	}
	return nil
}

func appendRecordID(b []byte, id StreamID) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, id.Ms), id.Seq)
}

func appendRecordBytes(b, s []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

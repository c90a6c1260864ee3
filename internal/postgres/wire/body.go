package wire

import (
	"bytes"
	"encoding/binary"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// fields reads a message's body. After the first thing that is not there, all
// reads give zero and bad is set.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) fail() {
	f.bad = true
	f.b = nil
}

// text reads a string that ends with a zero byte; it shares the body's memory.
func (f *fields) text() []byte {
	i := bytes.IndexByte(f.b, 0)
	if i < 0 {
		f.fail()
		return nil
	}
	s := f.b[:i]
	f.b = f.b[i+1:]
	return s
}

func (f *fields) byte() byte {
	if len(f.b) < 1 {
		f.fail()
		return 0
	}
	c := f.b[0]
	f.b = f.b[1:]
	return c
}

func (f *fields) int16() int16 {
	if len(f.b) < 2 {
		f.fail()
		return 0
	}
	n := int16(binary.BigEndian.Uint16(f.b))
	f.b = f.b[2:]
	return n
}

func (f *fields) int32() int32 {
	if len(f.b) < 4 {
		f.fail()
		return 0
	}
	n := int32(binary.BigEndian.Uint32(f.b))
	f.b = f.b[4:]
	return n
}

// take reads n bytes.
func (f *fields) take(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.fail()
		return nil
	}
	v := f.b[:n:n]
	f.b = f.b[n:]
	return v
}

// count reads a number of items of at least size bytes each; one that cannot be
// true is refused before memory is made for it.
func (f *fields) count(size int) int {
	n := int(uint16(f.int16()))
	if n*size > len(f.b) {
		f.fail()
		return 0
	}
	return n
}

// end checks that the body was well formed and is used up.
func (f *fields) end() error {
	if f.bad || len(f.b) > 0 {
		return pgerr.New(pgerr.ProtocolViolation, "invalid message format")
	}
	return nil
}

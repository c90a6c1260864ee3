package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"strconv"
)

// decoder reads from a payload, which it shares, or piece by piece from a file.
// After a failure it yields zeros, and err tells the first one.
type decoder struct {
	buf    []byte
	pos    int
	in     io.Reader // of a file; nil: buf is everything
	summed int       // up to here buf is in sum
	sum    uint64
	err    error
	spare  spare // see room
	memory recycler
	copied *[]byte // what is taken goes here, too; see Reader.Payload
}

// readSize is what is read of a file at a time. What is handed out shares the
// memory, which is not written again, unless it is given back (see recycler).
const readSize = 64 << 10

// smallString is the length up to which strings share memory.
const smallString = 4 << 10

// maxString is the longest string there may be: a stream's node in redis-server.
const maxString = 1 << 30

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.buf, d.pos, d.summed, d.in = nil, 0, 0, nil
}

func (d *decoder) bad() { d.fail(ErrFormat) }

// rest is how many bytes of a payload are left.
func (d *decoder) rest() int { return len(d.buf) - d.pos }

func (d *decoder) take(n uint64) []byte {
	if n > uint64(d.rest()) && !d.fill(n) {
		return nil
	}
	b := d.buf[d.pos : d.pos+int(n) : d.pos+int(n)]
	d.pos += int(n)
	if d.copied != nil {
		*d.copied = append(*d.copied, b...)
	}
	return b
}

// fill reads on until there are n bytes. The memory grows with what there really
// is, not with what a length claims.
func (d *decoder) fill(n uint64) bool {
	if d.in == nil || n > maxString {
		d.bad()
		return false
	}
	d.count()
	left := d.buf[d.pos:]
	for uint64(len(left)) < n {
		next := d.memory.chunk(max(readSize, min(2*len(left), int(n))))[:len(left)]
		copy(next, left)
		got, err := io.ReadAtLeast(d.in, next[len(left):cap(next)], 1)
		left = next[:len(left)+got]
		d.memory.retire(d.buf)
		d.buf = left
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the file is cut short: %w", io.ErrUnexpectedEOF)
			}
			d.fail(err)
			return false
		}
	}
	d.buf, d.pos, d.summed = left, 0, 0
	return true
}

// count adds what was taken of a file to its checksum.
func (d *decoder) count() {
	d.sum = crc64.Update(d.sum, jones, d.buf[d.summed:d.pos])
	d.summed = d.pos
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

// uint64 reads a little-endian number.
func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// length reads a length; encoded says that it is the number of a special
// encoding of strings instead.
func (d *decoder) length() (n uint64, encoded bool) {
	first := d.byte()
	switch first & 0xc0 {
	case len6:
		return uint64(first & 0x3f), false
	case len14:
		return uint64(first&0x3f)<<8 | uint64(d.byte()), false
	case lenEncoded:
		return uint64(first & 0x3f), true
	}
	switch first {
	case len32:
		if b := d.take(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
	case len64:
		if b := d.take(8); b != nil {
			return binary.BigEndian.Uint64(b), false
		}
	}
	d.bad()
	return 0, false
}

// number reads a length that cannot be an encoding.
func (d *decoder) number() uint64 {
	n, encoded := d.length()
	if encoded {
		d.bad()
		return 0
	}
	return n
}

// items reads the number of things that follow, each of at least one byte.
func (d *decoder) items() uint64 {
	n := d.number()
	if d.in == nil && n > uint64(d.rest()) {
		d.bad()
		return 0
	}
	return n
}

func (d *decoder) string() []byte {
	n, encoded := d.length()
	if !encoded {
		return d.take(n)
	}
	switch n {
	case encInt8:
		return strconv.AppendInt(nil, int64(int8(d.byte())), 10)
	case encInt16:
		if b := d.take(2); b != nil {
			return strconv.AppendInt(nil, int64(int16(binary.LittleEndian.Uint16(b))), 10)
		}
	case encInt32:
		if b := d.take(4); b != nil {
			return strconv.AppendInt(nil, int64(int32(binary.LittleEndian.Uint32(b))), 10)
		}
	case encLZF:
		return d.compressed()
	}
	d.bad()
	return nil
}

// compressed reads a string that is LZF-compressed: both lengths, then the data.
func (d *decoder) compressed() []byte {
	packedLen, plainLen := d.number(), d.number()
	packed := d.take(packedLen)
	// LZF makes at most 264 bytes of 3.
	if d.err != nil || plainLen > maxString || plainLen > uint64(len(packed))*88 {
		d.bad()
		return nil
	}
	plain := d.room(int(plainLen))
	if !decompress(plain, packed) {
		d.bad()
		return nil
	}
	return plain
}

// room is memory for what is handed out. A file's small strings share it.
func (d *decoder) room(n int) []byte {
	if d.in == nil || n > smallString {
		return make([]byte, n)
	}
	if n > len(d.spare.left) {
		d.memory.retire(d.spare.chunk)
		d.spare.chunk = d.memory.chunk(readSize)
		d.spare.left = d.spare.chunk
	}
	b := d.spare.left[:n:n]
	d.spare.left = d.spare.left[n:]
	return b
}

// spare is a chunk of memory of which a part is left.
type spare struct{ chunk, left []byte }

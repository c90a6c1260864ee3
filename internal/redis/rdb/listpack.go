package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// listpackBuilder writes a listpack: a header, entries that each say how long
// they are at both ends, and an end.
type listpackBuilder struct {
	b []byte
	n int
}

const (
	listpackHeader = 6
	listpackEnd    = 0xff
)

func (l *listpackBuilder) reset() {
	l.b, l.n = append(l.b[:0], make([]byte, listpackHeader)...), 0
}

// add adds an entry, as a number if it is one.
func (l *listpackBuilder) add(item []byte) {
	if n, ok := canonicalInt(item); ok {
		l.int(n)
		return
	}
	from := len(l.b)
	switch n := len(item); {
	case n < 1<<6:
		l.b = append(l.b, 0x80|byte(n))
	case n < 1<<12:
		l.b = append(l.b, 0xe0|byte(n>>8), byte(n))
	default:
		l.b = binary.LittleEndian.AppendUint32(append(l.b, 0xf0), uint32(n))
	}
	l.b = append(l.b, item...)
	l.back(from)
}

// int adds a number in the fewest bytes.
func (l *listpackBuilder) int(n int64) {
	from := len(l.b)
	switch {
	case n >= 0 && n < 1<<7:
		l.b = append(l.b, byte(n))
	case n >= -1<<12 && n < 1<<12:
		l.b = append(l.b, 0xc0|byte(n>>8)&0x1f, byte(n))
	case n >= math.MinInt16 && n <= math.MaxInt16:
		l.b = binary.LittleEndian.AppendUint16(append(l.b, 0xf1), uint16(n))
	case n >= -1<<23 && n < 1<<23:
		l.b = append(l.b, 0xf2, byte(n), byte(n>>8), byte(n>>16))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		l.b = binary.LittleEndian.AppendUint32(append(l.b, 0xf3), uint32(n))
	default:
		l.b = binary.LittleEndian.AppendUint64(append(l.b, 0xf4), uint64(n))
	}
	l.back(from)
}

// back ends the entry that began at from with its length, seven bits a byte, to
// be read backwards.
func (l *listpackBuilder) back(from int) {
	n := len(l.b) - from
	size := backLength(n)
	for i := size - 1; i >= 0; i-- {
		c := byte(n>>(7*i)) & 0x7f
		if i < size-1 {
			c |= 0x80
		}
		l.b = append(l.b, c)
	}
	l.n++
}

// bytes ends the listpack. It is valid until the next reset.
func (l *listpackBuilder) bytes() []byte {
	l.b = append(l.b, listpackEnd)
	binary.LittleEndian.PutUint32(l.b, uint32(len(l.b)))
	binary.LittleEndian.PutUint16(l.b[4:], uint16(min(l.n, math.MaxUint16)))
	return l.b
}

// canonicalInt reads a number whose only spelling in decimal is b.
func canonicalInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' || digits[0] == '0' && len(b) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

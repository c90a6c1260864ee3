package rdb

import (
	"encoding/binary"
	"strconv"
)

// The readers of compact collections call each for every item until it returns
// false. They say whether all is well-formed.

func integer(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// littleEndian reads a signed integer of len(b) bytes.
func littleEndian(b []byte) int64 {
	var n uint64
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	unused := 64 - 8*len(b)
	return int64(n<<unused) >> unused
}

// intset reads a set of integers: their width, their number, the integers.
func intset(b []byte, each func([]byte) bool) bool {
	if len(b) < 8 {
		return false
	}
	width, n := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	b = b[8:]
	if (width != 2 && width != 4 && width != 8) || uint64(len(b)) != uint64(width)*uint64(n) {
		return false
	}
	for ; len(b) > 0; b = b[width:] {
		if !each(integer(littleEndian(b[:width]))) {
			return false
		}
	}
	return true
}

// listpack reads entries that each say how long they are, at both ends.
func listpack(b []byte, each func([]byte) bool) bool {
	if len(b) < listpackHeader+1 || binary.LittleEndian.Uint32(b) != uint32(len(b)) {
		return false
	}
	for b = b[listpackHeader:]; len(b) > 0 && b[0] != listpackEnd; {
		item, n := listpackEntry(b)
		if n == 0 {
			return false
		}
		size := n + backLength(n)
		if size > len(b) || !each(item) {
			return false
		}
		b = b[size:]
	}
	return len(b) == 1
}

// backLength is the size of the field that repeats an entry's length. (Above one
// byte, redis-server leaves the greatest length to the next size.)
func backLength(n int) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14-1:
		return 2
	case n < 1<<21-1:
		return 3
	case n < 1<<28-1:
		return 4
	}
	return 5
}

// listpackEntry reads the entry at the front of b and its length, 0 if it is
// malformed.
func listpackEntry(b []byte) (item []byte, n int) {
	first := b[0]
	switch {
	case first < 0x80: // 7 bits unsigned
		return integer(int64(first)), 1
	case first < 0xc0: // up to 63 bytes
		return stretch(b, 1, int(first&0x3f))
	case first < 0xe0: // 13 bits signed
		if len(b) < 2 {
			return nil, 0
		}
		v := int64(first&0x1f)<<8 | int64(b[1])
		if v >= 1<<12 {
			v -= 1 << 13
		}
		return integer(v), 2
	case first < 0xf0: // up to 4095 bytes
		if len(b) < 2 {
			return nil, 0
		}
		return stretch(b, 2, int(first&0x0f)<<8|int(b[1]))
	case first == 0xf0:
		if len(b) < 5 {
			return nil, 0
		}
		return stretch(b, 5, int(binary.LittleEndian.Uint32(b[1:])))
	case first <= 0xf4: // 16, 24, 32 or 64 bits
		return wideInteger(b, [...]int{2, 3, 4, 8}[first-0xf1])
	}
	return nil, 0
}

func stretch(b []byte, from, n int) ([]byte, int) {
	if n > len(b)-from {
		return nil, 0
	}
	return b[from : from+n : from+n], from + n
}

func wideInteger(b []byte, width int) ([]byte, int) {
	if len(b) < 1+width {
		return nil, 0
	}
	return integer(littleEndian(b[1 : 1+width])), 1 + width
}

// ziplist reads what listpack replaced in redis-server 7.
func ziplist(b []byte, each func([]byte) bool) bool {
	const header, end = 10, 0xff
	if len(b) < header+1 || binary.LittleEndian.Uint32(b) != uint32(len(b)) {
		return false
	}
	for b = b[header:]; len(b) > 0 && b[0] != end; {
		previous := 1
		if b[0] == 0xfe {
			previous = 5
		}
		if previous >= len(b) {
			return false
		}
		item, n := ziplistEntry(b[previous:])
		if n == 0 || !each(item) {
			return false
		}
		b = b[previous+n:]
	}
	return len(b) == 1
}

func ziplistEntry(b []byte) (item []byte, n int) {
	first := b[0]
	switch first >> 6 {
	case 0:
		return stretch(b, 1, int(first&0x3f))
	case 1:
		if len(b) < 2 {
			return nil, 0
		}
		return stretch(b, 2, int(first&0x3f)<<8|int(b[1]))
	case 2:
		if len(b) < 5 {
			return nil, 0
		}
		return stretch(b, 5, int(binary.BigEndian.Uint32(b[1:])))
	}
	switch first {
	case 0xc0:
		return wideInteger(b, 2)
	case 0xd0:
		return wideInteger(b, 4)
	case 0xe0:
		return wideInteger(b, 8)
	case 0xf0:
		return wideInteger(b, 3)
	case 0xfe:
		return wideInteger(b, 1)
	}
	if first >= 0xf1 && first <= 0xfd {
		return integer(int64(first&0x0f) - 1), 1
	}
	return nil, 0
}

// zipmap reads the hashes of redis-server before 2.6: lengths and strings in turn,
// each value with a number of unused bytes after it.
func zipmap(b []byte, each func([]byte) bool) bool {
	const end = 0xff
	if len(b) == 0 {
		return false
	}
	value := false
	for b = b[1:]; len(b) > 0 && b[0] != end; value = !value {
		n, size := uint64(b[0]), 1
		if n == 0xfe {
			if len(b) < 5 {
				return false
			}
			n, size = uint64(binary.LittleEndian.Uint32(b[1:])), 5
		}
		b = b[size:]
		unused := uint64(0)
		if value {
			if len(b) == 0 {
				return false
			}
			unused, b = uint64(b[0]), b[1:]
		}
		if n+unused > uint64(len(b)) || !each(b[:n:n]) {
			return false
		}
		b = b[n+unused:]
	}
	return len(b) == 1
}

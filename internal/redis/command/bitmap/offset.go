package bitmap

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

const errBitOffset command.Error = "ERR bit offset is not an integer or out of range"

// parseOffset reads the number of a bit that a string can hold.
func parseOffset(arg []byte) (int64, error) {
	n, err := command.ParseInt(arg)
	if err != nil || n < 0 || n>>3 >= keyspace.MaxString {
		return 0, errBitOffset
	}
	return n, nil
}

// parseFieldOffset is parseOffset for a field of width bits: "#3" is the fourth
// such field.
func parseFieldOffset(arg []byte, width int64) (int64, error) {
	if len(arg) == 0 || arg[0] != '#' {
		return parseOffset(arg)
	}
	n, err := command.ParseInt(arg[1:])
	if err != nil || n < 0 || n > math.MaxInt64/width || (n*width)>>3 >= keyspace.MaxString {
		return 0, errBitOffset
	}
	return n * width, nil
}

// grown is a copy of value that holds at least size bytes.
func grown(value []byte, size int64) []byte {
	b := make([]byte, max(int64(len(value)), size))
	copy(b, value)
	return b
}

// parseUnit says whether a range is of bits, not bytes.
func parseUnit(arg []byte) (bits bool, err error) {
	switch {
	case command.Is(arg, "BIT"):
		return true, nil
	case command.Is(arg, "BYTE"):
		return false, nil
	}
	return false, command.ErrSyntax
}

// bitRange turns a range of bits or bytes, both ends included and negative ones
// counted from the end, into bits of a string of size bytes. It is empty when
// first > last.
func bitRange(start, end int64, bits bool, size int64) (first, last int64) {
	total := size
	if bits {
		total *= 8
	}
	if start < 0 {
		start = max(start+total, 0)
	}
	if end < 0 {
		end = max(end+total, 0)
	}
	end = min(end, total-1)
	if start > end {
		return 0, -1
	}
	if bits {
		return start, end
	}
	return start * 8, end*8 + 7
}

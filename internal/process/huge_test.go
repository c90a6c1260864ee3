package process_test

import (
	"bytes"
	"testing"

	"github.com/orbit-server/orbit/internal/process"
)

// A buffer has the room that was asked for, all of it zero, whatever the size.
func TestLargeBuffer(t *testing.T) {
	for _, size := range []int{0, 1, 2<<20 - 1, 2 << 20, 4<<20 + 1, 9 << 20} {
		b := process.LargeBuffer(size)
		if len(b) != 0 || cap(b) != size {
			t.Errorf("%d bytes: there are %d and room for %d", size, len(b), cap(b))
		}
		b = b[:size]
		if bytes.Count(b, []byte{0}) != size {
			t.Errorf("%d bytes are not all zero", size)
		}
		for i := range b {
			b[i] = 'x'
		}
	}
}

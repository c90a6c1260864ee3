package process_test

import (
	"bytes"
	"testing"

	"github.com/orbit-server/orbit/internal/process"
)

// Advice changes no bytes, whatever the size of the buffer.
func TestHugePages(t *testing.T) {
	for _, size := range []int{0, 1, 2<<20 - 1, 2 << 20, 4<<20 + 1, 9 << 20} {
		b := bytes.Repeat([]byte("x"), size)
		process.HugePages(b[:size/2])
		if bytes.Count(b, []byte("x")) != size {
			t.Errorf("%d bytes are not what they were", size)
		}
	}
}

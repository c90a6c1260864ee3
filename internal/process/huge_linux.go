package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const hugePage = 2 << 20

// LargeBuffer is make([]byte, 0, size) with the memory backed by huge pages where the
// system can: its first use costs a fault for each page, and looking into it anywhere
// costs fewer misses.
func LargeBuffer(size int) []byte {
	if size < hugePage {
		return make([]byte, 0, size)
	}
	// From the beginning of a page. What is before it and behind is never touched, and
	// takes no memory.
	b := make([]byte, size+hugePage)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % hugePage //nolint:gosec // an address's place in its page
	b = b[skip:][:size:size]
	// It is advice: without it everything works, too.
	_ = unix.Madvise(b[:size-size%hugePage], unix.MADV_HUGEPAGE)
	return b[:0]
}

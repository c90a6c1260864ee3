package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// HugePages has the system back a large buffer with huge pages, where it can: its first
// use costs a fault for each page, and looking into it anywhere costs fewer misses. The
// bytes stay as they are.
func HugePages(b []byte) {
	const hugePage = 2 << 20
	if cap(b) < hugePage {
		return
	}
	b = b[:cap(b)]
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % hugePage //nolint:gosec // an address's place in its page
	if left := uintptr(len(b)); skip < left {
		// It is advice: without it everything works, too.
		_ = unix.Madvise(b[skip:left-(left-skip)%hugePage], unix.MADV_HUGEPAGE)
	}
}

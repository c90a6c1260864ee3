package datadir

import (
	"os"

	"golang.org/x/sys/windows"
)

// errHeld says that another process holds the lock.
const errHeld = windows.ERROR_LOCK_VIOLATION

// lockedByte is the high half of where the byte lies that is locked: nobody can read what
// is locked, and who is refused reads the process id.
const lockedByte = 1 << 30

// take locks a file for this process alone, or against those who want that, if it can at
// once.
func take(f *os.File, alone bool) error {
	how := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if alone {
		how |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	return windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{OffsetHigh: lockedByte})
}

// syncDir does nothing: a directory cannot be flushed here, and NTFS keeps its names by a
// journal of its own.
func syncDir(string) error { return nil }

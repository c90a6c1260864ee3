package storage

import (
	"errors"
	"syscall"
)

// FullDisk tells that a write failed because there is no space left, on the disk or of
// what its user may take.
func FullDisk(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// FullDiskAdvice is what an operator does about it.
const FullDiskAdvice = "make space on the disk of the data directory, and restart the server if writes go on failing; what was acknowledged is kept"

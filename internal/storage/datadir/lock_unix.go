//go:build unix

package datadir

import (
	"errors"
	"os"
	"syscall"
)

// errHeld says that another process holds the lock.
const errHeld = syscall.EWOULDBLOCK

// take locks a file for this process alone, or against those who want that, if it can at
// once.
func take(f *os.File, alone bool) error {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	for {
		if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// syncDir puts a directory's names on disk.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

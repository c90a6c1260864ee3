package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// probeTime is how long Open waits before it believes that the directory is
// locked: an Inspect of another process may hold the lock for an instant.
const probeTime = 50 * time.Millisecond

// lockDir locks the directory at path and notes who holds it. The system releases the
// lock when the process ends, however it ends.
func lockDir(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	err = take(f, true)
	if errors.Is(err, errHeld) {
		time.Sleep(probeTime)
		err = take(f, true)
	}
	if err == nil {
		err = errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintf("%d\n", os.Getpid())))
		if err == nil {
			return f, nil
		}
	}
	if errors.Is(err, errHeld) {
		holder := "another process"
		if pid := readPID(f); pid > 0 {
			holder = fmt.Sprintf("process %d", pid)
		}
		err = fmt.Errorf("data directory %s: %w: held by %s; stop it or choose another directory", path, storage.ErrLocked, holder)
	} else {
		err = fmt.Errorf("data directory %s: lock: %w", path, err)
	}
	return nil, errors.Join(err, f.Close())
}

// unlock releases the lock. The file stays: removing it could take it from under
// a process that waits for it.
func unlock(f *os.File) error {
	return errors.Join(f.Truncate(0), f.Close())
}

// probe tells whether a process holds the lock of the directory at path.
func probe(path string) (locked bool, pid int, err error) {
	f, err := os.Open(filepath.Join(path, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, fmt.Errorf("data directory: %w", err)
	}
	err = take(f, false)
	if errors.Is(err, errHeld) {
		return true, readPID(f), f.Close()
	}
	return false, 0, errors.Join(err, f.Close())
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// readPID returns the process id in the lock file, or 0.
func readPID(f *os.File) int {
	b := make([]byte, 20)
	n, _ := f.ReadAt(b, 0) // a short file ends with io.EOF
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return 0
	}
	return pid
}

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

// briefTime is how long Open waits for who said that he is brief: a completion of the
// shell, which ends within two seconds.
const (
	briefTime = 3 * time.Second
	briefPoll = 10 * time.Millisecond
)

// briefly is noted behind the process id by who holds the lock for a moment.
const briefly = " briefly"

// lockDir locks the directory at path and notes who holds it. The system releases the
// lock when the process ends, however it ends.
func lockDir(path, note string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	err = await(f)
	if err == nil {
		err = errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintf("%d%s\n", os.Getpid(), note)))
		if err == nil {
			return f, nil
		}
	}
	if errors.Is(err, errHeld) {
		holder := "another process"
		if pid, _ := readHolder(f); pid > 0 {
			holder = fmt.Sprintf("process %d", pid)
		}
		err = fmt.Errorf("data directory %s: %w: held by %s; stop it or choose another directory", path, storage.ErrLocked, holder)
	} else {
		err = fmt.Errorf("data directory %s: lock: %w", path, err)
	}
	return nil, errors.Join(err, f.Close())
}

// await takes the lock, and waits if who holds it cannot hold it for long.
func await(f *os.File) error {
	began := time.Now()
	for {
		err := take(f, true)
		if !errors.Is(err, errHeld) {
			return err
		}
		patience := probeTime
		if _, brief := readHolder(f); brief {
			patience = briefTime
		}
		if time.Since(began) >= patience {
			return err
		}
		time.Sleep(briefPoll)
	}
}

// unlock releases the lock. The file stays: removing it could take it from under
// a process that waits for it.
func unlock(f *os.File) error {
	return errors.Join(f.Truncate(0), f.Close())
}

// probe tells whether a process holds the lock of the directory at path.
func probe(path string) (i Info, err error) {
	f, err := os.Open(filepath.Join(path, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil
	}
	if err != nil {
		return i, fmt.Errorf("data directory: %w", err)
	}
	err = take(f, false)
	if errors.Is(err, errHeld) {
		i.Locked = true
		i.PID, i.Brief = readHolder(f)
		return i, f.Close()
	}
	return i, errors.Join(err, f.Close())
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// readHolder returns the process id in the lock file, or 0, and whether it said that it
// is brief.
func readHolder(f *os.File) (pid int, brief bool) {
	b := make([]byte, 40)
	n, _ := f.ReadAt(b, 0) // a short file ends with io.EOF
	digits, brief := strings.CutSuffix(strings.TrimSpace(string(b[:n])), briefly)
	pid, err := strconv.Atoi(digits)
	if err != nil {
		return 0, brief
	}
	return pid, brief
}

package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/orbit-server/orbit/internal/storage"
)

// DefaultName is the data directory's name where none is given.
const DefaultName = "orbit_integrated_data"

// The parts of a data directory, for Path.
const (
	Redis      = "redis"      // store of the Redis keyspace
	PostgreSQL = "postgresql" // store of catalog and tables
	Actors     = "actors"     // snapshots of actors, if they are kept
	Socket     = "orbit.sock" // the admin endpoint of the running server
)

// FormatVersion is the version this program writes and the newest it reads. It
// changes when a part moves or an older program would misread what is there:
//
//	1  each store is Pebble's
//	2  the Redis store has a journal beside it
//	3  modes can be chosen while a server runs, and are remembered
//
// Open turns a directory of an older version into the newest: what was there
// before stays readable as it is.
const FormatVersion = 3

const lockFile = "orbit.lock"

// Dir is an open data directory, locked against other processes.
type Dir struct {
	path string
	lock *os.File
}

// Open locks the data directory at path and makes it if it does not exist or is
// empty. The errors wrap storage.ErrLocked, ErrNewerFormat, ErrForeign or
// ErrCorrupt; none of them changes the directory.
func Open(path string) (*Dir, error) { return openNoting(path, "") }

// OpenBriefly is Open for who reads for a moment, two seconds at the most, and is in
// nobody's way: who opens the directory meanwhile waits.
func OpenBriefly(path string) (*Dir, error) { return openNoting(path, briefly) }

func openNoting(path, note string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	// Asked before the lock, so that nothing is written into a foreign directory.
	if _, _, err := identify(path); err != nil {
		return nil, err
	}
	lock, err := lockDir(path, note)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: lock}
	if err := d.prepare(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Path returns where a part of the directory is.
func (d *Dir) Path(part string) string { return filepath.Join(d.path, part) }

// Close releases the lock. The stores in the directory must be closed before.
func (d *Dir) Close() error {
	if d.lock == nil {
		return storage.ErrClosed
	}
	err := unlock(d.lock)
	d.lock = nil
	return err
}

// prepare makes what is missing. The format file comes last: until it is there,
// the directory counts as new.
func (d *Dir) prepare() error {
	version, isNew, err := identify(d.path)
	if err != nil {
		return err
	}
	if err := removeLeftovers(d.path); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	for _, part := range []string{Redis, PostgreSQL, Actors} {
		if err := os.Mkdir(d.Path(part), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("data directory: %w", err)
		}
	}
	if !isNew && version == FormatVersion {
		return nil
	}
	if err := writeFormat(d.path); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return nil
}

// Info is what Inspect finds.
type Info struct {
	Format int
	// Locked tells that a process has the directory open, PID which one; 0 if
	// it did not say.
	Locked bool
	PID    int
	// Brief tells that it said that it has it open for a moment, and Open will wait.
	Brief bool
}

// Inspect looks at the data directory at path and changes nothing. The error
// wraps fs.ErrNotExist when there is none, else storage.ErrForeign,
// ErrNewerFormat or ErrCorrupt; of a newer directory Info is filled too.
func Inspect(path string) (Info, error) {
	switch at, err := os.Stat(path); {
	case err != nil:
		return Info{}, fmt.Errorf("data directory: %w", err)
	case !at.IsDir():
		return Info{}, fmt.Errorf("data directory %s: %w: it is no directory", path, storage.ErrForeign)
	}
	version, isNew, err := identify(path)
	info := Info{Format: version}
	if err != nil && !errors.Is(err, storage.ErrNewerFormat) {
		return info, err
	}
	if isNew {
		return info, fmt.Errorf("data directory %s: %w", path, ErrEmpty)
	}
	held, probeErr := probe(path)
	held.Format = version
	return held, errors.Join(err, probeErr)
}

// ErrEmpty says that nothing is in the directory yet.
var ErrEmpty = fmt.Errorf("%w: it is empty", storage.ErrForeign)

// identify reads the format of the directory at path. isNew tells that it is
// empty, or that an interrupted Open left it without format file.
func identify(path string) (version int, isNew bool, err error) {
	version, err = readFormat(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return version, false, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return 0, false, fmt.Errorf("data directory: %w", err)
	}
	for _, e := range entries {
		switch e.Name() {
		case lockFile, formatFile + tempSuffix, "lost+found":
		case Redis, PostgreSQL, Actors:
			inside, err := os.ReadDir(filepath.Join(path, e.Name()))
			if err != nil {
				return 0, false, fmt.Errorf("data directory: %w", err)
			}
			if len(inside) > 0 {
				return 0, false, fmt.Errorf("data directory %s: %w: %s holds data, but the file %s is missing",
					path, storage.ErrCorrupt, e.Name(), formatFile)
			}
		default:
			return 0, false, fmt.Errorf("data directory %s: %w: it holds %s and no file %s; choose an empty or a new directory",
				path, storage.ErrForeign, e.Name(), formatFile)
		}
	}
	return 0, true, nil
}

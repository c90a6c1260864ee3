package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// modesFile holds Modes; it is there once a mode was changed while a server ran.
const modesFile = "MODES"

// Modes is what the directory remembers of modes that were chosen while a server
// ran, by protocol: redis, postgres.
type Modes map[string]Mode

// Mode is one protocol's. Modes are named as the settings name them.
type Mode struct {
	// Chosen is the mode that was changed to last.
	Chosen string `json:"chosen,omitempty"`
	// MovingTo is set while data moves: what is kept in that mode is half of it.
	MovingTo string `json:"moving_to,omitempty"`
	// Left is the mode that data was moved from and whose copy is still to be removed.
	Left string `json:"left,omitempty"`
}

// ReadModes reads the record of the directory at path, open or not.
func ReadModes(path string) (Modes, error) {
	m := Modes{}
	if err := readRecord(path, modesFile, &m); err != nil {
		return nil, err
	}
	return m, nil
}

// WriteModes replaces the record; when it returns it is on disk.
func (d *Dir) WriteModes(m Modes) error { return d.writeRecord(modesFile, m) }

// Wipe empties a part of the directory, which nobody has open.
func (d *Dir) Wipe(part string) error {
	path := d.Path(part)
	err := os.RemoveAll(path)
	if err == nil {
		err = os.MkdirAll(path, 0o700)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return nil
}

// Empty tells whether a part of the directory holds nothing.
func (d *Dir) Empty(part string) (bool, error) {
	inside, err := os.ReadDir(d.Path(part))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("data directory: %w", err)
	}
	return len(inside) == 0, nil
}

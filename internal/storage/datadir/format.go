package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/storage"
)

const (
	formatFile   = "FORMAT"
	formatPrefix = "orbit data directory, format "
	tempSuffix   = ".tmp"
)

// readFormat returns the version in the format file. Of a newer one it returns
// the version and ErrNewerFormat.
func readFormat(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, formatFile))
	if err != nil {
		return 0, err
	}
	number, ok := strings.CutPrefix(strings.TrimSpace(string(text)), formatPrefix)
	version, err := strconv.Atoi(number)
	if !ok || err != nil || version < 1 {
		return 0, fmt.Errorf("data directory %s: %w: the file %s does not name a format", dir, storage.ErrCorrupt, formatFile)
	}
	if version > FormatVersion {
		return version, fmt.Errorf("data directory %s: %w: it has format %d and this orbit reads up to %d; use a newer orbit",
			dir, storage.ErrNewerFormat, version, FormatVersion)
	}
	return version, nil
}

// writeFormat makes the format file appear at once and whole, after all that
// was made before it is on disk.
func writeFormat(dir string) error {
	if err := syncDir(dir); err != nil {
		return err
	}
	if err := writeWhole(dir, formatFile, fmt.Appendf(nil, "%s%d\n", formatPrefix, FormatVersion)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// writeWhole makes a file appear at once and whole; it is on disk then.
func writeWhole(dir, name string, text []byte) error {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path+tempSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+tempSuffix, path); err != nil {
		return err
	}
	return syncDir(dir)
}

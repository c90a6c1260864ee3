package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// CheckpointPrefix begins the names of directories that a backup is made in. One that
// is there when the directory is opened was left by a process that was killed.
const CheckpointPrefix = ".checkpoint-"

// removeLeftovers removes what interrupted backups left.
func removeLeftovers(path string) error {
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), CheckpointPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	return err
}

// Files are the names of the files in the directory at path, outside of its parts, that
// belong to it: its format, and what else says how it is served. The lock, dumps and
// what is being written do not.
func Files(path string) (names []string, err error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || name == lockFile || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "temp-") ||
			strings.HasSuffix(name, tempSuffix) || strings.HasSuffix(name, ".rdb") {
			continue
		}
		names = append(names, name)
	}
	return names, nil
}

package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/orbit-server/orbit/internal/storage"
)

// redisConfigFile holds RedisConfig; it is there once CONFIG REWRITE was asked for.
const redisConfigFile = "REDIS-CONFIG"

// RedisConfig is what CONFIG REWRITE keeps: what was changed while a server ran.
type RedisConfig struct {
	// Parameters are those of CONFIG whose values differ from what the server was
	// started with.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Users are the users with their rules, as in an ACL file; empty if there is one.
	Users []string `json:"users,omitempty"`
}

// ReadRedisConfig reads the record of the directory at path, open or not.
func ReadRedisConfig(path string) (RedisConfig, error) {
	var c RedisConfig
	err := readRecord(path, redisConfigFile, &c)
	return c, err
}

// WriteRedisConfig replaces the record; when it returns it is on disk.
func (d *Dir) WriteRedisConfig(c RedisConfig) error { return d.writeRecord(redisConfigFile, c) }

// readRecord reads a file of the directory at path, open or not, into v. No file is an
// empty record.
func readRecord(path, name string, v any) error {
	text, err := os.ReadFile(filepath.Join(path, name))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil
	case err != nil:
		return fmt.Errorf("data directory: %w", err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("data directory %s: %w: the file %s does not decode: %w", path, storage.ErrCorrupt, name, err)
	}
	return nil
}

func (d *Dir) writeRecord(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = writeWhole(d.path, name, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return nil
}

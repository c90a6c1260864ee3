package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// maxSocketPath is the shortest limit on a unix socket's path among the systems
// orbit runs on (macOS: 104 bytes with the closing zero).
const maxSocketPath = 103

// SocketPath is where the server of a data directory has its socket: orbit.sock
// within it, or, when that path is longer than the system allows, a name made
// from the directory's path in the system's temporary directory.
func SocketPath(dataDir string) (string, error) {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return "", fmt.Errorf("admin socket: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		dir = resolved
	}
	path := filepath.Join(dir, "orbit.sock")
	if len(path) <= maxSocketPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "orbit-"+hex.EncodeToString(sum[:8])+".sock"), nil
}

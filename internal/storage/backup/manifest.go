package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// ManifestName is the manifest's file. It is the last one of an archive, so an archive
// that was cut short has none.
const ManifestName = "BACKUP.json"

// Format is the version of the manifest that this program writes and the newest it
// reads.
const Format = 1

// maxManifest bounds what is read as a manifest, bytes: some million files.
const maxManifest = 256 << 20

// Manifest says what a backup consists of.
type Manifest struct {
	Format int    `json:"format"`
	Orbit  string `json:"orbit"` // the version that wrote it
	// Each store is as of one moment between the two.
	Began time.Time `json:"began_at"`
	Ended time.Time `json:"ended_at"`
	// Notes say what is not in it.
	Notes []string `json:"notes,omitempty"`
	Bytes int64    `json:"bytes"` // of all files
	Files []File   `json:"files"`
}

// File is one of a backup's files.
type File struct {
	Path   string `json:"path"` // with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// add notes a file whose bytes went through sum.
func (m *Manifest) add(path string, size int64, sum hash.Hash) {
	m.Files = append(m.Files, File{path, size, hex.EncodeToString(sum.Sum(nil))})
	m.Bytes += size
}

func (m *Manifest) encode() ([]byte, error) {
	m.Format = Format
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

func decodeManifest(r io.Reader) (*Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil || m.Format < 1 {
		return nil, fmt.Errorf("%w: %s does not decode", storage.ErrCorrupt, ManifestName)
	}
	if m.Format > Format {
		return nil, fmt.Errorf("%w: the backup has format %d and this orbit reads up to %d", storage.ErrNewerFormat, m.Format, Format)
	}
	return m, nil
}

// Seal makes the copy of a data directory in dir a backup: it adds the manifest, last,
// and has all of it on disk. The caller fills m but for the files.
func Seal(ctx context.Context, dir string, m *Manifest) error {
	err := eachFile(ctx, dir, func(name string, size int64, content io.Reader) error {
		sum := sha256.New()
		if _, err := io.Copy(sum, content); err != nil {
			return err
		}
		m.add(name, size, sum)
		return nil
	})
	if err != nil {
		return err
	}
	b, err := m.encode()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, ManifestName)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return err
	}
	return errors.Join(syncPath(path), syncDirs(dir))
}

// eachFile calls visit for each file in dir, in order of names.
func eachFile(ctx context.Context, dir string, visit visitor) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is no regular file", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			err = visit(filepath.ToSlash(name), info.Size(), &reader{ctx, io.LimitReader(f, info.Size())})
		}
		return errors.Join(err, f.Close())
	})
}

// reader ends when its context does.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r *reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDirs has the names of all files below dir on disk.
func syncDirs(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return syncPath(path)
	})
}

package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/orbit-server/orbit/internal/storage"
)

// visitor is called with a file; its content is valid during the call.
type visitor func(name string, size int64, content io.Reader) error

// outputError is an error of what is written, in contrast to what is read.
type outputError struct{ error }

func (e *outputError) Unwrap() error { return e.error }

// ReadDir checks a backup in a directory, and copies its files but for the manifest
// into the directory to, unless that is empty. What is not as the manifest says is
// storage.ErrCorrupt, what is no backup storage.ErrForeign.
func ReadDir(ctx context.Context, dir, to string) (*Manifest, error) {
	if _, err := os.Stat(filepath.Join(dir, ManifestName)); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: it has no %s", dir, storage.ErrForeign, ManifestName)
	}
	return read(to, func(visit visitor) error { return eachFile(ctx, dir, visit) })
}

// ReadArchive is ReadDir for an archive.
func ReadArchive(ctx context.Context, r io.Reader, to string) (*Manifest, error) {
	return read(to, func(visit visitor) error { return eachEntry(ctx, r, visit) })
}

func read(to string, each func(visitor) error) (*Manifest, error) {
	var said *Manifest
	found := new(Manifest)
	err := each(func(name string, size int64, content io.Reader) (err error) {
		if name == ManifestName {
			said, err = decodeManifest(content)
			return err
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("%w: the archive has a file outside of it, %q", storage.ErrForeign, name)
		}
		sum := sha256.New()
		in := io.TeeReader(content, sum)
		if to == "" {
			_, err = io.Copy(io.Discard, in)
		} else {
			err = writeFile(filepath.Join(to, filepath.FromSlash(name)), in)
		}
		found.add(name, size, sum)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case said == nil && len(found.Files) == 0:
		return nil, fmt.Errorf("%w: it holds nothing", storage.ErrForeign)
	case said == nil:
		return nil, fmt.Errorf("%w: it has no %s: no backup, or not the whole of one", storage.ErrCorrupt, ManifestName)
	}
	if err := compare(said, found); err != nil {
		return nil, err
	}
	if to == "" {
		return said, nil
	}
	return said, syncDirs(to)
}

// compare tells what is not as the manifest says.
func compare(said, found *Manifest) error {
	files := make(map[string]File, len(found.Files))
	for _, f := range found.Files {
		if _, twice := files[f.Path]; twice {
			return fmt.Errorf("%w: %s is there twice", storage.ErrCorrupt, f.Path)
		}
		files[f.Path] = f
	}
	for _, want := range said.Files {
		got, ok := files[want.Path]
		switch {
		case !ok:
			return fmt.Errorf("%w: %s is missing", storage.ErrCorrupt, want.Path)
		case got.Size != want.Size:
			return fmt.Errorf("%w: %s has %d bytes instead of %d", storage.ErrCorrupt, want.Path, got.Size, want.Size)
		case got.SHA256 != want.SHA256:
			return fmt.Errorf("%w: %s has another checksum than in the manifest", storage.ErrCorrupt, want.Path)
		}
		delete(files, want.Path)
	}
	for path := range files {
		return fmt.Errorf("%w: %s is not in the manifest", storage.ErrCorrupt, path)
	}
	return nil
}

// writeFile writes a new file and has it on disk.
func writeFile(path string, in io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &outputError{err}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &outputError{err}
	}
	_, err = io.Copy(writer{f}, in)
	if err == nil {
		if sync := f.Sync(); sync != nil {
			err = &outputError{sync}
		}
	}
	return errors.Join(err, f.Close())
}

// writer marks its errors.
type writer struct{ io.Writer }

func (w writer) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err != nil {
		err = &outputError{err}
	}
	return n, err
}

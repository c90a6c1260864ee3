package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// CopyClosed copies a store that nobody has open into to, which it makes. Files that
// never change once they are written are linked where the file system can.
func CopyClosed(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o700)
		case name == "LOCK":
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s is no regular file", path)
		case strings.HasSuffix(name, ".sst") || strings.HasSuffix(name, ".blob"):
			if os.Link(path, target) == nil {
				return nil
			}
		}
		return CopyFile(path, target)
	})
}

// CopyFile copies a file to a name that does not exist.
func CopyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

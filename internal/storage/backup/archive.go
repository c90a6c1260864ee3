package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/orbit-server/orbit/internal/storage"
)

// WriteArchive writes the copy of a data directory in dir as a tar archive, the
// manifest last. The caller fills m but for the files.
func WriteArchive(ctx context.Context, w io.Writer, dir string, m *Manifest) error {
	out := tar.NewWriter(w)
	entry := func(name string, size int64) error {
		return out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: m.Ended, Format: tar.FormatPAX})
	}
	err := eachFile(ctx, dir, func(name string, size int64, content io.Reader) error {
		if err := entry(name, size); err != nil {
			return err
		}
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(out, sum), content); err != nil {
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
	if err := entry(ManifestName, int64(len(b))); err != nil {
		return err
	}
	if _, err := out.Write(b); err != nil {
		return err
	}
	return out.Close()
}

// eachEntry calls visit for each file of an archive, in its order.
func eachEntry(ctx context.Context, r io.Reader, visit visitor) error {
	in := tar.NewReader(&reader{ctx, r})
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			// What compresses the archive has a checksum at its end.
			_, err := io.Copy(io.Discard, r)
			return broken(err)
		}
		if err != nil {
			return broken(err)
		}
		if h.Typeflag != tar.TypeReg {
			return fmt.Errorf("%w: %q in the archive is no regular file", storage.ErrForeign, h.Name)
		}
		if err := visit(h.Name, h.Size, in); err != nil {
			return broken(err)
		}
	}
}

// broken says of an error in an archive that its data is damaged, where it is.
func broken(err error) error {
	var output *outputError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, storage.ErrCorrupt), errors.Is(err, storage.ErrForeign), errors.As(err, &output):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the archive is cut short", storage.ErrCorrupt)
	}
	return fmt.Errorf("%w: %w", storage.ErrCorrupt, err)
}

package pebblestore

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// Pebble takes the first broken chunk of its manifest for the end of the file: a process
// that was killed may leave one. If data that was safe follows, this would lose it in
// silence. So the manifest is looked through before Pebble opens it, and what proves
// damage is an error. verifylog.go does the same with logs.

// verify looks through the manifest.
func verify(fs vfs.FS, manifest string) error {
	length, err := notedLength(fs, manifestNote, manifest)
	if err != nil {
		return err
	}
	return verifyFile(fs, manifest, func(b []byte, base int64) (bool, error) {
		if len(b) < blockSize && base+int64(len(b)) < length {
			return true, fmt.Errorf("it ends at byte %d, and had %d bytes", base+int64(len(b)), length)
		}
		return verifyManifestBlock(b, base, length)
	})
}

// verifyFile gives the blocks of a file to check until it says done.
func verifyFile(fs vfs.FS, path string, check func(b []byte, base int64) (done bool, err error)) (err error) {
	f, err := fs.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := make([]byte, blockSize)
	for base := int64(0); ; base += blockSize {
		n, err := io.ReadFull(f, b)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return err
		}
		done, checkErr := check(b[:n], base)
		if checkErr != nil {
			return fmt.Errorf("%w: %s: %w", storage.ErrCorrupt, path, checkErr)
		}
		if done || n < blockSize {
			return nil
		}
	}
}

// skipIntact returns where the first chunk stands that does not hold.
func (f format) skipIntact(b []byte) int {
	at := 0
	for {
		end, ok := f.chunkEnd(b[at:])
		if !ok || !intact(b[at:at+end]) {
			return at
		}
		at += end
	}
}

// verifyManifestBlock reports damage in a block of the manifest. Every edit is
// synced before the next is written, and a write cut short leaves a chunk that
// is cut short. So a whole chunk with a wrong checksum is damage, and so is a
// broken one with the beginning of another edit behind it, or one within length, up to
// which all was synced.
func verifyManifestBlock(b []byte, base, length int64) (done bool, err error) {
	at := manifestFormat.skipIntact(b)
	rest := b[at:]
	if len(rest) < manifestHeaderLen {
		return false, nil
	}
	if _, whole := manifestFormat.chunkEnd(rest); whole || base+int64(at) < length {
		return true, fmt.Errorf("damaged at byte %d", base+int64(at))
	}
	for i := 1; i < len(rest); i++ {
		end, ok := manifestFormat.chunkEnd(rest[i:])
		if ok && end > manifestHeaderLen && rest[i+chunkType] <= manifestTypeFull+1 && intact(rest[i:i+end]) {
			return true, fmt.Errorf("damaged at byte %d, while byte %d holds a later edit", base+int64(at), base+int64(at+i))
		}
	}
	return true, nil
}

// ignoreEnd takes the end of a file for no error.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

package pebblestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// Pebble takes the first broken chunk of its manifest, and of its newest log,
// for the end of the file: a process that was killed may leave one. If data that
// was safe follows, this would lose it in silence. So these two files are looked
// through before Pebble opens them, and what proves damage is an error.

// verify looks through the manifest and the newest log of the store in dir.
func verify(fs vfs.FS, dir, manifest string) error {
	if err := verifyFile(fs, manifest, func(b []byte, base int64) (bool, error) {
		return verifyManifestBlock(b, base)
	}); err != nil {
		return err
	}
	names, err := fs.List(dir)
	if err != nil {
		return err
	}
	newest, number := "", uint64(0)
	for _, name := range names {
		digits, isLog := strings.CutSuffix(name, ".log")
		if n, err := strconv.ParseUint(digits, 10, 64); isLog && err == nil && n >= number {
			newest, number = name, n
		}
	}
	if newest == "" {
		return nil
	}
	return verifyFile(fs, fs.PathJoin(dir, newest), func(b []byte, base int64) (bool, error) {
		return verifyLogBlock(b, base, uint32(number))
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
func (f format) skipIntact(b []byte, accept func(chunk []byte) bool) int {
	at := 0
	for {
		end, ok := f.chunkEnd(b[at:])
		if !ok || !intact(b[at:at+end]) || !accept(b[at:at+end]) {
			return at
		}
		at += end
	}
}

// verifyManifestBlock reports damage in a block of the manifest. Every edit is
// synced before the next is written, and a write cut short leaves a chunk that
// is cut short. So a whole chunk with a wrong checksum is damage, and so is a
// broken one with the beginning of another edit behind it.
func verifyManifestBlock(b []byte, base int64) (done bool, err error) {
	everything := func([]byte) bool { return true }
	at := manifestFormat.skipIntact(b, everything)
	rest := b[at:]
	if len(rest) < manifestHeaderLen {
		return false, nil
	}
	if _, whole := manifestFormat.chunkEnd(rest); whole {
		return true, fmt.Errorf("wrong checksum at byte %d", base+int64(at))
	}
	for i := 1; i < len(rest); i++ {
		end, ok := manifestFormat.chunkEnd(rest[i:])
		if ok && end > manifestHeaderLen && rest[i+chunkType] <= manifestTypeFull+1 && intact(rest[i:i+end]) {
			return true, fmt.Errorf("damaged at byte %d, while byte %d holds a later edit", base+int64(at), base+int64(at+i))
		}
	}
	return true, nil
}

// verifyLogBlock reports damage in a block of the log with this number: a chunk
// that is broken although a later one says that its bytes had been synced. Of
// the blocks that follow the broken one, Pebble itself asks this.
func verifyLogBlock(b []byte, base int64, number uint32) (done bool, err error) {
	ours := func(chunk []byte) bool { return binary.LittleEndian.Uint32(chunk[chunkLogNumber:]) == number }
	at := logFormat.skipIntact(b, ours)
	rest := b[at:]
	if len(rest) < logEndHeaderLen {
		return false, nil
	}
	if rest[chunkType] == logEndType && binary.LittleEndian.Uint32(rest[chunkLogNumber:]) == number+1 {
		return true, nil
	}
	if len(rest) < logHeaderLen {
		return false, nil
	}
	broken := uint64(base) + uint64(at)
	for i := 1; i < len(rest); i++ {
		end, ok := logFormat.chunkEnd(rest[i:])
		if !ok {
			continue
		}
		chunk := rest[i : i+end]
		if ours(chunk) && binary.LittleEndian.Uint64(chunk[chunkSynced:]) > broken && intact(chunk) {
			return true, fmt.Errorf("damaged at byte %d, which was on disk when byte %d was written", broken, base+int64(at+i))
		}
	}
	return true, nil
}

package pebblestore

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A manifest whose end is cut off is one of an earlier time: what came since would be
// removed as files that nobody needs. So how long it was when it was synced last is noted
// in a file of its own, which is written and never synced: an older length is a weaker
// promise, and none is none.
//
//	length of the manifest 8, checksum of its name and that 4

// manifestCategory is what Pebble calls its manifest when it creates a file.
const manifestCategory = "pebble-manifest"

const manifestNote = "marker.manifest-length.000001.note"

func noteSum(manifest string, length []byte) uint32 {
	return crc32.Checksum(append([]byte(filepath.Base(manifest)), length...), castagnoli)
}

// manifestLength is how long a manifest was at the least, 0 if nothing is known.
func manifestLength(fsys vfs.FS, manifest string) (int64, error) {
	f, err := fsys.Open(fsys.PathJoin(fsys.PathDir(manifest), manifestNote))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	b := make([]byte, 12)
	_, err = f.ReadAt(b, 0)
	if err := errors.Join(ignoreEnd(err), f.Close()); err != nil {
		return 0, err
	}
	if binary.LittleEndian.Uint32(b[8:]) != noteSum(manifest, b[:8]) {
		return 0, nil
	}
	return int64(binary.LittleEndian.Uint64(b)), nil
}

// manifestFile is a manifest being written.
type manifestFile struct {
	vfs.File
	fs      vfs.FS
	name    string
	written int64
	note    vfs.File // nil until it is first needed
}

// Write implements vfs.File.
func (f *manifestFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.written += int64(n)
	return n, err
}

// Sync implements vfs.File. A length that cannot be noted is one promise less.
func (f *manifestFile) Sync() error {
	err := f.File.Sync()
	if err == nil && f.note == nil {
		f.note, _ = f.fs.OpenReadWrite(f.fs.PathJoin(f.fs.PathDir(f.name), manifestNote), vfs.WriteCategoryUnspecified)
	}
	if err == nil && f.note != nil {
		b := binary.LittleEndian.AppendUint64(nil, uint64(f.written))
		_, _ = f.note.WriteAt(binary.LittleEndian.AppendUint32(b, noteSum(f.name, b)), 0)
	}
	return err
}

// Close implements vfs.File.
func (f *manifestFile) Close() error {
	err := f.File.Close()
	if f.note != nil {
		err = errors.Join(err, f.note.Close())
	}
	return err
}

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
// removed as files that nobody needs. A log whose end is cut off is one that a crash cut
// short, though it had been closed. So how long the manifest was when it was synced last,
// and the last log when it was closed, is noted in files of their own, which are written
// and never synced: an older length is a weaker promise, and none is none.
//
//	length of the file 8, checksum of its name and that 4

// manifestCategory is what Pebble calls its manifest when it creates a file.
const manifestCategory = "pebble-manifest"

// The notes, named so that Pebble lets them be.
const (
	manifestNote = "marker.manifest-length.000001.note"
	logNote      = "marker.log-length.000001.note"
)

func noteSum(path string, length []byte) uint32 {
	return crc32.Checksum(append([]byte(filepath.Base(path)), length...), castagnoli)
}

// openNote opens the note beside the file at path, which is made if there is none.
func openNote(fsys vfs.FS, note, path string) (vfs.File, error) {
	return fsys.OpenReadWrite(fsys.PathJoin(fsys.PathDir(path), note), vfs.WriteCategoryUnspecified)
}

// noteLength notes how long the file at path is. What cannot be noted is one promise less.
func noteLength(f vfs.File, path string, length int64) {
	b := binary.LittleEndian.AppendUint64(nil, uint64(length))
	_, _ = f.WriteAt(binary.LittleEndian.AppendUint32(b, noteSum(path, b)), 0)
}

// notedLength is how long the file at path was at the least, 0 if nothing is known.
func notedLength(fsys vfs.FS, note, path string) (int64, error) {
	f, err := fsys.Open(fsys.PathJoin(fsys.PathDir(path), note))
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
	if binary.LittleEndian.Uint32(b[8:]) != noteSum(path, b[:8]) {
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

// Sync implements vfs.File.
func (f *manifestFile) Sync() error {
	err := f.File.Sync()
	if err == nil && f.note == nil {
		f.note, _ = openNote(f.fs, manifestNote, f.name)
	}
	if err == nil && f.note != nil {
		noteLength(f.note, f.name, f.written)
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

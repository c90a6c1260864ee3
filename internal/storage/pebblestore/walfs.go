package pebblestore

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// walCategory is what Pebble calls its write-ahead log when it creates a file.
const walCategory = "pebble-wal"

// lazySyncDelay is how long EverySec leaves written log bytes without fsync. It
// is less than the second that EverySec promises, to leave time for the fsync.
const lazySyncDelay = 800 * time.Millisecond

// walFS stands between Pebble and the file system and gives the write-ahead log
// the behaviour that Pebble lacks. All other files pass through.
//
// When lazy is set, a log file's sync returns at once and the fsync follows
// within a second; Pebble then takes a commit for synced when its bytes have
// been handed to the operating system, which is EverySec. A closed log file is
// always fsynced first, so a log is never followed by a newer one while its own
// tail could still be lost.
//
// The first write or sync of a log file that fails is kept, and Pebble is not
// told of it, for it would end the process. The store asks failure before it
// commits and before it says that a commit is durable; so nothing is
// acknowledged after a failure, and reads go on.
type walFS struct {
	vfs.FS
	lazy atomic.Bool
	logs *logVerifier // of the logs that Pebble opens; nil once the store is open

	failed atomic.Pointer[error]
	pause  atomic.Bool // the next table is one that is tried again
	syncs  atomic.Uint64

	mu    sync.Mutex
	dirty map[*walFile]struct{}
	timer bool // a sync of dirty is on its way
}

func newWALFS(fs vfs.FS, lazy bool) *walFS {
	w := &walFS{FS: fs, dirty: make(map[*walFile]struct{})}
	w.lazy.Store(lazy)
	return w
}

// retryPause is how long a flush or compaction waits that comes after one that failed:
// Pebble would try again at once, on a full disk forever.
const retryPause = 250 * time.Millisecond

// Create implements vfs.FS.
func (fs *walFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, ".sst") && fs.pause.Swap(false) {
		time.Sleep(retryPause)
	}
	f, err := fs.FS.Create(name, category)
	return fs.wrap(name, f, err, category)
}

// Open implements vfs.FS. Logs are opened when they are replayed, and looked through before.
func (fs *walFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	if number, ok := logNumber(name); ok && fs.logs != nil {
		if err := fs.logs.verify(fs.FS, name, number); err != nil {
			return nil, err
		}
	}
	return fs.FS.Open(name, opts...)
}

// ReuseForWrite implements vfs.FS: an old log file becomes the next one.
func (fs *walFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(oldname, newname, category)
	return fs.wrap(newname, f, err, category)
}

// Unwrap implements vfs.FS.
func (fs *walFS) Unwrap() vfs.FS { return fs.FS }

func (fs *walFS) wrap(name string, f vfs.File, err error, category vfs.DiskWriteCategory) (vfs.File, error) {
	switch {
	case err == nil && category == manifestCategory:
		return &manifestFile{File: f, fs: fs.FS, name: name}, nil
	case err != nil || category != walCategory:
		return f, err
	}
	number, _ := logNumber(name)
	return &walFile{File: f, fs: fs, name: name, number: uint32(number)}, nil
}

// failure returns the error that made the log unusable, or nil.
func (fs *walFS) failure() error {
	if err := fs.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (fs *walFS) fail(what string, err error) {
	err = fmt.Errorf("pebblestore: %s the log failed, and the store takes no more writes until it is opened anew: %w", what, err)
	fs.failed.CompareAndSwap(nil, &err)
}

// syncLater sees to it that f is fsynced within a second.
func (fs *walFS) syncLater(f *walFile) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.dirty[f] = struct{}{}
	if !fs.timer {
		fs.timer = true
		time.AfterFunc(lazySyncDelay, fs.syncDirty)
	}
}

// syncDirty fsyncs all log files that wait for it.
func (fs *walFS) syncDirty() {
	fs.mu.Lock()
	files := make([]*walFile, 0, len(fs.dirty))
	for f := range fs.dirty {
		files = append(files, f)
	}
	clear(fs.dirty)
	fs.timer = false
	fs.mu.Unlock()
	for _, f := range files {
		f.syncNow()
	}
}

func (fs *walFS) forget(f *walFile) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.dirty, f)
}

// walFile is a write-ahead log file being written.
type walFile struct {
	vfs.File
	fs      *walFS
	name    string
	number  uint32       // low bits of the log's
	written atomic.Int64 // bytes handed to the operating system
	synced  atomic.Int64 // bytes known to be on disk
	waiting atomic.Bool  // an fsync is due
	mu      sync.Mutex   // held while fsyncing and closing
	closed  bool
}

// Write implements vfs.File. After a failure it drops the bytes: what follows a
// gap in a log is never read.
func (f *walFile) Write(p []byte) (int, error) {
	if f.fs.failure() != nil {
		return len(p), nil //nolint:nilerr // the failure is told by every later Apply and Wait
	}
	restamp(p, f.synced.Load())
	n, err := f.File.Write(p)
	f.written.Add(int64(n))
	if err != nil {
		f.fs.fail("writing to", err)
	}
	return len(p), nil
}

// Sync implements vfs.File.
func (f *walFile) Sync() error { return f.SyncData() }

// SyncData implements vfs.File.
func (f *walFile) SyncData() error {
	if f.fs.lazy.Load() && !f.waiting.Swap(true) {
		f.fs.syncLater(f)
	}
	if !f.fs.lazy.Load() { // asked once more: whoever ended it may have looked at dirty before
		f.syncNow()
	}
	return nil
}

// SyncTo implements vfs.File: it only asks the system to start writing.
func (f *walFile) SyncTo(length int64) (bool, error) {
	if _, err := f.File.SyncTo(length); err != nil {
		f.fs.fail("writing back", err)
	}
	return false, nil
}

// Close implements vfs.File. It fsyncs what is not yet on disk, and says so behind it.
func (f *walFile) Close() error {
	f.fs.forget(f)
	if f.written.Load() > f.synced.Load() {
		f.syncNow()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.seal()
	if err := f.File.Close(); err != nil {
		f.fs.fail("closing", err)
	}
	return nil
}

// seal writes a chunk behind the end of a log that says that all before it is on disk, and
// notes where that is, so that damage of its last writes can be told. Nobody reads them
// but verifylog.go. A log without any writes needs neither.
func (f *walFile) seal() {
	written := f.written.Load()
	if written <= logEndHeaderLen || f.synced.Load() < written || f.fs.failure() != nil {
		return
	}
	var b []byte
	if left := blockSize - written%blockSize; left < logHeaderLen {
		b = make([]byte, left)
	}
	// A seal or note that is not written is one sign less.
	_, _ = f.File.Write(append(b, sealOf(f.number, uint64(written))...))
	if note, err := openNote(f.fs.FS, logNote, f.name); err == nil {
		noteLength(note, f.name, written)
		_ = note.Close() // as above
	}
}

// syncNow fsyncs what is written so far.
func (f *walFile) syncNow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.fs.failure() != nil {
		return
	}
	f.waiting.Store(false)
	written := f.written.Load()
	if err := f.File.SyncData(); err != nil {
		f.fs.fail("syncing", err)
		return
	}
	f.synced.Store(written)
	f.fs.syncs.Add(1)
}

package frontstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// lazySyncDelay is how long EverySec leaves written bytes without fsync. It is
// less than the second that EverySec promises, to leave time for the fsync.
const lazySyncDelay = 800 * time.Millisecond

// journalCategory names the journal's writes to the file system.
const journalCategory vfs.DiskWriteCategory = "orbit-journal"

// journal is the log of writes that are not in Pebble's tables yet.
//
// A write that fails (the disk is full) is as if it had not been tried: the next
// one begins at the same place. A sync that fails leaves unknown what is on disk:
// the failure is kept, and nothing is acknowledged any more until the store is
// opened anew.
type journal struct {
	fs   vfs.FS
	dir  string
	lazy atomic.Bool // fsync within a second

	failed atomic.Pointer[error]
	syncs  atomic.Uint64
	synced atomic.Uint64 // place up to which all is on disk
	bytes  atomic.Int64  // of the segments' files

	writing *segment // the newest one; who appends or begins has it to himself

	syncMu sync.Mutex // held while fsyncing and closing files
	mu     sync.Mutex // guards what follows
	// segments are oldest first; the last one is written to.
	segments []*segment
	end      uint64 // place where the next record goes
	timer    bool   // a lazy sync is on its way
}

// segment is one file of the journal.
type segment struct {
	header
	start uint64 // place of its first byte
	name  string
	file  vfs.File
}

func segmentName(number uint64) string { return fmt.Sprintf("%08d%s", number, segmentSuffix) }

const segmentSuffix = ".journal"

// failure returns the error that ended the journal, or nil.
func (j *journal) failure() error {
	if err := j.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (j *journal) fail(err error) error {
	err = fmt.Errorf("frontstore: syncing the journal failed, and the store takes no more writes until it is opened anew: %w", err)
	j.failed.CompareAndSwap(nil, &err)
	return j.failure()
}

// create makes the file of a segment, which is not in use yet.
func (j *journal) create(number uint64) (*segment, error) {
	name := j.fs.PathJoin(j.dir, segmentName(number))
	f, err := j.fs.OpenReadWrite(name, journalCategory)
	if err != nil {
		return nil, fmt.Errorf("frontstore: new journal segment: %w", err)
	}
	s := &segment{header: header{number: number, salt: rand.Uint64()}, name: name, file: f}
	_, err = f.WriteAt(s.encode(), 0)
	if err == nil {
		err = errors.Join(f.SyncData(), syncDir(j.fs, j.dir))
	}
	if err != nil {
		return nil, fmt.Errorf("frontstore: new journal segment: %w", errors.Join(err, j.abandon(s)))
	}
	return s, nil
}

// abandon removes a segment that was not used.
func (j *journal) abandon(s *segment) error {
	return errors.Join(s.file.Close(), j.fs.Remove(s.name))
}

// begin goes on in a new segment. Nobody appends meanwhile.
func (j *journal) begin(s *segment) error {
	s.start = j.end
	link := binary.LittleEndian.AppendUint64(make([]byte, recordHeader, linkRecord), s.start)
	stamp(link, s.salt, segmentHeader, j.synced.Load())
	if _, err := s.file.WriteAt(link, segmentHeader); err != nil {
		return fmt.Errorf("frontstore: new journal segment: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments, j.writing = append(j.segments, s), s
	j.end += segmentHeader + linkRecord
	j.bytes.Add(segmentHeader + linkRecord)
	return nil
}

// append writes a record, for whose header there is room, and returns the place
// where it ends. One call at a time.
func (j *journal) append(record []byte) (end uint64, err error) {
	if err := j.failure(); err != nil {
		return 0, err
	}
	s := j.writing
	offset := j.end - s.start
	stamp(record, s.salt, offset, j.synced.Load())
	if _, err := s.file.WriteAt(record, int64(offset)); err != nil {
		return 0, fmt.Errorf("frontstore: writing the journal: %w", err)
	}
	j.mu.Lock()
	j.end += uint64(len(record))
	end = j.end
	wake := j.lazy.Load() && !j.timer
	j.timer = j.timer || wake
	j.mu.Unlock()
	j.bytes.Add(int64(len(record)))
	if wake {
		time.AfterFunc(lazySyncDelay, j.syncLate)
	}
	return end, nil
}

// syncSoon sets a lazy sync off, unless one is on its way.
func (j *journal) syncSoon() {
	j.mu.Lock()
	wake := !j.timer
	j.timer = true
	j.mu.Unlock()
	if wake {
		time.AfterFunc(lazySyncDelay, j.syncLate)
	}
}

// place is where the journal ends now.
func (j *journal) place() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.end
}

// current is the number of the segment that is written to.
func (j *journal) current() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.segments[len(j.segments)-1].number
}

// sync puts all that is written on disk.
func (j *journal) sync() error { return j.syncTo(j.place()) }

// syncLate is the lazy sync.
func (j *journal) syncLate() {
	j.mu.Lock()
	j.timer = false
	j.mu.Unlock()
	_ = j.sync() // failure tells it from now on
}

// syncTo returns when all before place is on disk. Callers share fsyncs: while
// one runs the others wait, and the next one serves them all.
func (j *journal) syncTo(place uint64) error {
	if j.synced.Load() >= place {
		return j.failure()
	}
	j.syncMu.Lock()
	defer j.syncMu.Unlock()
	if err := j.failure(); err != nil || j.synced.Load() >= place {
		return err
	}
	j.mu.Lock()
	end := j.end
	segments := append([]*segment(nil), j.segments...)
	j.mu.Unlock()
	// The oldest first: what is on disk is always a beginning of the journal.
	for i, s := range segments {
		if i+1 < len(segments) && segments[i+1].start <= j.synced.Load() {
			continue
		}
		if err := s.file.SyncData(); err != nil {
			return j.fail(err)
		}
		j.syncs.Add(1)
	}
	j.synced.Store(end)
	return nil
}

// remove deletes the segments up to number, whose writes are safe elsewhere. The
// oldest goes first, and for good, before the next: what a crash leaves is an end
// of the journal, which may be replayed over what it led to.
func (j *journal) remove(number uint64) error {
	j.syncMu.Lock()
	defer j.syncMu.Unlock()
	for {
		j.mu.Lock()
		s := j.segments[0]
		last := len(j.segments) == 1 || s.number > number
		j.mu.Unlock()
		if last {
			return nil
		}
		if err := j.anchor(); err != nil {
			return err
		}
		if err := removeFile(j.fs, j.dir, s.name); err != nil {
			return err // it is still listed, for the next time
		}
		j.mu.Lock()
		j.segments = j.segments[1:]
		j.bytes.Add(-int64(j.segments[0].start - s.start))
		j.mu.Unlock()
		if err := s.file.Close(); err != nil {
			return fmt.Errorf("frontstore: removing a journal segment: %w", err)
		}
	}
}

// anchor puts the first record of the second segment on disk, which is to be the first.
// What is before it is on disk. The caller holds syncMu.
func (j *journal) anchor() error {
	j.mu.Lock()
	s := j.segments[1]
	j.mu.Unlock()
	if j.synced.Load() >= s.start+segmentHeader+linkRecord {
		return nil
	}
	if err := s.file.SyncData(); err != nil {
		return j.fail(err)
	}
	j.syncs.Add(1)
	return nil
}

// removeFile removes a segment for good.
func removeFile(fsys vfs.FS, dir, name string) error {
	err := fsys.Remove(name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = syncDir(fsys, dir)
	}
	if err != nil {
		return fmt.Errorf("frontstore: removing a journal segment: %w", err)
	}
	return nil
}

// close closes the files and leaves them.
func (j *journal) close() error {
	j.syncMu.Lock()
	defer j.syncMu.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	var errs []error
	for _, s := range j.segments {
		errs = append(errs, s.file.Close())
	}
	j.segments = nil
	j.synced.Store(j.end) // a timer that is still to come finds nothing to do
	return errors.Join(errs...)
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

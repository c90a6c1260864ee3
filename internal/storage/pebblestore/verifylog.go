package pebblestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// Pebble takes much for the end of a log that is none: a log that was cut off where one
// of its blocks or records ends, whichever log it is; a header with the number of the
// next log; a chunk that is broken, unless a later block says that it had been on disk.
// So each log is looked through when Pebble opens it to replay it. What may be missing is
// the end of the newest log, and only what a crash can take:
//
//   - A process that was killed leaves all that it wrote, but perhaps for a beginning of
//     its last write. So nothing whole may follow what is broken.
//   - When the machine stopped, any of what was not synced may be lost: what is whole may
//     follow what is broken, if it does not say that this had been synced.
//
// Which of the two it was is told by boot.go.
//
// Batches have sequence numbers without gaps, for a store with a log ingests no tables:
// one that is missing is told by the number of the next.

// logVerifier looks through the logs of a store, the oldest first.
type logVerifier struct {
	newest uint64 // the number of the newest log
	ran    bool   // the machine has run since they were written
	next   uint64 // sequence number of the next batch; 0 as long as it may be any
	torn   tornLog
	damage error // that was met
}

// tornLog is the newest log, if it ends in what a crash cut short.
type tornLog struct {
	path    string
	at      int64 // where that begins; all before it is read
	dropped int64 // bytes from there to the last whole chunk, 0 if there is none
	empty   bool  // nothing whole is before it
}

// logNumber is the number of the log of that name.
func logNumber(path string) (number uint64, ok bool) {
	digits, ok := strings.CutSuffix(filepath.Base(path), ".log")
	number, err := strconv.ParseUint(digits, 10, 64)
	return number, ok && err == nil
}

// newLogVerifier begins with the store in dir.
func newLogVerifier(fs vfs.FS, dir string, ran bool) (*logVerifier, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	v := &logVerifier{ran: ran}
	for _, name := range names {
		if n, ok := logNumber(name); ok {
			v.newest = max(v.newest, n)
		}
	}
	return v, nil
}

// verify looks through the log at path.
func (v *logVerifier) verify(fs vfs.FS, path string, number uint64) (err error) {
	f, err := fs.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	length, err := notedLength(fs, logNote, path)
	if err != nil {
		return err
	}
	s := newLogScan(uint32(number), v.next)
	s.closed = length
	if err := s.read(f); err != nil {
		return err
	}
	if err := v.judge(s, number); err != nil {
		v.damage = fmt.Errorf("%w: %s: %w", storage.ErrCorrupt, path, err)
		return v.damage
	}
	v.next = s.next
	if s.broken >= 0 {
		v.torn = tornLog{path, s.broken, max(s.last-s.broken, 0), !s.records}
	}
	return nil
}

// judge tells damage from what a crash cut short.
func (v *logVerifier) judge(s *logScan, number uint64) error {
	switch {
	case s.gap != nil:
		return s.gap
	case s.size < s.closed:
		return fmt.Errorf("it ends at byte %d, and had %d bytes when it was closed", s.size, s.closed)
	case s.broken < 0:
		return nil
	case s.claim >= 0:
		return fmt.Errorf("damaged at byte %d, which was on disk when byte %d was written", s.broken, s.claim)
	case s.later >= 0 && (v.ran || number != v.newest):
		return fmt.Errorf("damaged at byte %d, while byte %d holds a later write", s.broken, s.later)
	case number != v.newest:
		return fmt.Errorf("damaged at byte %d: a later log follows, so this one must be whole", s.broken)
	}
	return nil
}

// logScan is one log as it is looked through.
type logScan struct {
	number uint32
	next   uint64 // as logVerifier's
	size   int64  // of the file, as far as it was read
	closed int64  // how long it was when it was closed, 0 if that is not known

	ended   bool  // the mark of its end was met
	broken  int64 // where the first chunk, or record, stands that does not hold; -1: none
	later   int64 // where a whole chunk stands behind it; -1: none
	last    int64 // where the last such chunk ends; -1: none
	claim   int64 // where one stands that says that broken had been on disk; -1: none
	gap     error // writes that are missing
	records bool  // there are whole ones

	inside bool     // of a record that goes on
	start  int64    // of the record
	header [12]byte // of the batch that it is: sequence number 8, count 4
	have   int      // how much of that was met
}

func newLogScan(number uint32, next uint64) *logScan {
	return &logScan{number: number, next: next, broken: -1, later: -1, last: -1, claim: -1}
}

// read looks through a log, up to its end or damage.
func (s *logScan) read(r io.Reader) error {
	b := make([]byte, blockSize)
	for base := int64(0); !s.ended && s.gap == nil; base += blockSize {
		n, err := io.ReadFull(r, b)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return err
		}
		s.size += int64(n)
		s.block(b[:n], base)
		if n < blockSize {
			break
		}
	}
	if s.broken < 0 && s.inside {
		s.broken = s.start
	}
	return nil
}

// block looks through a block, which stands at base.
func (s *logScan) block(b []byte, base int64) {
	at := 0
	if s.broken < 0 {
		if at = s.walk(b, base); s.broken < 0 {
			return
		}
		at++
	}
	for ; at+logHeaderLen <= len(b); at++ {
		end, ok := logFormat.chunkEnd(b[at:])
		if chunk := b[at:min(at+end, len(b))]; ok && s.owns(chunk) {
			s.behind(chunk, base+int64(at))
		}
	}
}

// behind takes a whole chunk that stands behind what is broken.
func (s *logScan) behind(chunk []byte, at int64) {
	if s.later < 0 {
		s.later = at
	}
	s.last = at + int64(len(chunk))
	if s.claim < 0 && binary.LittleEndian.Uint64(chunk[chunkSynced:]) > uint64(s.broken) {
		s.claim = at
	}
}

// owns tells that a chunk is whole, and of this log: a file that was a log before holds
// chunks of that too.
func (s *logScan) owns(chunk []byte) bool {
	return binary.LittleEndian.Uint32(chunk[chunkLogNumber:]) == s.number && intact(chunk)
}

// walk goes from chunk to chunk, and returns where it stopped.
func (s *logScan) walk(b []byte, base int64) (at int) {
	for s.gap == nil {
		rest := b[at:]
		if len(rest) < manifestHeaderLen || len(rest) < logHeaderLen && len(b) == blockSize && zeros(rest) {
			if len(b) < blockSize && len(rest) > 0 {
				s.broken = base + int64(at)
			}
			return at
		}
		if s.isEnd(rest) {
			s.ended = true
			return at
		}
		end, ok := logFormat.chunkEnd(rest)
		if !ok || !s.owns(rest[:end]) || !s.take(rest[:end], base+int64(at)) {
			s.broken = base + int64(at)
			return at
		}
		at += end
	}
	return at
}

// isEnd recognises the mark of the log's end.
func (s *logScan) isEnd(b []byte) bool {
	return len(b) >= logEndHeaderLen && zeros(b[:chunkType]) && b[chunkType] == logEndType &&
		binary.LittleEndian.Uint32(b[chunkLogNumber:]) == s.number+1
}

// take takes the next chunk. False says that it cannot stand there.
func (s *logScan) take(chunk []byte, at int64) bool {
	part := chunk[chunkType] - logFormat.typeFull
	if begins := part == partFull || part == partFirst; begins == s.inside {
		return false
	} else if begins {
		s.start, s.have = at, 0
	}
	s.have += copy(s.header[s.have:], chunk[logHeaderLen:])
	s.inside = part == partFirst || part == partMiddle
	if s.inside {
		return true
	}
	if s.have < len(s.header) {
		return false
	}
	s.records = true
	s.follow()
	return true
}

// follow sees that the batch which was read is the one that follows.
func (s *logScan) follow() {
	seq, count := binary.LittleEndian.Uint64(s.header[:]), binary.LittleEndian.Uint32(s.header[8:])
	if s.next != 0 && seq != s.next {
		s.gap = fmt.Errorf("at byte %d follows write %d, where write %d must: what is between them is lost", s.start, seq, s.next)
	}
	s.next = seq + uint64(count)
}

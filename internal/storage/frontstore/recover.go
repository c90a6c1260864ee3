package frontstore

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// replayed is what replay found.
type replayed struct {
	numbers []uint64 // of the segments there are, in order
	end     uint64   // place after the last record
	broken  string   // the file in which something broken follows it, "" if nothing does
	at      int64    // where in that file
	left    bool     // whole records follow that, which are left out
}

// replay reads the journal in dir and calls apply with the body of each record,
// in order, up to the first that a crash cut short. It changes no file. ran says that
// the machine has run since the journal was written: then only a beginning of the last
// record can have been cut short, and nothing whole may follow.
func replay(fsys vfs.FS, dir string, ran bool, apply func(body []byte) error) (r replayed, err error) {
	if r.numbers, err = listSegments(fsys, dir); err != nil {
		return r, err
	}
	for i, number := range r.numbers {
		path := fsys.PathJoin(dir, segmentName(number))
		if i > 0 && number != r.numbers[i-1]+1 {
			return r, fmt.Errorf("frontstore: %w: %s is missing, and %s there", storage.ErrCorrupt,
				fsys.PathJoin(dir, segmentName(r.numbers[i-1]+1)), segmentName(number))
		}
		whole, err := r.segment(fsys, dir, number, i == 0, apply)
		if err != nil {
			return r, fmt.Errorf("frontstore: %s: %w", path, err)
		}
		if !whole {
			if r.broken == "" {
				r.broken = path
			}
			return r, r.verifyRest(fsys, dir, r.numbers[i:], ran)
		}
	}
	return r, nil
}

func listSegments(fsys vfs.FS, dir string) (numbers []uint64, err error) {
	names, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("frontstore: %w", err)
	}
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, segmentSuffix)
		n, err := strconv.ParseUint(digits, 10, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("frontstore: %w: the journal has %s", storage.ErrForeign, name)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers, nil
}

// syncSegments puts the journal in dir on disk as it is.
func syncSegments(fsys vfs.FS, dir string) error {
	numbers, err := listSegments(fsys, dir)
	if err != nil {
		return err
	}
	for _, number := range numbers {
		f, err := fsys.OpenReadWrite(fsys.PathJoin(dir, segmentName(number)), journalCategory)
		if err == nil {
			err = errors.Join(f.SyncData(), f.Close())
		}
		if err != nil {
			return fmt.Errorf("frontstore: %w", err)
		}
	}
	return nil
}

// segment replays one file; whole says that it has no broken end.
func (r *replayed) segment(fsys vfs.FS, dir string, number uint64, first bool, apply func([]byte) error) (whole bool, err error) {
	f, size, err := openSegment(fsys, dir, number)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReaderSize(f, 1<<20)
	r.at = 0
	b, err := in.Peek(segmentHeader)
	if err != nil {
		return false, ignoreEnd(err) // it was being made
	}
	h, ok := decodeHeader(b)
	if !ok || h.number != number {
		return false, fmt.Errorf("%w: the header is broken", storage.ErrCorrupt)
	}
	if _, err := in.Discard(segmentHeader); err != nil {
		return false, err
	}
	var body []byte
	for offset := int64(segmentHeader); offset < size; {
		r.at = offset
		b, err := in.Peek(recordHeader)
		if err != nil {
			return false, ignoreEnd(err)
		}
		rec, ok := readRecord(b, h.salt, uint64(offset))
		if !ok || int64(rec.length) > size-offset-recordHeader {
			return false, nil
		}
		if _, err := in.Discard(recordHeader); err != nil {
			return false, err
		}
		body = slices.Grow(body[:0], rec.length)[:rec.length]
		if _, err := io.ReadFull(in, body); err != nil {
			return false, ignoreEnd(err)
		}
		if !intact(body, rec) {
			return false, nil
		}
		if offset == segmentHeader {
			start := binary.LittleEndian.Uint64(body)
			if !first && start != r.end {
				return false, r.lacks(fsys, dir, number-1)
			}
			r.end = start + segmentHeader
		} else if err := apply(body); err != nil {
			return false, err
		}
		r.end += uint64(recordHeader + rec.length)
		offset += int64(recordHeader + rec.length)
		if cap(body) > sharedBody { // a table may have kept it
			body = nil
		}
	}
	return size > segmentHeader, nil
}

// lacks notes that the end of a segment is lost, for the next one begins further on.
func (r *replayed) lacks(fsys vfs.FS, dir string, number uint64) error {
	f, size, err := openSegment(fsys, dir, number)
	if err != nil {
		return err
	}
	r.broken, r.at = fsys.PathJoin(dir, segmentName(number)), size
	return f.Close()
}

// ignoreEnd takes the end of a file for a record cut short.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// verifyRest looks at what follows the end of the journal, from that segment on, for
// what cannot be there if a crash cut it short.
func (r *replayed) verifyRest(fsys vfs.FS, dir string, numbers []uint64, ran bool) error {
	for i, number := range numbers {
		path := fsys.PathJoin(dir, segmentName(number))
		rest, err := r.rest(fsys, dir, number)
		if err != nil {
			return fmt.Errorf("frontstore: %s: %w", path, err)
		}
		if proof := rest.proof(segmentName(number), ran, i == len(numbers)-1); proof != "" {
			return fmt.Errorf("frontstore: %w: %s: damaged at byte %d: %s", storage.ErrCorrupt, r.broken, r.at, proof)
		}
		r.left = r.left || rest.whole >= 0
	}
	return nil
}

// signs are what a segment has behind the end of the journal; -1 is nothing.
type signs struct {
	whole    int64 // where the first whole record stands
	claim    int64 // where one says that more of the journal was on disk
	headless bool  // it has no header, which is on disk before a segment is used
}

// proof says how they show that no crash cut the journal short before, "" if they do not.
func (s signs) proof(name string, ran, last bool) string {
	switch {
	case s.claim >= 0:
		return fmt.Sprintf("it was on disk when byte %d of %s was written", s.claim, name)
	case s.whole >= 0 && ran:
		return fmt.Sprintf("byte %d of %s holds a later write", s.whole, name)
	case s.headless && !last:
		return name + " follows, and has lost its beginning"
	}
	return ""
}

// rest looks through a segment from r.at on if the journal ends in it, else all of it.
func (r *replayed) rest(fsys vfs.FS, dir string, number uint64) (s signs, err error) {
	s = signs{-1, -1, false}
	f, size, err := openSegment(fsys, dir, number)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := make([]byte, segmentHeader)
	if _, err := f.ReadAt(b, 0); err != nil {
		s.headless = true
		return s, ignoreEnd(err)
	}
	h, ok := decodeHeader(b)
	if !ok {
		s.claim = 0
		return s, nil
	}
	at := int64(segmentHeader) // the first record, too, says that there is more
	if r.broken == fsys.PathJoin(dir, segmentName(number)) {
		at = max(at, r.at+1)
	}
	in := bufio.NewReaderSize(io.NewSectionReader(f, at, size-at), 1<<20)
	for s.claim < 0 {
		b, err := in.Peek(recordHeader)
		if err != nil {
			return s, ignoreEnd(err)
		}
		step := 1
		if rec, ok := readRecord(b, h.salt, uint64(at)); ok && int64(rec.length) <= size-at-recordHeader {
			if s.whole < 0 {
				s.whole = at
			}
			if rec.synced > r.end {
				s.claim = at
			}
			step = recordHeader + rec.length
		}
		n, err := in.Discard(step)
		if err != nil {
			return s, ignoreEnd(err)
		}
		at += int64(n)
	}
	return s, nil
}

func openSegment(fsys vfs.FS, dir string, number uint64) (vfs.File, int64, error) {
	f, err := fsys.Open(fsys.PathJoin(dir, segmentName(number)))
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

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
	dropped bool     // something broken followed it
}

// replay reads the journal in dir and calls apply with the body of each record,
// in order, up to the first that a crash cut short. It changes no file.
func replay(fsys vfs.FS, dir string, apply func(body []byte) error) (r replayed, err error) {
	if r.numbers, err = listSegments(fsys, dir); err != nil {
		return r, err
	}
	for i, number := range r.numbers {
		whole, err := r.segment(fsys, dir, number, i == 0, apply)
		if err != nil {
			return r, fmt.Errorf("frontstore: %s: %w", fsys.PathJoin(dir, segmentName(number)), err)
		}
		if !whole {
			r.dropped = true
			return r, r.verifyRest(fsys, dir, r.numbers[i:])
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
				return false, nil // the end of the one before is lost
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

// ignoreEnd takes the end of a file for a record cut short.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// verifyRest looks at what follows the end of the journal, from that segment on,
// for a sign that more of it had been on disk.
func (r *replayed) verifyRest(fsys vfs.FS, dir string, numbers []uint64) error {
	for _, number := range numbers {
		at, err := r.claims(fsys, dir, number)
		if err != nil {
			return fmt.Errorf("frontstore: %s: %w", fsys.PathJoin(dir, segmentName(number)), err)
		}
		if at >= 0 {
			return fmt.Errorf("frontstore: %w: the journal is damaged at place %d, which was on disk when byte %d of %s was written",
				storage.ErrCorrupt, r.end, at, segmentName(number))
		}
	}
	return nil
}

// claims returns where a segment says that the journal was on disk beyond r.end,
// or -1.
func (r *replayed) claims(fsys vfs.FS, dir string, number uint64) (at int64, err error) {
	f, size, err := openSegment(fsys, dir, number)
	if err != nil {
		return -1, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := make([]byte, segmentHeader)
	if _, err := f.ReadAt(b, 0); err != nil {
		return -1, ignoreEnd(err)
	}
	h, ok := decodeHeader(b)
	if !ok {
		return 0, nil
	}
	at = segmentHeader
	in := bufio.NewReaderSize(io.NewSectionReader(f, at, size-at), 1<<20)
	for {
		b, err := in.Peek(recordHeader)
		if err != nil {
			return -1, ignoreEnd(err)
		}
		step := 1
		if rec, ok := readRecord(b, h.salt, uint64(at)); ok {
			if rec.synced > r.end {
				return at, nil
			}
			step = recordHeader + rec.length
		}
		n, err := in.Discard(step)
		if err != nil {
			return -1, ignoreEnd(err)
		}
		at += int64(n)
	}
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

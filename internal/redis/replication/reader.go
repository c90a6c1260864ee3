package replication

import "errors"

// ErrLost says that a reader was too far behind: what it should read next is not
// kept any more.
var ErrLost = errors.New("replication: the reader is too far behind")

// Reader reads the stream from an offset on. It is used by one goroutine at a
// time.
type Reader struct {
	feed *Feed
	wake func()

	// Guarded by the feed's mutex.
	pos   int64
	waits bool // Next gave nothing
	lost  bool
}

// Next appends up to about limit bytes of the stream to dst. If there are none the
// reader's wake is called once there are.
func (r *Reader) Next(dst []byte, limit int) ([]byte, error) {
	f := r.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.lost {
		return dst, ErrLost
	}
	// All chunks but the last are full.
	for limit > 0 && r.pos < f.offset {
		at := int(r.pos - f.first)
		part := f.chunks[at/chunkSize][at%chunkSize:]
		part = part[:min(len(part), limit)]
		dst = append(dst, part...)
		limit -= len(part)
		r.pos += int64(len(part))
	}
	r.waits = r.pos == f.offset
	return dst, nil
}

// Lost reports whether the reader was too far behind.
func (r *Reader) Lost() bool {
	r.feed.mu.Lock()
	defer r.feed.mu.Unlock()
	return r.lost
}

// Lag is the number of bytes the reader is behind.
func (r *Reader) Lag() int64 {
	r.feed.mu.Lock()
	defer r.feed.mu.Unlock()
	if r.lost {
		return 0
	}
	return r.feed.offset - r.pos
}

// Close ends the reading.
func (r *Reader) Close() {
	r.feed.mu.Lock()
	defer r.feed.mu.Unlock()
	if _, open := r.feed.readers[r]; open {
		delete(r.feed.readers, r)
		r.feed.noteLeft()
		r.feed.trim()
	}
}

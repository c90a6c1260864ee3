package replication

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// chunkSize is the unit in which the stream is kept.
const chunkSize = 64 << 10

// Feed is the stream. While nobody has ever attached it keeps and costs nothing.
// It is safe for concurrent use.
type Feed struct {
	following atomic.Bool
	// Limits, which may change at any time: bytes to keep for those who come back,
	// and bytes a reader may be behind (0: no limit).
	Backlog, MaxLag func() int64

	mu      sync.Mutex
	id      string // names the history; new when the feed begins
	offset  int64  // bytes of the stream so far
	first   int64  // offset of the first byte kept
	chunks  [][]byte
	db      int // selected by the stream, -1 if a reader does not know it
	readers map[*Reader]struct{}
	left    time.Time // when the last reader left
}

var _ keyspace.Follower = (*Feed)(nil)

// New makes a feed that begins with the first reader.
func New(backlog, maxLag func() int64) *Feed {
	return &Feed{
		Backlog: backlog, MaxLag: maxLag, id: newID(), db: -1, readers: make(map[*Reader]struct{}),
	}
}

// newID is a replication id: 40 hexadecimal digits.
func newID() string {
	var id [20]byte
	_, _ = rand.Read(id[:]) // never fails: see its documentation
	return hex.EncodeToString(id[:])
}

// Following is keyspace.Follower's.
func (f *Feed) Following() bool { return f.following.Load() }

// Attach begins a reader at the present end of the stream. The caller holds the
// whole keyspace: what is in it now and what the reader will give are all there
// is. wake is called when there is something to read again after Next gave
// nothing, or when the reader is lost; it must not block.
func (f *Feed) Attach(wake func()) (r *Reader, id string, offset int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.following.Load() {
		// What happened meanwhile is in no history.
		f.id = newID()
		f.chunks, f.first = nil, f.offset
		f.following.Store(true)
	}
	f.db = -1
	return f.add(f.offset, wake), f.id, f.offset
}

// Resume begins a reader at an offset that an earlier one had reached; nil if the
// history is another one or the bytes are kept no more.
func (f *Feed) Resume(id string, offset int64, wake func()) *Reader {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.following.Load() || id != f.id || offset < f.first || offset > f.offset {
		return nil
	}
	return f.add(offset, wake)
}

func (f *Feed) add(offset int64, wake func()) *Reader {
	r := &Reader{feed: f, pos: offset, wake: wake}
	f.readers[r] = struct{}{}
	return r
}

// Restart begins a new history: the data became another without anybody being told
// how. All readers are lost. The caller holds the whole keyspace.
func (f *Feed) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for r := range f.readers {
		r.lost = true
		delete(f.readers, r)
		r.wake()
	}
	f.end()
}

// end forgets the history. It begins anew with the next reader.
func (f *Feed) end() {
	f.following.Store(false)
	f.id = newID()
	f.chunks, f.first = nil, f.offset
}

// Applied is keyspace.Follower's.
func (f *Feed) Applied(e *keyspace.Effects) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.following.Load() {
		return
	}
	for unit := range e.Units() {
		f.unit(unit)
	}
	f.appended()
}

// unit writes commands that belong together, as redis-server's
// propagatePendingCommands does.
func (f *Feed) unit(u keyspace.Unit) {
	if u.Len() > 1 {
		f.selectDB(u.DB(0))
		f.write("*1\r\n$5\r\nMULTI\r\n")
	}
	for i := range u.Len() {
		f.selectDB(u.DB(i))
		n, words := u.Words(i)
		f.header('*', n)
		for word := range words {
			f.bulk(word)
		}
	}
	if u.Len() > 1 {
		f.write("*1\r\n$4\r\nEXEC\r\n")
	}
}

// Ping writes a command that tells readers that the stream is alive.
func (f *Feed) Ping() { f.say("*1\r\n$4\r\nPING\r\n") }

// RequestAcks writes a command that has replicas tell how far they are.
func (f *Feed) RequestAcks() { f.say("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n") }

// say writes a request that belongs to no database, if anybody reads.
func (f *Feed) say(request string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.readers) > 0 {
		f.write(request)
		f.appended()
	}
}

func (f *Feed) selectDB(db int) {
	if f.db == db {
		return
	}
	f.db = db
	f.write("*2\r\n$6\r\nSELECT\r\n")
	f.bulk(strconv.AppendInt(nil, int64(db), 10))
}

func (f *Feed) bulk(b []byte) {
	f.header('$', len(b))
	write(f, b)
	f.write("\r\n")
}

func (f *Feed) header(kind byte, n int) {
	var buf [24]byte
	b := strconv.AppendInt(append(buf[:0], kind), int64(n), 10)
	write(f, append(b, '\r', '\n'))
}

func (f *Feed) write(s string) { write(f, s) }

// write appends to the last chunk, and makes new ones.
func write[T string | []byte](f *Feed, b T) {
	f.offset += int64(len(b))
	for len(b) > 0 {
		last := len(f.chunks) - 1
		if last < 0 || len(f.chunks[last]) == chunkSize {
			f.chunks = append(f.chunks, make([]byte, 0, chunkSize))
			last++
		}
		n := min(len(b), chunkSize-len(f.chunks[last]))
		f.chunks[last] = append(f.chunks[last], b[:n]...)
		b = b[n:]
	}
}

// appended drops readers that are too far behind, and what nobody needs, and wakes
// those that wait.
func (f *Feed) appended() {
	limit := f.MaxLag()
	for r := range f.readers {
		if limit > 0 && f.offset-r.pos > max(limit, f.Backlog()) {
			r.lost = true
			delete(f.readers, r)
			f.noteLeft()
		} else if !r.waits {
			continue
		}
		r.waits = false
		r.wake()
	}
	f.trim()
}

// trim drops whole chunks beyond the backlog that no reader needs.
func (f *Feed) trim() {
	keep := f.offset - f.Backlog()
	for r := range f.readers {
		keep = min(keep, r.pos)
	}
	n := 0
	for n < len(f.chunks)-1 && f.first+int64(len(f.chunks[n])) <= keep {
		f.first += int64(len(f.chunks[n]))
		f.chunks[n] = nil
		n++
	}
	f.chunks = f.chunks[n:]
}

func (f *Feed) noteLeft() {
	if len(f.readers) == 0 {
		f.left = time.Now()
	}
}

// Expire ends the feed if nobody has read it for that long; 0 never does.
func (f *Feed) Expire(after time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if after > 0 && f.following.Load() && len(f.readers) == 0 && time.Since(f.left) > after {
		f.end()
	}
}

// State is what INFO tells of a feed.
type State struct {
	ID          string
	Offset      int64
	Active      bool
	BacklogSize int64
	// FirstByte is the offset of the first byte of the backlog, counted from one,
	// and Kept the number of bytes in it.
	FirstByte, Kept int64
}

// State describes the feed.
func (f *Feed) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := State{ID: f.id, Offset: f.offset, Active: f.following.Load(), BacklogSize: f.Backlog()}
	if s.Active {
		s.FirstByte, s.Kept = f.first+1, f.offset-f.first
	}
	return s
}

// Offset is the number of bytes of the stream so far.
func (f *Feed) Offset() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.offset
}

package resp

import (
	"bytes"
	"fmt"
)

// Limits of a request, as redis-server sets them.
const (
	// MaxInline bounds a line: an inline request or the header of a length.
	MaxInline = 64 * 1024
	// MaxArgs bounds the arguments of one request.
	MaxArgs = 1024 * 1024
	// DefaultMaxBulk is proto-max-bulk-len's default.
	DefaultMaxBulk = 512 * 1024 * 1024

	// Before authentication a request may have this much.
	maxUnauthArgs = 10
	maxUnauthBulk = 16 * 1024

	// QueryBuffer is the size of a connection's own buffer when it gets one, and the
	// least that trimming leaves to a connection in use (PROTO_IOBUF_LEN).
	QueryBuffer = 16 * 1024
	// wasted is the unused room that an idle connection may keep.
	wasted = 4 * 1024
	// bigArgument is the length from which on an argument gets a buffer that fits it
	// (PROTO_MBULK_BIG_ARG).
	bigArgument = 32 * 1024
)

// ProtocolError is a malformed request. The connection is closed after the reply
// "-ERR " + Error().
type ProtocolError string

// Error is redis-server's text.
func (e ProtocolError) Error() string { return "Protocol error: " + string(e) }

// Reader cuts requests out of the bytes of one connection. It is incremental:
// Feed it what arrived, take requests with Next until there are none, then Done.
// Requests that arrive whole are not copied. What arrives in pieces is kept as
// it comes: a header that promises a gigabyte reserves nothing.
//
// A Reader is not safe for concurrent use. The zero value is ready.
type Reader struct {
	// MaxBulk bounds one argument in bytes; DefaultMaxBulk when 0.
	MaxBulk int64
	// Unauthenticated puts the small limits in force.
	Unauthenticated bool

	view  []byte // unread bytes: the caller's, or kept
	kept  []byte // the connection's own buffer: bytes of an incomplete request
	peak  int    // most that kept held since the last Trim
	start int    // where the current request begins in view
	pos   int    // how far it has been read

	missing int // arguments still to come; 0 when between requests
	bulk    int // length of the argument being read; -1: its header comes first
	spans   []span
	args    [][]byte
	inline  []byte // the unquoted words of an inline request
	failed  error
}

// span is an argument's place, relative to the start of its request, so that it
// stays valid when the kept bytes move.
type span struct{ off, len int }

// Feed adds bytes. They must stay unchanged until Done.
func (r *Reader) Feed(data []byte) {
	if len(r.kept) == 0 {
		r.view = data
		return
	}
	r.kept = append(r.kept, data...)
	r.view = r.kept
	r.peak = max(r.peak, len(r.kept))
}

// Space is room in the connection's own buffer to read what comes next into,
// instead of Feed: what arrives in pieces is then not copied. It gets a buffer
// from first if it has none, and doubles it when it is full.
func (r *Reader) Space(first func() []byte) []byte {
	switch {
	case r.kept == nil:
		r.kept = first()
	case cap(r.kept)-len(r.kept) < wasted:
		r.resize(r.larger())
	}
	return r.kept[len(r.kept):cap(r.kept)]
}

// larger is the size for an own buffer that is full: twice what it was, but not more
// than a large argument still needs.
func (r *Reader) larger() int {
	size := max(2*cap(r.kept), QueryBuffer)
	if r.missing > 0 && r.bulk > bigArgument {
		if needed := r.needed(); needed > cap(r.kept) {
			size = min(size, needed+wasted)
		}
	}
	return size
}

// needed is how much there will be with the argument that is arriving.
func (r *Reader) needed() int {
	if r.missing == 0 {
		return 0
	}
	return r.pos + r.bulk + 2
}

// Filled says that n bytes were read into Space.
func (r *Reader) Filled(n int) {
	r.kept = r.kept[:len(r.kept)+n]
	r.view = r.kept
	r.peak = max(r.peak, len(r.kept))
}

// Trim shrinks the own buffer: to what it holds if the connection is idle, else to
// the most that it held since the last Trim, or is about to, if that is less than half. A buffer
// that holds nothing is given to the caller. It is called between Done and Feed or
// Space.
func (r *Reader) Trim(idle bool) (unused []byte) {
	switch used := len(r.kept); {
	case idle && used == 0:
		unused = r.kept
		r.kept, r.view = nil, nil
		if r.missing == 0 {
			r.spans, r.args, r.inline = nil, nil, nil
		}
	case idle && cap(r.kept)-used > wasted:
		r.resize(used)
	case cap(r.kept) > 2*QueryBuffer && cap(r.kept)/2 > max(r.peak, r.needed()):
		r.resize(max(used, r.peak, QueryBuffer))
	}
	r.peak = len(r.kept)
	return unused
}

// Swollen reports whether the own buffer is of a size that Trim may reduce while the
// connection is in use.
func (r *Reader) Swollen() bool { return cap(r.kept) > 2*QueryBuffer }

// HasBuffer reports whether there is an own buffer.
func (r *Reader) HasBuffer() bool { return r.kept != nil }

// Discard drops all that was read and not taken.
func (r *Reader) Discard() { *r = Reader{kept: r.kept[:0]} }

// resize moves the own buffer into one of size bytes.
func (r *Reader) resize(size int) {
	kept := make([]byte, len(r.kept), size)
	copy(kept, r.kept)
	r.kept, r.view = kept, kept
}

// Next returns the next complete request, or nil if there is none yet. The
// arguments are valid until the next call of Next or Done. After an error the
// Reader gives only that error.
func (r *Reader) Next() ([][]byte, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	for {
		if r.missing == 0 {
			r.start = r.pos
			if r.pos >= len(r.view) {
				return nil, nil
			}
			args, again, err := r.begin()
			if err != nil {
				r.failed = err
				return nil, err
			}
			if again {
				continue
			}
			if r.missing == 0 {
				return args, nil
			}
		}
		complete, err := r.bulks()
		if err != nil {
			r.failed = err
			return nil, err
		}
		if !complete {
			return nil, nil
		}
		return r.collect(), nil
	}
}

// Rewind puts the request that Next gave last back: Next will give it again.
func (r *Reader) Rewind() {
	r.pos = r.start
	r.missing = 0
}

// Done ends the use of the bytes last fed: what belongs to an incomplete request
// is copied.
func (r *Reader) Done() {
	if r.missing == 0 {
		r.start = r.pos
	}
	rest := r.view[r.start:]
	r.pos -= r.start
	r.start = 0
	switch {
	case len(rest) == 0:
		r.kept = r.kept[:0]
	case len(r.kept) > 0 && &rest[0] == &r.kept[0]:
		r.kept = rest // in its place already: a large argument would be copied again and again
	default:
		// append copies forward within the same array, or out of the caller's.
		r.kept = append(r.kept[:0], rest...)
	}
	r.view = r.kept
	if r.missing == 0 {
		r.dropLarge()
	}
}

// dropLarge gives up the memory a large request needed.
func (r *Reader) dropLarge() {
	if cap(r.spans) > 1024 {
		r.spans = nil
	}
	if cap(r.args) > 1024 {
		r.args = nil
	}
	if cap(r.inline) > QueryBuffer {
		r.inline = nil
	}
}

// Buffered is the number of bytes kept of requests not yet taken.
func (r *Reader) Buffered() int { return len(r.view) - r.start }

// Capacity is the memory the reader holds, in bytes.
func (r *Reader) Capacity() int {
	return cap(r.kept) + cap(r.inline) + 16*cap(r.spans) + 24*cap(r.args)
}

// begin reads a request's first line: an inline request whole, or the number of
// arguments to come. again says that the line was empty.
func (r *Reader) begin() (args [][]byte, again bool, err error) {
	if r.view[r.pos] != '*' {
		return r.readInline()
	}
	line, ok, err := r.header("too big mbulk count string")
	if !ok || err != nil {
		return nil, false, err
	}
	n, ok := parseLength(line)
	switch {
	case !ok || n > MaxArgs:
		return nil, false, ProtocolError("invalid multibulk length")
	case n > maxUnauthArgs && r.Unauthenticated:
		return nil, false, ProtocolError("unauthenticated multibulk length")
	case n <= 0:
		return nil, true, nil
	}
	r.missing = int(n)
	r.bulk = -1
	r.spans = r.spans[:0]
	return nil, false, nil
}

// bulks reads arguments until the request is complete or bytes run out.
func (r *Reader) bulks() (complete bool, err error) {
	for r.missing > 0 {
		if r.bulk < 0 {
			if err := r.bulkHeader(); err != nil || r.bulk < 0 {
				return false, err
			}
		}
		if len(r.view)-r.pos < r.bulk+2 {
			return false, nil
		}
		r.spans = append(r.spans, span{off: r.pos - r.start, len: r.bulk})
		r.pos += r.bulk + 2 // the line end is not looked at, as in redis-server
		r.bulk = -1
		r.missing--
	}
	return true, nil
}

func (r *Reader) bulkHeader() error {
	at := r.pos
	line, ok, err := r.header("too big bulk count string")
	if !ok || err != nil {
		return err
	}
	if kind := r.view[at]; kind != '$' {
		return ProtocolError(fmt.Sprintf("expected '$', got '%s'", []byte{kind}))
	}
	limit := r.MaxBulk
	if limit == 0 {
		limit = DefaultMaxBulk
	}
	n, ok := parseLength(line)
	switch {
	case !ok || n < 0 || n > limit:
		return ProtocolError("invalid bulk length")
	case n > maxUnauthBulk && r.Unauthenticated:
		return ProtocolError("unauthenticated bulk length")
	}
	r.bulk = int(n)
	return nil
}

// header takes the line at pos, without its first byte and its end. ok is false
// when the line is not complete.
func (r *Reader) header(tooBig ProtocolError) (line []byte, ok bool, err error) {
	rest := r.view[r.pos:]
	end := bytes.IndexByte(rest, '\r')
	if end > MaxInline || (end < 0 && len(rest) > MaxInline) {
		return nil, false, tooBig
	}
	if end < 0 || end+2 > len(rest) {
		return nil, false, nil
	}
	r.pos += end + 2
	if end == 0 { // the line lacks even the byte that gives its kind
		return nil, true, nil
	}
	return rest[1:end], true, nil
}

// collect makes the arguments of a complete request.
func (r *Reader) collect() [][]byte {
	args := r.args[:0]
	base := r.view[r.start:]
	for _, s := range r.spans {
		args = append(args, base[s.off:s.off+s.len:s.off+s.len])
	}
	r.args = args
	return args
}

// parseLength reads a decimal length as strictly as redis-server.
func parseLength(b []byte) (n int64, ok bool) {
	digits := b
	negative := len(b) > 1 && b[0] == '-'
	if negative {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	if digits[0] == '0' && (len(digits) > 1 || negative) {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

const (
	// smallBuffer is in every connection; an idle one has no more.
	smallBuffer = 512
	bigBuffer   = 16 << 10
	headerSize  = 5
)

var buffers sync.Pool

// borrow takes a big buffer out of the pool.
func borrow() *[]byte {
	if b, ok := buffers.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, bigBuffer)
	return &b
}

// reader cuts the client's bytes into messages. Its buffer grows as bytes come,
// never on a length's word, and goes back when it is empty.
type reader struct {
	nc      net.Conn
	buf     []byte
	pooled  *[]byte
	from    int
	to      int
	small   [smallBuffer]byte
	stall   time.Duration
	partial bool // a deadline for the rest of a message is set
	fixed   bool // and more bytes do not move it
	// wake is called when a read deadline passed; an error of it ends the reading.
	wake func() error
	read func(n int)
}

// wait fills the buffer until it has n bytes. idle tells that the client may
// stay silent for ever: nothing of a message is there yet.
func (r *reader) wait(n int) error {
	for r.to-r.from < n {
		if r.from == r.to {
			r.from, r.to = 0, 0
			r.shrink()
		}
		if err := r.room(n); err != nil {
			return err
		}
		if r.to > r.from && !r.partial {
			if err := r.nc.SetReadDeadline(time.Now().Add(r.stall)); err != nil {
				return err
			}
			r.partial = true
		}
		got, err := r.nc.Read(r.buf[r.to:])
		if got > 0 {
			r.to += got
			r.read(got)
			if r.partial && !r.fixed {
				if err := r.nc.SetReadDeadline(time.Now().Add(r.stall)); err != nil {
					return err
				}
			}
			continue
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if err = r.wake(); err == nil {
				continue
			}
		}
		if err == nil {
			err = io.ErrNoProgress
		}
		return err
	}
	return nil
}

// room makes room for at least one byte more, of n that are wanted.
func (r *reader) room(n int) error {
	if r.from > 0 && r.from+n > len(r.buf) {
		r.to = copy(r.buf, r.buf[r.from:r.to])
		r.from = 0
	}
	if r.to < len(r.buf) {
		return nil
	}
	if len(r.buf) < bigBuffer {
		big := borrow()
		copy(*big, r.buf[r.from:r.to])
		r.to -= r.from
		r.from = 0
		r.buf, r.pooled = *big, big
		return nil
	}
	size := min(2*len(r.buf), max(n, 2*bigBuffer))
	grown := make([]byte, max(size, len(r.buf)+bigBuffer))
	r.to = copy(grown, r.buf[r.from:r.to])
	r.from = 0
	r.release()
	r.buf = grown
	return nil
}

// shrink gives the big buffer back.
func (r *reader) shrink() {
	r.release()
	r.buf = r.small[:]
}

func (r *reader) release() {
	if r.pooled != nil {
		buffers.Put(r.pooled)
		r.pooled = nil
	}
}

// whole notes that a message is complete: the client may be silent again.
func (r *reader) whole() error {
	if !r.partial {
		return nil
	}
	r.partial = false
	return r.nc.SetReadDeadline(time.Time{})
}

// message gives the next message: its type and body, valid until the next call.
// limit tells how long a body of a type may be.
func (r *reader) message(limit func(typ byte) int) (typ byte, body []byte, err error) {
	if err := r.wait(headerSize); err != nil {
		return 0, nil, err
	}
	typ = r.buf[r.from]
	size := int(int32(binary.BigEndian.Uint32(r.buf[r.from+1:]))) - 4
	if size < 0 || size > limit(typ) {
		return 0, nil, fatalError(pgerr.ProtocolViolation, "invalid message length")
	}
	if err := r.wait(headerSize + size); err != nil {
		return 0, nil, err
	}
	body = r.buf[r.from+headerSize : r.from+headerSize+size]
	r.from += headerSize + size
	return typ, body, r.whole()
}

// authMessage is message before the client is known: short, and under the
// start-up phase's deadline.
func (r *reader) authMessage() (typ byte, body []byte, err error) {
	if err := r.wait(headerSize); err != nil {
		return 0, nil, err
	}
	typ = r.buf[r.from]
	size := int(int32(binary.BigEndian.Uint32(r.buf[r.from+1:]))) - 4
	if size < 0 || size > maxStartup {
		return 0, nil, fatalError(pgerr.ProtocolViolation, "invalid message length")
	}
	if err := r.wait(headerSize + size); err != nil {
		return 0, nil, err
	}
	body = r.buf[r.from+headerSize : r.from+headerSize+size]
	r.from += headerSize + size
	return typ, body, nil
}

// startup gives the next packet of the start-up phase, which has no type.
func (r *reader) startup() ([]byte, error) {
	if err := r.wait(4); err != nil {
		return nil, err
	}
	size := int(int32(binary.BigEndian.Uint32(r.buf[r.from:]))) - 4
	if size < 4 || size > maxStartup {
		return nil, fatalError(pgerr.ProtocolViolation, "invalid length of startup packet")
	}
	if err := r.wait(4 + size); err != nil {
		return nil, err
	}
	body := r.buf[r.from+4 : r.from+4+size]
	r.from += 4 + size
	return body, nil
}

// maxStartup is MAX_STARTUP_PACKET_LENGTH.
const maxStartup = 10_000

// buffered is how many bytes are there already.
func (r *reader) buffered() int { return r.to - r.from }

func fatalError(code, format string, args ...any) *pgerr.Error {
	e := pgerr.New(code, format, args...)
	e.Severity = "FATAL"
	return e
}

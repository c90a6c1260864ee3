package wire

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/session"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

var _ session.Client = (*conn)(nil)

const (
	// flushAt is how much output is collected before it is written.
	flushAt = 32 << 10
	// keepOut is the greatest output buffer that stays with an idle connection.
	keepOut = 4 << 10
)

// RowDescription implements session.Client, as do those below.
func (c *conn) RowDescription(cols []plan.ResultColumn, formats []int16) {
	if !c.described {
		c.out = appendRowDescription(c.out, cols, formats)
	}
}

// Rows sends a batch.
func (c *conn) Rows(cols []plan.ResultColumn, formats []int16, b *vec.Batch, f *types.Format) error {
	var err error
	for i := range b.Rows() {
		before := len(c.out)
		if c.out, err = appendRow(c.out, cols, formats, b, b.Index(i), f); err != nil {
			c.out = c.out[:before]
			return err
		}
		if len(c.out) >= flushAt {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Complete sends CommandComplete.
func (c *conn) Complete(tag string, rows int64) {
	b, at := begin(c.out, 'C')
	b = append(b, tag...)
	if rows >= 0 {
		if tag == "INSERT" {
			b = append(b, " 0"...)
		}
		b = append(b, ' ')
		b = strconv.AppendInt(b, rows, 10)
	}
	c.out = end(append(b, 0), at)
}

// Empty sends EmptyQueryResponse.
func (c *conn) Empty() { c.simple('I') }

func (c *conn) simple(typ byte) { c.out = append(c.out, typ, 0, 0, 0, 4) }

// Notice sends NoticeResponse.
func (c *conn) Notice(n *pgerr.Error) { c.out = appendError(c.out, 'N', n) }

// Parameter sends ParameterStatus.
func (c *conn) Parameter(name, value string) {
	b, at := begin(c.out, 'S')
	c.out = end(appendCString(appendCString(b, name), value), at)
}

// Notification sends NotificationResponse.
func (c *conn) Notification(pid int32, channel, payload string) {
	b, at := begin(c.out, 'A')
	b = appendInt32(b, int(pid))
	c.out = end(appendCString(appendCString(b, channel), payload), at)
	if len(c.out) >= flushAt {
		// An error shows at the next flush again.
		_ = c.flush()
	}
}

func (c *conn) copyResponse(typ byte, columns int, binary bool) {
	format := 0
	if binary {
		format = 1
	}
	b, at := begin(c.out, typ)
	b = append(b, byte(format))
	b = appendInt16(b, columns)
	for range columns {
		b = appendInt16(b, format)
	}
	c.out = end(b, at)
}

// CopyIn sends CopyInResponse.
func (c *conn) CopyIn(columns int, binary bool) (io.Reader, error) {
	c.copyResponse('G', columns, binary)
	if err := c.flush(); err != nil {
		return nil, err
	}
	return &copyIn{c: c}, nil
}

// CopyOut sends CopyOutResponse.
func (c *conn) CopyOut(columns int, binary bool) { c.copyResponse('H', columns, binary) }

// CopyData sends a piece of data.
func (c *conn) CopyData(p []byte) error {
	b, at := begin(c.out, 'd')
	c.out = end(append(b, p...), at)
	if len(c.out) >= flushAt {
		return c.flush()
	}
	return nil
}

// CopyDone ends the data.
func (c *conn) CopyDone() { c.simple('c') }

// Wake interrupts the wait for the client; it may be called at any time.
func (c *conn) Wake() {
	c.woken.Store(true)
	// An error means that the connection is gone, which its reader finds out.
	_ = c.nc.SetReadDeadline(time.Unix(1, 0))
}

// copyIn reads CopyData messages as a stream.
type copyIn struct {
	c    *conn
	rest []byte
	err  error
}

// Read gives data until CopyDone, which is io.EOF, or CopyFail.
func (r *copyIn) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		typ, body, err := r.c.in.message(r.c.limit)
		if err != nil {
			r.c.broken = err
			if errors.Is(err, io.EOF) {
				// The client has gone: io.EOF would be the end of the data, and
				// what came so far would be kept.
				err = io.ErrUnexpectedEOF
			}
			r.err = err
			continue
		}
		switch typ {
		case 'd':
			r.rest = body
		case 'c':
			r.err = io.EOF
		case 'f':
			f := fields{b: body}
			r.err = pgerr.New(pgerr.QueryCanceled, "COPY from stdin failed: %s", strings.ToValidUTF8(string(f.text()), "?"))
		case 'H', 'S':
			// Clients send them behind the data without waiting; they mean nothing here.
		default:
			r.err = fatalError(pgerr.ProtocolViolation, "unexpected message type 0x%02X during COPY from stdin", typ)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

package transfer

import (
	"bufio"
	"io"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// Copy passes an RDB file on as it is while it is walked over.
type Copy struct {
	in  io.Reader
	out *bufio.Writer
}

var _ Sink = (*Copy)(nil)

// NewCopy reads from in what is to be walked over, and writes it to out.
func NewCopy(in io.Reader, out io.Writer) *Copy { return &Copy{in, bufio.NewWriterSize(out, 64<<10)} }

// Read is io.Reader's.
func (c *Copy) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	if _, failed := c.out.Write(b[:n]); failed != nil {
		return 0, failed
	}
	return n, err
}

// Flush writes what is buffered.
func (c *Copy) Flush() error { return c.out.Flush() }

// Function is Sink's.
func (c *Copy) Function([]byte) error { return nil }

// Key is Sink's.
func (c *Copy) Key(_ *rdb.Entry, r *rdb.Reader) error { return r.Value(rdb.Skip{}) }

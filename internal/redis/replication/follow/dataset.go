package follow

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// delimiterSize is redis-server's RDB_EOF_MARK_SIZE.
const delimiterSize = 40

// Dataset is the data set as it comes: an RDB file whose end is told by its size or
// by a delimiter. It gives io.EOF at that end, and an error if the link ends before.
type Dataset struct {
	link *Link
	in   *bufio.Reader
	// Size is what the primary says that comes; 0 if it does not.
	Size int64
	read int64
	left int64 // of Size
	// delimiter ends a data set whose size is not told. held is read and given out
	// once it is known not to be its beginning; of that, done bytes were given.
	delimiter []byte
	held      []byte
	done      int
	over      bool
}

// Dataset waits for the data set to begin. While the primary prepares it sends empty
// lines.
func (l *Link) Dataset() (*Dataset, error) {
	head, err := l.line()
	if err != nil {
		return nil, err
	}
	return newDataset(l, l.in, head)
}

func newDataset(l *Link, in *bufio.Reader, head string) (*Dataset, error) {
	if head[0] == '-' {
		return nil, refusal("to send its data set", head)
	}
	d := &Dataset{link: l, in: in}
	text, isSize := strings.CutPrefix(head, "$")
	if !isSize {
		return nil, errPayload
	}
	if delimiter, ok := strings.CutPrefix(text, "EOF:"); ok {
		if len(delimiter) != delimiterSize {
			return nil, errPayload
		}
		d.delimiter = []byte(delimiter)
		return d, nil
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size <= 0 {
		return nil, errPayload
	}
	d.Size, d.left = size, size
	return d, nil
}

// Delimited reports whether the primary waits to hear that the data set was taken
// before it sends the stream.
func (d *Dataset) Delimited() bool { return d.delimiter != nil }

// Read is io.Reader's.
func (d *Dataset) Read(p []byte) (int, error) {
	if d.link != nil {
		if err := d.link.conn.SetReadDeadline(time.Now().Add(d.link.timeout)); err != nil {
			return 0, err
		}
	}
	read := d.sized
	if d.delimiter != nil {
		read = d.delimited
	}
	n, err := read(p)
	d.read += int64(n)
	return n, err
}

// Progress is how much was read.
func (d *Dataset) Progress() int64 { return d.read }

func (d *Dataset) sized(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	n, err := d.in.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	return n, unexpected(err)
}

// delimited looks for the delimiter in what is held, and gives what cannot be a part
// of it.
func (d *Dataset) delimited(p []byte) (int, error) {
	for {
		if free := d.free(); free > 0 {
			n := copy(p, d.held[d.done:d.done+free])
			d.done += n
			return n, nil
		}
		if d.over {
			return 0, io.EOF
		}
		d.held = d.held[:copy(d.held, d.held[d.done:])]
		d.done = 0
		// What is held now is less than a delimiter. No byte beyond the delimiter is
		// taken: those are the stream's.
		if _, err := d.in.Peek(1); err != nil {
			return 0, unexpected(err)
		}
		ahead, _ := d.in.Peek(d.in.Buffered())
		before := len(d.held)
		d.held = append(d.held, ahead...)
		if at := bytes.Index(d.held, d.delimiter); at >= 0 {
			d.over = true
			d.held = d.held[:at]
			ahead = ahead[:at+delimiterSize-before]
		}
		if _, err := d.in.Discard(len(ahead)); err != nil {
			return 0, err
		}
	}
}

// free is how much of what is held can be given.
func (d *Dataset) free() int {
	n := len(d.held) - d.done
	if !d.over {
		n -= delimiterSize - 1
	}
	return n
}

// Finish reads what is left, which whoever decoded the data set had no need of, and
// checks that it ends as it should.
func (d *Dataset) Finish() error {
	_, err := io.Copy(io.Discard, d)
	return err
}

// unexpected is the error of a link that ends where it must not.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

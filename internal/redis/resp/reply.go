package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Limits of a reply that a client accepts.
const (
	maxReplyBulk  = DefaultMaxBulk
	maxReplyDepth = 128
	maxReplyItems = 1 << 28
)

// Reply is a reply as a client sees it, of protocol 2 or 3.
type Reply struct {
	// Kind is the reply's first byte: + - : $ * _ , # ! = ( % ~ or >.
	Kind byte
	// Null says that there is nothing: $-1, *-1 or _.
	Null bool
	// Text is a scalar's text; that of a verbatim string without its format.
	Text []byte
	// Items are those of an array, set or push; a map's keys and values in turn.
	Items []Reply
}

// Error is the text of an error reply.
func (r *Reply) Error() (text string, ok bool) {
	if r.Kind == '-' || r.Kind == '!' {
		return string(r.Text), true
	}
	return "", false
}

// ReplyReader reads replies, as a client does. What it reads of a malformed or
// truncated one is lost: the connection is of no more use.
type ReplyReader struct{ r *bufio.Reader }

// NewReplyReader reads from r.
func NewReplyReader(r io.Reader) *ReplyReader { return &ReplyReader{bufio.NewReaderSize(r, 64<<10)} }

// Next is the next reply. io.EOF means that there are no more.
func (r *ReplyReader) Next() (Reply, error) {
	reply, err := r.next(0)
	if errors.Is(err, io.EOF) && reply.Kind != 0 {
		err = io.ErrUnexpectedEOF
	}
	return reply, err
}

func (r *ReplyReader) next(depth int) (Reply, error) {
	if depth > maxReplyDepth {
		return Reply{}, errors.New("reply: nested too deeply")
	}
	line, err := r.line()
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Kind: line[0]}
	rest := line[1:]
	switch reply.Kind {
	case '+', '-', ':', ',', '#', '(':
		reply.Text = append([]byte(nil), rest...)
		return reply, nil
	case '_':
		reply.Null = true
		return reply, nil
	case '$', '!', '=':
		n, null, err := length(rest, maxReplyBulk)
		if err != nil || null {
			reply.Null = null
			return reply, err
		}
		reply.Text, err = r.bulk(n)
		if reply.Kind == '=' && len(reply.Text) >= 4 {
			reply.Text = reply.Text[4:] // txt: or mkd:
		}
		return reply, err
	case '*', '~', '>', '%', '|':
		n, null, err := length(rest, maxReplyItems)
		if err != nil || null {
			reply.Null = null
			return reply, err
		}
		if reply.Kind == '%' || reply.Kind == '|' {
			n *= 2
		}
		for range n {
			item, err := r.next(depth + 1)
			if err != nil {
				return reply, err
			}
			reply.Items = append(reply.Items, item)
		}
		if reply.Kind == '|' {
			return r.next(depth) // attributes describe what follows
		}
		return reply, nil
	}
	return reply, fmt.Errorf("reply: unknown type %q", reply.Kind)
}

// line is a line without its end, valid until the next read.
func (r *ReplyReader) line() ([]byte, error) {
	line, err := r.r.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			err = errors.New("reply: line too long")
		}
		return nil, err
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("reply: malformed line %.40q", line)
	}
	return line[:len(line)-2], nil
}

// bulk reads n bytes and the end of the line, growing as they come: a length alone
// reserves nothing.
func (r *ReplyReader) bulk(n int) ([]byte, error) {
	const step = 1 << 20
	out := make([]byte, 0, min(n, step)+2)
	for len(out) < n+2 {
		from := len(out)
		take := min(n+2-from, step)
		out = append(out, make([]byte, take)...)
		if _, err := io.ReadFull(r.r, out[from:]); err != nil {
			return nil, err
		}
	}
	if out[n] != '\r' || out[n+1] != '\n' {
		return nil, errors.New("reply: a string is not as long as it says")
	}
	return out[:n], nil
}

func length(text []byte, most int) (n int, null bool, err error) {
	n, err = strconv.Atoi(string(text))
	switch {
	case err != nil || n < -1 || n > most:
		return 0, false, fmt.Errorf("reply: bad length %.40q", text)
	case n == -1:
		return 0, true, nil
	}
	return n, false, nil
}

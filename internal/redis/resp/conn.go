package resp

import (
	"errors"
	"net"
)

// Conn is a client's end of a connection that speaks the protocol. It is for one
// goroutine at a time.
type Conn struct {
	net.Conn
	out     Writer
	replies *ReplyReader
}

// NewConn speaks over c, which it owns from then on.
func NewConn(c net.Conn) *Conn { return &Conn{Conn: c, replies: NewReplyReader(c)} }

// Do sends a command and reads its reply, which may be an error of the server's.
func (c *Conn) Do(words ...string) (Reply, error) {
	if err := c.Send(words); err != nil {
		return Reply{}, err
	}
	return c.Next()
}

// Must is Do for what has to succeed: a reply that is an error is an error.
func (c *Conn) Must(words ...string) (Reply, error) {
	reply, err := c.Do(words...)
	if text, failed := reply.Error(); err == nil && failed {
		err = errors.New(text)
	}
	return reply, err
}

// Send sends commands together; each is answered by a reply of its own, for Next.
func (c *Conn) Send(commands ...[]string) error {
	c.out.Buf = c.out.Buf[:0]
	for _, words := range commands {
		c.out.Array(len(words))
		for _, w := range words {
			c.out.Bulk([]byte(w))
		}
	}
	_, err := c.Write(c.out.Buf)
	return err
}

// Next is the next reply. io.EOF means that there are no more.
func (c *Conn) Next() (Reply, error) { return c.replies.Next() }

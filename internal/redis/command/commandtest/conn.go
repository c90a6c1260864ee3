package commandtest

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Conn is a connection to a server that gives replies as the bytes they are.
type Conn struct {
	conn net.Conn
	in   *bufio.Reader
}

// Dial connects as net.Dial does.
func Dial(network, addr string) (*Conn, error) {
	conn, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return &Conn{conn, bufio.NewReader(conn)}, nil
}

// SetDeadline is net.Conn's.
func (c *Conn) SetDeadline(t time.Time) error { return c.conn.SetDeadline(t) }

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Send sends commands in one piece.
func (c *Conn) Send(commands ...[]string) error {
	var b []byte
	for _, args := range commands {
		b = strconv.AppendInt(append(b, '*'), int64(len(args)), 10)
		b = append(b, "\r\n"...)
		for _, arg := range args {
			b = strconv.AppendInt(append(b, '$'), int64(len(arg)), 10)
			b = append(append(append(b, "\r\n"...), arg...), "\r\n"...)
		}
	}
	_, err := c.conn.Write(b)
	return err
}

// Receive reads one reply, whole.
func (c *Conn) Receive() ([]byte, error) { return c.read(nil) }

func (c *Conn) read(b []byte) ([]byte, error) {
	line, err := c.in.ReadBytes('\n')
	if err != nil {
		return b, err
	}
	b = append(b, line...)
	n, _ := strconv.Atoi(strings.TrimSpace(string(line[1:])))
	switch line[0] {
	case '$', '=':
		if n < 0 {
			return b, nil
		}
		bulk := make([]byte, n+2)
		_, err := io.ReadFull(c.in, bulk)
		return append(b, bulk...), err
	case '%':
		n *= 2
	case '*', '~', '>':
	default:
		return b, nil
	}
	for range max(n, 0) {
		if b, err = c.read(b); err != nil {
			return b, err
		}
	}
	return b, nil
}

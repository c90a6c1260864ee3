package follow

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Options say whom to follow and how.
type Options struct {
	Addr string // host:port
	// User and Password are what the primary asks for: a password alone is the
	// default user's, neither asks for nothing.
	User, Password string
	// Port and Host are where this server says that it can be reached; an empty Host
	// is the address that the primary sees.
	Port int
	Host string
	// Timeout bounds the connecting and every wait for the primary.
	Timeout time.Duration
}

// Position is how much of a primary's history a replica has.
type Position struct {
	ID     string // names the history; empty: none of any
	Offset int64  // bytes of it
}

// Link is a connection to a primary that has answered PSYNC.
type Link struct {
	// Position is where what comes next begins: the stream, or before it the whole
	// data set if Full is set.
	Position
	Full bool

	conn    net.Conn
	in      *bufio.Reader
	timeout time.Duration
	pinged  time.Time
}

const (
	// maxLine bounds a line of the handshake, and is what is read at a time.
	maxLine = 64 << 10
	// pingEvery is how often a primary whose data set is being loaded hears that the
	// replica is alive.
	pingEvery = time.Second
)

// Errors of a primary that is there and cannot be followed, now or at all.
var (
	errLine    = errors.New("the primary's answer is too long or not text")
	errPayload = errors.New("the primary's data set does not begin as one")
)

// Connect connects to a primary and asks for what comes after a position. The
// connection ends with ctx as long as the handshake takes.
func Connect(ctx context.Context, o Options, at Position) (_ *Link, err error) {
	dialer := net.Dialer{Timeout: o.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			err = errors.Join(err, closeQuietly(conn))
		}
	}()
	l := &Link{conn: conn, in: bufio.NewReaderSize(conn, maxLine), timeout: o.Timeout}
	if err := l.greet(o); err != nil {
		return nil, err
	}
	return l, l.sync(at)
}

// closeQuietly closes a connection that may be closed already.
func closeQuietly(conn net.Conn) error {
	if err := conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// greet is the part of the handshake before PSYNC, as in syncWithMaster.
func (l *Link) greet(o Options) error {
	reply, err := l.ask("PING")
	if err != nil {
		return err
	}
	if reply[0] == '-' && !strings.HasPrefix(reply, "-NOAUTH") && !strings.HasPrefix(reply, "-NOPERM") &&
		!strings.HasPrefix(reply, "-ERR operation not permitted") {
		return refusal("PING", reply)
	}
	if o.Password != "" || o.User != "" {
		words := []string{"AUTH", o.Password}
		if o.User != "" {
			words = []string{"AUTH", o.User, o.Password}
		}
		if reply, err = l.ask(words...); err != nil {
			return err
		}
		if reply[0] == '-' {
			return refusal("AUTH", reply)
		}
	}
	about := [][]string{{"REPLCONF", "listening-port", strconv.Itoa(o.Port)}}
	if o.Host != "" {
		about = append(about, []string{"REPLCONF", "ip-address", o.Host})
	}
	about = append(about, []string{"REPLCONF", "capa", "eof", "capa", "psync2"})
	for _, words := range about {
		// An old primary does not know all of them, and goes on.
		if _, err := l.ask(words...); err != nil {
			return err
		}
	}
	return nil
}

// sync sends PSYNC and reads the answer.
func (l *Link) sync(at Position) error {
	id, next := at.ID, strconv.FormatInt(at.Offset+1, 10)
	if id == "" {
		id, next = "?", "-1"
	}
	reply, err := l.ask("PSYNC", id, next)
	if err != nil {
		return err
	}
	words := strings.Fields(reply)
	switch {
	case len(words) == 3 && words[0] == "+FULLRESYNC":
		if l.Offset, err = strconv.ParseInt(words[2], 10, 64); err != nil || l.Offset < 0 || !validID(words[1]) {
			return fmt.Errorf("the primary answers PSYNC with %.100q", reply)
		}
		l.ID, l.Full = words[1], true
	case len(words) >= 1 && words[0] == "+CONTINUE" && at.ID != "":
		l.Position = at
		if len(words) > 1 {
			if !validID(words[1]) {
				return fmt.Errorf("the primary answers PSYNC with %.100q", reply)
			}
			l.ID = words[1] // the history goes on under another name
		}
	case reply[0] == '-':
		return refusal("PSYNC", reply)
	default:
		return fmt.Errorf("the primary answers PSYNC with %.100q", reply)
	}
	return nil
}

// validID reports whether a history's name is one: 40 characters.
func validID(id string) bool { return len(id) == 40 }

func refusal(what, reply string) error {
	return fmt.Errorf("the primary refuses %s: %.200s", what, reply[1:])
}

// ask sends a request and reads the line of its reply, which is not empty.
func (l *Link) ask(words ...string) (string, error) {
	b := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, word := range words {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(word), word)
	}
	if err := l.conn.SetDeadline(time.Now().Add(l.timeout)); err != nil {
		return "", err
	}
	if _, err := l.conn.Write(b); err != nil {
		return "", err
	}
	return l.line()
}

// line reads a line. Empty ones say that the primary is alive.
func (l *Link) line() (string, error) {
	for {
		if err := l.conn.SetReadDeadline(time.Now().Add(l.timeout)); err != nil {
			return "", err
		}
		b, err := l.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return "", errLine
		}
		if err != nil {
			return "", err
		}
		if text := strings.TrimRight(string(b), "\r\n"); text != "" {
			return text, nil
		}
	}
}

// Ping tells the primary, once a second at most, that the replica is alive while it
// takes the data set. It is called between Reads of that.
func (l *Link) Ping() error {
	now := time.Now()
	if now.Sub(l.pinged) < pingEvery {
		return nil
	}
	l.pinged = now
	if err := l.conn.SetWriteDeadline(now.Add(l.timeout)); err != nil {
		return err
	}
	_, err := l.conn.Write([]byte{'\n'})
	return err
}

// Close ends the connection.
func (l *Link) Close() error { return closeQuietly(l.conn) }

// Conn is the connection, from the stream's beginning on; the link is not to be used
// any more.
func (l *Link) Conn() (net.Conn, error) {
	return &streamConn{Conn: l.conn, in: l.in}, l.conn.SetDeadline(time.Time{})
}

// streamConn reads first what was read ahead.
type streamConn struct {
	net.Conn
	in *bufio.Reader
}

func (c *streamConn) Read(p []byte) (int, error) {
	if c.in != nil {
		if c.in.Buffered() > 0 {
			return c.in.Read(p)
		}
		c.in = nil
	}
	return c.Conn.Read(p)
}

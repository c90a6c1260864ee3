package generic

import (
	"bufio"
	"net"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

const (
	errMigrateConnect command.Error = "IOERR error or timeout connecting to the client"
	errMigrateWrite   command.Error = "IOERR error or timeout writing to target instance"
	errMigrateRead    command.Error = "IOERR error or timeout reading to target instance"
)

// peer is the connection to the server that MIGRATE sends keys to. Each step may
// take the timeout.
type peer struct {
	conn    net.Conn
	in      *bufio.Reader
	out     resp.Writer
	timeout time.Duration
	pending []func(reply string) error // what to do with the replies to come
}

// dialPeer connects.
func dialPeer(host, port string, timeout time.Duration) (*peer, error) {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), timeout)
	if err != nil {
		return nil, errMigrateConnect
	}
	return &peer{conn: conn, in: bufio.NewReaderSize(conn, maxPeerLine), timeout: timeout}, nil
}

// maxPeerLine is the longest reply that is taken; all are lines.
const maxPeerLine = 16 << 10

// send adds a command, whose reply done gets unless it is an error.
func (p *peer) send(done func(), words ...[]byte) {
	p.out.Array(len(words))
	for _, word := range words {
		p.out.Bulk(word)
	}
	p.pending = append(p.pending, func(reply string) error {
		if strings.HasPrefix(reply, "-") {
			return command.Errorf("ERR Target instance replied with error: %s", reply[1:])
		}
		if done != nil {
			done()
		}
		return nil
	})
}

// exchange sends the commands and takes the replies. It returns the first error
// that the other server replied, or that the connection had.
func (p *peer) exchange() error {
	const piece = 64 << 10
	pending := p.pending
	p.pending = nil
	for out := p.out.Buf; len(out) > 0; {
		n := min(len(out), piece)
		if p.conn.SetDeadline(time.Now().Add(p.timeout)) != nil {
			return errMigrateWrite
		}
		if _, err := p.conn.Write(out[:n]); err != nil {
			return errMigrateWrite
		}
		out = out[n:]
	}
	p.out.Buf = p.out.Buf[:0]
	var failed error
	for _, take := range pending {
		if p.conn.SetDeadline(time.Now().Add(p.timeout)) != nil {
			return errMigrateRead
		}
		line, err := p.in.ReadSlice('\n')
		if err != nil {
			if failed == nil {
				failed = errMigrateRead
			}
			return failed
		}
		if err := take(strings.TrimRight(string(line), "\r\n")); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/session"
)

// conn is one connection.
type conn struct {
	srv *Server
	nc  net.Conn
	// local tells that it came by way of the data directory, which only its owner can
	// open: no password is asked for.
	local bool
	in    reader
	out   []byte
	sess  *session.Session
	// writeUntil is the write deadline that is set.
	writeUntil time.Time
	woken      atomic.Bool
	// idle tells that the client was told ReadyForQuery, and owes the next word.
	idle bool
	// skip ignores messages up to Sync, after an error in the extended protocol.
	skip bool
	// described suppresses RowDescription: in the extended protocol it is sent for
	// Describe only.
	described bool
	broken    error

	params bindBuffers
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc}
	c.in = reader{nc: nc, stall: s.o.StallTimeout, wake: c.wake, read: func(n int) { s.bytesIn.Add(int64(n)) }}
	c.in.buf = c.in.small[:]
	return c
}

// serve runs the connection to its end.
func (c *conn) serve() {
	defer c.srv.drop(c)
	defer func() {
		if c.sess != nil {
			c.sess.Close()
		}
		c.in.release()
		_ = c.nc.Close()
	}()
	defer func() {
		// A fault in one statement must not take the other sessions down.
		if p := recover(); p != nil {
			c.srv.o.Logger.Error("PostgreSQL session failed", "panic", p, "stack", string(debug.Stack()))
			c.farewell(fatalError(pgerr.InternalError, "internal error"))
		}
	}()
	err := c.start()
	if err == nil && c.sess != nil {
		err = c.loop()
	}
	if err != nil {
		c.farewell(err)
	}
}

// farewell tells the client why the connection ends, if it can be told.
func (c *conn) farewell(err error) {
	e, ok := errors.AsType[*pgerr.Error](err)
	if !ok {
		if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
			c.srv.o.Logger.Debug("PostgreSQL connection lost", "error", err)
		}
		return
	}
	if errors.Is(c.broken, os.ErrDeadlineExceeded) {
		return // it does not read
	}
	c.out = appendError(c.out, 'E', e)
	if c.flush() != nil {
		return
	}
	// What the client has sent and nobody read would make closing a reset, which
	// may overtake the message.
	if tcp, ok := c.nc.(*net.TCPConn); ok && tcp.CloseWrite() == nil {
		_ = c.nc.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		var scrap [4096]byte
		for range 16 {
			if _, err := c.nc.Read(scrap[:]); err != nil {
				return
			}
		}
	}
}

// flush writes what was collected, in one call.
func (c *conn) flush() error {
	if c.broken != nil {
		return c.broken
	}
	if len(c.out) == 0 {
		return nil
	}
	// The deadline is moved only now and then: it costs more than the write.
	if now := time.Now(); c.writeUntil.Sub(now) < c.srv.o.StallTimeout {
		c.writeUntil = now.Add(2 * c.srv.o.StallTimeout)
		if err := c.nc.SetWriteDeadline(c.writeUntil); err != nil {
			c.broken = err
			return err
		}
	}
	n, err := c.nc.Write(c.out)
	c.srv.bytesOut.Add(int64(n))
	if cap(c.out) > 2*flushAt {
		c.out = nil
	}
	c.out = c.out[:0]
	if err != nil {
		c.broken = err
	}
	return err
}

// wake is called when a read deadline has passed: somebody wants the connection
// to look up, or the client took too long.
func (c *conn) wake() error {
	called := c.woken.Swap(false)
	if c.sess == nil {
		if called {
			return fatalError(pgerr.AdminShutdown, "terminating connection due to administrator command")
		}
		return fatalError(pgerr.QueryCanceled, "canceling authentication due to timeout")
	}
	if !called {
		if c.in.partial {
			return fatalError(pgerr.ProtocolViolation, "the client stopped in the middle of a message")
		}
		if _, err := c.sess.IdleTimeout(); c.idle {
			return err
		}
	}
	if err := c.deadline(); err != nil {
		return err
	}
	if err := c.sess.Interrupted(); err != nil {
		return err
	}
	if !c.idle {
		return c.sess.Terminated()
	}
	if err := c.sess.Idle(); err != nil {
		return err
	}
	return c.flush()
}

// deadline sets the read deadline that the state asks for.
func (c *conn) deadline() error {
	var until time.Time
	switch d, _ := c.sess.IdleTimeout(); {
	case c.in.partial:
		until = time.Now().Add(c.in.stall)
	case c.idle && d > 0:
		until = time.Now().Add(d)
	}
	if err := c.nc.SetReadDeadline(until); err != nil {
		return err
	}
	if c.woken.Load() {
		// Woken between: that deadline has just been overwritten.
		return c.nc.SetReadDeadline(time.Unix(1, 0))
	}
	return nil
}

const (
	smallMessage = 10_000 // PQ_SMALL_MESSAGE_LIMIT
	queryMessage = 65 << 20
)

// limit is how long the body of a message may be.
func (c *conn) limit(typ byte) int {
	switch typ {
	case 'Q', 'P':
		return min(queryMessage, c.srv.o.MaxMessage)
	case 'B', 'd', 'F':
		return c.srv.o.MaxMessage
	}
	return smallMessage
}

// loop serves messages until the client leaves.
func (c *conn) loop() error {
	for {
		if c.idle {
			if d, _ := c.sess.IdleTimeout(); d > 0 {
				if err := c.deadline(); err != nil {
					return err
				}
			}
			if cap(c.out) > keepOut && c.in.buffered() == 0 {
				c.out = nil
			}
		}
		typ, body, err := c.in.message(c.limit)
		if err != nil {
			return err
		}
		if c.idle {
			c.idle = false
			if d, _ := c.sess.IdleTimeout(); d > 0 {
				if err := c.deadline(); err != nil {
					return err
				}
			}
		}
		if typ == 'X' {
			return nil
		}
		if c.skip && typ != 'S' {
			continue
		}
		if err := c.handle(typ, body); err != nil {
			return err
		}
		if c.broken != nil {
			return c.broken
		}
	}
}

// handle runs one message. An error it returns ends the connection; a
// statement's error has been told to the client.
func (c *conn) handle(typ byte, body []byte) error {
	switch typ {
	case 'Q':
		return c.query(body)
	case 'P':
		return c.extended(c.parse(body))
	case 'B':
		return c.extended(c.bind(body))
	case 'D':
		return c.extended(c.describe(body))
	case 'E':
		return c.extended(c.execute(body))
	case 'C':
		return c.extended(c.close(body))
	case 'S':
		return c.sync()
	case 'H':
		return c.flush()
	case 'd', 'c', 'f':
		return nil // left from a COPY that failed
	case 'F':
		c.out = appendError(c.out, 'E', pgerr.New(pgerr.FeatureNotSupported, "fast-path function calls are not supported"))
		return c.ready()
	}
	return fatalError(pgerr.ProtocolViolation, "invalid frontend message type %d", typ)
}

// ready sends ReadyForQuery and all that waits to be sent.
func (c *conn) ready() error {
	c.sess.Ready()
	c.out = append(c.out, 'Z', 0, 0, 0, 5, c.sess.Status())
	c.idle = true
	if c.woken.Load() {
		// What it was for may have been done; the reader will see.
		if err := c.deadline(); err != nil {
			return err
		}
	}
	return c.flush()
}

// tell sends a statement's error; a fatal one comes back.
func (c *conn) tell(err error) error {
	if c.broken != nil {
		return c.broken
	}
	e := c.sess.Error(err)
	if e.Severity == "FATAL" {
		return e
	}
	c.out = appendError(c.out, 'E', e)
	return nil
}

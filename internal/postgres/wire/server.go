package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// Server accepts connections and runs a goroutine for each.
type Server struct {
	o  Options
	ln net.Listener

	mu     sync.Mutex
	conns  map[*conn]struct{}
	closed bool
	wg     sync.WaitGroup

	accepted, refused, bytesIn, bytesOut atomic.Int64
}

// NewServer makes a server; Start makes it listen.
func NewServer(o Options) *Server {
	o.defaults()
	return &Server{o: o, conns: make(map[*conn]struct{})}
}

// Start listens and returns; connections are served in the background. Without an
// address there are only local ones.
func (s *Server) Start() error {
	if s.o.Addr == "" {
		return nil
	}
	ln, err := net.Listen("tcp", s.o.Addr)
	if err != nil {
		return err
	}
	s.Serve(ln)
	return nil
}

// Serve is Start with a listener that is there already; the server closes it.
func (s *Server) Serve(ln net.Listener) {
	s.ln = ln
	s.wg.Add(1)
	go s.accept()
}

// Addr is the address that the server listens on, nil if it does not.
func (s *Server) Addr() net.Addr {
	if s.ln == nil {
		return nil
	}
	return s.ln.Addr()
}

// ServeLocal takes a connection that came by way of the data directory: it may be any
// role without a password. The server closes it.
func (s *Server) ServeLocal(nc net.Conn) {
	s.accepted.Add(1)
	s.take(nc, true)
}

// accept takes connections until the listener is closed.
func (s *Server) accept() {
	defer s.wg.Done()
	delay := 5 * time.Millisecond
	for {
		nc, err := s.ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Most likely too many open files: wait for some to be closed.
			s.o.Logger.Warn("cannot accept a PostgreSQL connection", "error", err)
			time.Sleep(delay)
			delay = min(2*delay, time.Second)
			continue
		}
		delay = 5 * time.Millisecond
		s.accepted.Add(1)
		s.take(nc, false)
	}
}

// take starts a connection, or refuses it at once if there are too many.
func (s *Server) take(nc net.Conn, local bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = nc.Close()
		return
	}
	if len(s.conns) >= s.o.MaxConnections {
		s.refused.Add(1)
		s.wg.Add(1)
		go s.refuse(nc)
		return
	}
	c := newConn(s, nc)
	c.local = local
	s.conns[c] = struct{}{}
	s.wg.Add(1)
	go c.serve()
}

// refuse tells a client that there are too many, without reading what it says.
func (s *Server) refuse(nc net.Conn) {
	defer s.wg.Done()
	e := pgerr.New(pgerr.TooManyConnections, "sorry, too many clients already")
	e.Severity = "FATAL"
	_ = nc.SetDeadline(time.Now().Add(time.Second))
	_, _ = nc.Write(appendError(nil, 'E', e))
	if tcp, ok := nc.(*net.TCPConn); ok {
		// Closing with unread input resets the connection, and the message is lost.
		_ = tcp.CloseWrite()
		var scrap [512]byte
		_, _ = nc.Read(scrap[:])
	}
	_ = nc.Close()
}

func (s *Server) drop(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.wg.Done()
}

// graceTime is how long a client that is cut off may take to be told so.
const graceTime = 200 * time.Millisecond

// Shutdown stops listening and ends all connections: each gets its FATAL 57P01
// as soon as it is in no statement and no transaction. When ctx is done, running
// statements are cancelled and what is left is cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	already := s.closed
	s.closed = true
	s.mu.Unlock()
	if already {
		return nil
	}
	var err error
	if s.ln != nil {
		err = s.ln.Close()
	}
	s.o.Sessions.Drain()
	s.mu.Lock()
	for c := range s.conns {
		c.Wake() // also those not yet authenticated
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
	}
	s.o.Sessions.Shutdown()
	left := s.Stats().Connections
	select {
	case <-done:
	case <-time.After(graceTime):
	}
	s.mu.Lock()
	for c := range s.conns {
		_ = c.nc.Close()
	}
	s.mu.Unlock()
	<-done
	if left > 0 {
		err = errors.Join(err, fmt.Errorf("postgres server: %d clients were cut off: %w", left, ctx.Err()))
	}
	return err
}

// Stats are counts since the start, and connections now.
type Stats struct {
	Connections                          int
	Accepted, Refused, BytesIn, BytesOut int64
}

// Stats gives the counts.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	n := len(s.conns)
	s.mu.Unlock()
	return Stats{n, s.accepted.Load(), s.refused.Load(), s.bytesIn.Load(), s.bytesOut.Load()}
}

package admin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Local serves the endpoint within this process, for whoever opened the data
// directory itself: the client asks as it would ask a server on its socket.
func Local(o Options) (*Server, *Client) {
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	s := newServer(o)
	s.listeners = append(s.listeners, l)
	go s.serve(l)
	c := newClient(o.DataDir, l.dial)
	c.source = o.Source
	return s, c
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
	case <-ctx.Done():
	}
	return nil, errors.Join(http.ErrServerClosed, here.Close(), there.Close())
}

// Accept is net.Listener's.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close is net.Listener's.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr is net.Listener's.
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

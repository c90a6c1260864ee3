package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/orbit-server/orbit/internal/auth"
)

// handshakeTime is how long a client may take until the TLS handshake is done. It
// counts as a client meanwhile, so that slow ones are no more than maxclients.
const handshakeTime = 10 * time.Second

// secure is the port for TLS. Its connections are goroutines on loops of their own:
// an event loop cannot wait for the other half of a record.
type secure struct {
	tls      auth.TLS
	listener net.Listener
	loops    []eventLoop
}

// openTLS reads the certificates and lets CONFIG SET change them.
func (s *Server) openTLS() error {
	if s.opts.TLSAddr == "" {
		return nil
	}
	if err := s.ReloadTLS(); err != nil {
		return fmt.Errorf("redis server: TLS: %w", err)
	}
	s.params.OnApply(func() error {
		if err := s.ReloadTLS(); err != nil {
			s.log.Warn("TLS is what it was", "err", err)
			return errors.New("Unable to update TLS configuration. Check server logs.")
		}
		return nil
	}, "tls-cert-file", "tls-key-file", "tls-ca-cert-file", "tls-auth-clients", "tls-protocols")
	return nil
}

// ReloadTLS reads the certificates anew, for connections from now on. If one of
// them is wrong all stay what they were.
func (s *Server) ReloadTLS() error {
	if s.opts.TLSAddr == "" {
		return nil
	}
	p := s.params
	o := auth.TLSOptions{
		CertFile: p.Text("tls-cert-file"), KeyFile: p.Text("tls-key-file"), CAFile: p.Text("tls-ca-cert-file"),
		Clients: p.Text("tls-auth-clients"), Protocols: p.Text("tls-protocols"),
	}
	c, err := o.Config()
	if err != nil {
		return err
	}
	s.secure.tls.Use(c)
	return nil
}

// listenTLS opens the port and its loops.
func (s *Server) listenTLS() error {
	if s.opts.TLSAddr == "" {
		return nil
	}
	var err error
	if s.secure.listener, err = net.Listen("tcp", s.opts.TLSAddr); err != nil {
		return fmt.Errorf("redis server: TLS: %w", err)
	}
	for range s.opts.Loops {
		l := newStreamLoop(s)
		s.secure.loops = append(s.secure.loops, l)
		s.loops = append(s.loops, l)
	}
	return nil
}

// TLSAddr is where the server listens for TLS, nil if it does not.
func (s *Server) TLSAddr() net.Addr {
	if s.secure.listener == nil {
		return nil
	}
	return s.secure.listener.Addr()
}

// admitTLS lets a connection shake hands, and become a client if that succeeds.
func (s *Server) admitTLS(raw net.Conn, n int) {
	s.tasks.Add(1)
	go func() {
		defer s.tasks.Done()
		conn := tls.Server(raw, s.secure.tls.Config())
		ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
		defer cancel()
		defer context.AfterFunc(s.stopping, cancel)()
		if err := conn.HandshakeContext(ctx); err != nil {
			s.clients.count.Add(-1)
			s.tel.Rejected.Add(1)
			s.log.Debug("a TLS handshake failed", "client", raw.RemoteAddr().String(), "err", err)
			if err := raw.Close(); err != nil {
				s.log.Debug("closing a connection", "err", err)
			}
			return
		}
		s.tel.Accepted.Add(1)
		s.secure.loops[n%len(s.secure.loops)].take(conn)
	}()
}

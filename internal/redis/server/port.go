package server

import (
	"errors"
	"net"
	"strconv"
)

// errPort is redis-server's reply when it cannot listen.
var errPort = errors.New("Unable to listen on this port. Check server logs.")

// bindPort lets CONFIG SET move the server to another port. It must come after all
// that may refuse a CONFIG SET: what was bound is not given back.
func (s *Server) bindPort() {
	s.params.Release("port", func() error { return nil })
	s.params.OnApply(s.rebind, "port")
}

// rebind listens where port says, and no longer where the server did; clients stay.
// Port 0 is none.
func (s *Server) rebind() error {
	s.listening.Lock()
	defer s.listening.Unlock()
	port := s.params.Text("port")
	host, now, err := net.SplitHostPort(s.opts.Addr)
	if s.listener != nil {
		_, now, err = net.SplitHostPort(s.listener.Addr().String())
	}
	switch {
	case err != nil || len(s.plain) == 0 || s.draining.Load():
		return errPort // it was started without a port, or ends
	case s.listener != nil && now == port, s.listener == nil && port == "0":
		return nil
	}
	var next net.Listener
	if port != "0" {
		if next, err = net.Listen("tcp", net.JoinHostPort(host, port)); err != nil {
			s.log.Warn("cannot listen on another port", "port", port, "err", err)
			return errPort
		}
		s.tasks.Add(1)
		go s.accept(next, s.admit)
	}
	if s.listener != nil {
		if err := s.listener.Close(); err != nil {
			s.log.Warn("closing a port", "err", err)
		}
	}
	s.listener = next
	s.log.Info("listening on another port", "port", strconv.Itoa(int(s.params.Int("port"))))
	return nil
}

package server

import (
	"errors"
	"net"
	"time"
)

// accept hands new connections to the loops, in turn. Running out of file
// descriptors delays it and ends nothing.
func (s *Server) accept() {
	defer s.tasks.Done()
	next := 0
	var lastLogged time.Time
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if time.Since(lastLogged) > time.Second {
				lastLogged = time.Now()
				s.log.Warn("cannot accept a connection", "err", err)
			}
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if s.clients.count.Add(1) > s.maxClients.Load() {
			s.refuse(conn)
			continue
		}
		s.tel.Accepted.Add(1)
		s.tune(conn)
		s.loops[next%len(s.loops)].take(conn)
		next++
	}
}

// refuse turns a client away. The write cannot block: the socket is empty.
func (s *Server) refuse(conn net.Conn) {
	s.clients.count.Add(-1)
	s.tel.Rejected.Add(1)
	_, err := conn.Write([]byte("-ERR max number of clients reached\r\n"))
	if err = errors.Join(err, conn.Close()); err != nil {
		s.log.Debug("refusing a client", "err", err)
	}
}

// tune sets the socket's options; a socket without them still serves.
func (s *Server) tune(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	seconds := time.Duration(s.keepAlive.Load()) * time.Second
	err := tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: seconds > 0, Idle: seconds, Interval: max(seconds/3, time.Second), Count: 3,
	})
	if err != nil {
		s.log.Debug("setting keepalive", "err", err)
	}
}

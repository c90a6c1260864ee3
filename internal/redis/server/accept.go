package server

import (
	"errors"
	"net"
	"time"
)

// accept admits the connections to a port, counting them. Running out of file
// descriptors delays it and ends nothing.
func (s *Server) accept(listener net.Listener, admit func(conn net.Conn, n int)) {
	defer s.tasks.Done()
	next := 0
	var lastLogged time.Time
	for {
		conn, err := listener.Accept()
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
			s.turnAway(conn, tooManyReply)
			continue
		}
		if s.protects(conn) {
			s.turnAway(conn, protectedReply)
			continue
		}
		s.tune(conn)
		admit(conn, next)
		next++
	}
}

// admit makes a connection a client, of the loops in turn.
func (s *Server) admit(conn net.Conn, n int) {
	s.tel.Accepted.Add(1)
	s.plain[n%len(s.plain)].take(conn)
}

// protects reports whether protected-mode keeps a client out: one from another
// machine while the default user needs no password.
func (s *Server) protects(conn net.Conn) bool {
	if s.protectedMode.Load() == 0 || !s.users.Default().NoPass() {
		return false
	}
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback()
}

const tooManyReply = "-ERR max number of clients reached\r\n"

const protectedReply = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
	"In this mode connections are only accepted from the loopback interface. " +
	"If you want to connect from external computers, set a password for the default user, " +
	"or turn protected mode off with 'CONFIG SET protected-mode no' from the same host if the network is trusted.\r\n"

// turnAway ends a connection with a reply. The write cannot block: the socket is
// empty.
func (s *Server) turnAway(conn net.Conn, reply string) {
	s.clients.count.Add(-1)
	s.tel.Rejected.Add(1)
	_, err := conn.Write([]byte(reply))
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

package server

import (
	"errors"
	"net"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// errNotServing answers local connections before Start and after Shutdown.
var errNotServing = errors.New("redis server: not serving")

// ServeLocal makes a client of a connection that came by way of the data directory,
// which only its owner can open: it is the owner's, who needs no password and may do
// everything. The server closes the connection.
func (s *Server) ServeLocal(conn net.Conn) error {
	if s.local == nil || s.draining.Load() {
		return errors.Join(errNotServing, conn.Close())
	}
	if s.clients.count.Add(1) > s.maxClients.Load() {
		s.turnAway(conn, tooManyReply)
		return nil
	}
	s.tel.Accepted.Add(1)
	s.local.take(conn)
	return nil
}

// listenLocal makes the loop of local connections, which works like those of TLS.
func (s *Server) listenLocal() {
	s.local = newStreamLoop(s)
	s.local.worker.owner = s.users.Owner()
	s.loops = append(s.loops, s.local)
}

// addrText is an end of a connection as CLIENT LIST shows it: sockets of files have a
// path, or nothing.
func addrText(addr net.Addr) string {
	if addr.Network() == "tcp" {
		return addr.String()
	}
	return command.LocalAddr
}

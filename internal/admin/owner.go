package admin

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// What only the owner of the data directory may ask for is served where only the
// owner can connect: on the directory's socket, and within the process that opened
// the directory. The address for monitoring has none of it.

// Protocol is one of the two that a connection can be upgraded to.
type Protocol string

// The protocols, as the path and the Upgrade header name them.
const (
	RedisProtocol    Protocol = "redis"
	PostgresProtocol Protocol = "postgres"
)

func (p Protocol) upgrade() string { return "orbit-" + string(p) }

func ownerRoutes(mux *http.ServeMux, source Source) {
	for _, p := range []Protocol{RedisProtocol, PostgresProtocol} {
		mux.Handle("POST /"+string(p), ownerOnly(func(w http.ResponseWriter, r *http.Request) {
			serve := source.Local(p)
			switch {
			case serve == nil:
				answerError(w, http.StatusNotFound, fmt.Sprintf("this server does not serve %s", p))
			case r.Header.Get("Upgrade") != p.upgrade():
				answerError(w, http.StatusUpgradeRequired, "ask for an upgrade to "+p.upgrade())
			default:
				upgrade(w, p, serve)
			}
		}))
	}
}

// ownerOnly keeps out what came over TCP.
func ownerOnly(serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); !ok || addr.Network() == "tcp" {
			answerError(w, http.StatusForbidden, "only over the data directory's socket")
			return
		}
		serve(w, r)
	})
}

// upgrade hands the connection to the server of another protocol.
func upgrade(w http.ResponseWriter, p Protocol, serve func(net.Conn) error) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		answerError(w, http.StatusInternalServerError, err.Error())
		return
	}
	// The server waits for the client in both protocols, so this comes first.
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", p.upgrade())
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = conn.Close()
		return
	}
	_ = serve(conn)
}

func answerError(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"error": message})
}

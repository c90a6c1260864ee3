package wire

import (
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/orbit-server/orbit/internal/auth"
	"github.com/orbit-server/orbit/internal/postgres/session"
)

// Options of a Server. Zero values are the defaults given.
type Options struct {
	// Addr is where to listen: host:port; "" nowhere.
	Addr string
	// Sessions makes the sessions that connections drive.
	Sessions *session.Manager
	// Password, if set, is what every role without a password of its own must
	// give. A role that has neither is trusted.
	Password auth.Verifier
	// TLS, if set, is used with the clients that ask for it.
	TLS *tls.Config
	// RequireTLS refuses clients that do not ask for it.
	RequireTLS bool
	// MaxConnections bounds connections, those being authenticated among them; 0
	// is 1,000.
	MaxConnections int
	// AuthTimeout bounds start-up and authentication; 0 is a minute.
	AuthTimeout time.Duration
	// StallTimeout bounds how long a client may stay silent in the middle of a
	// message, and how long it may not take what is sent to it; 0 is a minute.
	StallTimeout time.Duration
	// MaxMessage bounds a message's bytes; 0 is 256 MB.
	MaxMessage int
	Logger     *slog.Logger
}

func (o *Options) defaults() {
	if o.MaxConnections <= 0 {
		o.MaxConnections = 1000
	}
	if o.AuthTimeout <= 0 {
		o.AuthTimeout = time.Minute
	}
	if o.StallTimeout <= 0 {
		o.StallTimeout = time.Minute
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = 256 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

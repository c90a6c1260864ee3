package server

import (
	"errors"
	"log/slog"
	"net"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

// Offline opens a data directory that no server holds and serves it within this
// process only: nothing listens, nothing expires in the background, and the client
// asks as it would ask a running server. It ends with Shutdown.
func Offline(c *config.Config, logger *slog.Logger) (*Server, *admin.Client, error) {
	return offline(c, logger, opening{})
}

// OfflineOnce is Offline for who only reads, and everything once: it caches little and
// compacts nothing.
func OfflineOnce(c *config.Config, logger *slog.Logger) (*Server, *admin.Client, error) {
	return offline(c, logger, opening{readOnce: true})
}

// OfflineBriefly is OfflineOnce for who ends within two seconds: a server that is started
// meanwhile waits instead of being refused.
func OfflineBriefly(c *config.Config, logger *slog.Logger) (*Server, *admin.Client, error) {
	return offline(c, logger, opening{readOnce: true, brief: true})
}

// OfflineWindow is Offline for a window that a person has open: it compacts late, unless
// there is much to compact.
func OfflineWindow(c *config.Config, logger *slog.Logger) (*Server, *admin.Client, error) {
	return offline(c, logger, opening{window: true})
}

// OfflineFaulty is Offline for Check: a tower that does not open is a fault that Check
// tells, and the others are there.
func OfflineFaulty(c *config.Config, logger *slog.Logger) (*Server, *admin.Client, error) {
	return offline(c, logger, opening{faulty: true})
}

func offline(c *config.Config, logger *slog.Logger, o opening) (*Server, *admin.Client, error) {
	alone := *c
	alone.RedisAddr, alone.RedisTLSAddr, alone.PostgresAddr = "", "", ""
	alone.RedisACLFile = ""
	o.redis, o.postgres, o.offline = true, true, true
	s, err := open(&alone, logger, o)
	if err != nil {
		return nil, nil, err
	}
	if err := s.startTowers(); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	var client *admin.Client
	s.admin, client = admin.Local(admin.Options{DataDir: s.path, Source: s, Logger: logger.With("part", "admin")})
	s.ready.Store(true)
	return s, client, nil
}

// Local implements admin.Source.
func (s *Server) Local(p admin.Protocol) func(net.Conn) error {
	switch {
	case p == admin.RedisProtocol && s.redis != nil:
		return s.redis.server.ServeLocal
	case p == admin.PostgresProtocol && s.sql != nil:
		return func(conn net.Conn) error {
			s.sql.server.ServeLocal(conn)
			return nil
		}
	}
	return nil
}

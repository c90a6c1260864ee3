package server

import (
	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/postgres/types"
	redis "github.com/orbit-server/orbit/internal/redis/server"
)

// FollowKeys implements admin.Source.
func (s *Server) FollowKeys(of admin.KeyScope) (admin.Following, error) {
	if s.redis == nil {
		return nil, admin.ErrOff
	}
	f, err := s.redis.server.FollowKeys(redis.KeyScope{DB: of.DB, Prefix: of.Prefix, Exact: of.Exact})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// FollowTable implements admin.Source.
func (s *Server) FollowTable(of admin.TableScope) (admin.Following, error) {
	if s.sql == nil {
		return nil, admin.ErrOff
	}
	f, err := s.sql.engine.FollowTable(of.Database, types.OID(of.OID))
	if err != nil {
		return nil, err
	}
	return f, nil
}

package server

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// sqlTower is the PostgreSQL half, from its store up.
type sqlTower struct{ server stub }

type stub struct{}

func (stub) Start() error                   { return nil }
func (stub) Addr() net.Addr                 { return &net.TCPAddr{} }
func (stub) Shutdown(context.Context) error { return nil }

func openSQL(*config.Config, *datadir.Dir, *slog.Logger) (*sqlTower, error) {
	return nil, errors.New("not built yet")
}
func (t *sqlTower) close() error            { return nil }
func (t *sqlTower) status() *admin.Postgres { return nil }

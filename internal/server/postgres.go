package server

import (
	"errors"
	"net"
	"strconv"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/auth"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/latency"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/session"
	"github.com/orbit-server/orbit/internal/postgres/sysview"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/wire"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// sqlTower is the PostgreSQL half, from its store up.
type sqlTower struct {
	config   *config.Config
	store    *house
	engine   *table.Engine
	sessions *session.Manager
	server   *wire.Server
}

// openSQL builds it on its store, which it closes if it fails.
func openSQL(owner *Server, store *house) (_ *sqlTower, err error) {
	s, logger := store.stores, store.logger
	c, dir := s.config, s.dir
	t := &sqlTower{config: c, store: store}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	o := table.Options{
		Superuser: c.PostgresUser,
		InMemory:  func() bool { return t.store.Stats().Kind == "memory" },
	}
	o.HasRows = t.hasRows
	if t.engine, err = table.Open(t.store.Store, o); err != nil {
		return nil, err
	}
	if tables := t.store.live.Load().tables; tables != nil {
		names := t.engine.StorageNames()
		err := tables.Retain(func(id uint64) bool { _, ok := names[id]; return ok })
		if err != nil {
			return nil, err
		}
	}
	s.engine.Store(t.engine)
	settings := map[string]string{"max_connections": strconv.Itoa(c.MaxConnections), "data_directory": dir.Path(datadir.PostgreSQL)}
	if c.PostgresAddr != "" {
		_, port, err := net.SplitHostPort(c.PostgresAddr)
		if err != nil {
			return nil, err
		}
		if port != "0" { // 0 lets the system choose when the server starts
			settings["port"] = port
		}
	}
	var redisLatency func() *latency.Snapshot
	if owner.redis != nil {
		redisLatency = owner.redis.server.Telemetry().AllLatency
	}
	t.sessions, err = session.NewManager(session.Options{
		Engine: t.engine, Virtual: sysview.Rows{}, MaxSessions: c.MaxConnections, Logger: logger,
		Settings: settings, Actors: s.sqlActors, Live: owner.liveSettings(), ChangeMode: owner.changeMode,
		RedisLatency: redisLatency, ServerFiles: c.PostgresServerFiles,
	})
	if err != nil {
		return nil, err
	}
	w := wire.Options{Addr: c.PostgresAddr, Sessions: t.sessions, MaxConnections: c.MaxConnections, Logger: logger}
	if c.PostgresPassword != "" {
		if w.Password, err = auth.NewVerifier(c.PostgresPassword); err != nil {
			return nil, err
		}
	}
	t.server = wire.NewServer(w)
	return t, nil
}

// hasRows tells whether there may be rows of a table that is pinned in memory.
func (t *sqlTower) hasRows(storage uint64) bool {
	tables := t.store.live.Load().tables
	return tables == nil || tables.Has(storage)
}

// close ends what was opened, from the top down. The server was shut down before.
func (t *sqlTower) close() error {
	var errs []error
	if t.engine != nil {
		errs = append(errs, t.engine.Close())
	}
	if t.store != nil {
		errs = append(errs, t.store.close())
	}
	return errors.Join(errs...)
}

// superuser is the role that the directory's owner uses: the first one, by the name
// that it has.
func (t *sqlTower) superuser() string {
	if role := t.engine.Catalog(0).Role(catalog.BootstrapRole); role != nil {
		return role.Name
	}
	return t.config.PostgresUser
}

func (t *sqlTower) status() *admin.Postgres {
	w, s := t.server.Stats(), t.sessions.Stats()
	return &admin.Postgres{
		Addr: addrText(t.server.Addr()), Superuser: t.superuser(), Place: t.store.place(), Durability: t.store.Durability().String(),
		Connections: int64(w.Connections), ConnectionsTotal: uint64(w.Accepted), RejectedTotal: uint64(w.Refused),
		StatementsTotal: uint64(s.Statements), ErrorsTotal: uint64(s.Errors),
		CommitsTotal: uint64(s.Commits), RollbacksTotal: uint64(s.Rollbacks),
		PlanHits: uint64(s.PlanHits), PlanMisses: uint64(s.PlanMisses),
		Latency:   latencies(t.sessions.Latency()),
		BytesRead: uint64(w.BytesIn), BytesWritten: uint64(w.BytesOut),
		Storage: admin.StoreStatus(t.store.Stats()),
	}
}

package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/process"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/internal/version"
)

// Server is one orbit: a data directory and what serves it.
type Server struct {
	config  *config.Config
	logger  *slog.Logger
	dir     *datadir.Dir
	path    string // of dir, absolute
	stores  *stores
	redis   *redisTower
	sql     *sqlTower
	admin   *admin.Server
	started time.Time
	ready   atomic.Bool
	stopped chan struct{}

	availableMemory func() (int64, error) // config.AvailableMemory
	offline         bool                  // nobody else asks, and no client writes
}

// New opens the data directory and the stores. The errors of storage tell a
// directory that is locked, foreign, damaged or of a newer format.
func New(c *config.Config, logger *slog.Logger) (*Server, error) {
	return open(c, logger, opening{redis: c.ServesRedis(), postgres: c.PostgresAddr != ""})
}

// opening is what is opened of a directory, and how.
type opening struct {
	redis, postgres bool
	readOnce        bool
	offline         bool
	brief           bool // the process ends within two seconds
	window          bool // a person looks at it, for long
	faulty          bool // what does not open is noted, and the rest opened
}

// open puts the towers that are asked for on the directory.
func open(c *config.Config, logger *slog.Logger, o opening) (_ *Server, err error) {
	s := &Server{
		config: c, logger: logger, offline: o.offline,
		started: time.Now(), stopped: make(chan struct{}), availableMemory: config.AvailableMemory,
	}
	if s.path, err = filepath.Abs(c.DataDir); err != nil {
		return nil, err
	}
	hold := datadir.Open
	if o.brief {
		hold = datadir.OpenBriefly
	}
	if s.dir, err = hold(s.path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.stores = &stores{config: c, dir: s.dir, readOnce: o.readOnce}
	switch {
	case o.window:
		s.stores.compactAfter = idle
	case o.offline:
		s.stores.compactAfter = glance
	}
	if err := s.stores.settle(logger); err != nil {
		return nil, err
	}
	redis, sql, err := s.stores.openHouses(o, logger)
	if err != nil {
		return nil, err
	}
	if redis != nil {
		s.redis, err = openRedis(s, redis, s.requestStop)
		if err = s.stores.tolerate("redis", err, o); err != nil {
			if sql != nil {
				err = errors.Join(err, sql.close())
			}
			return nil, err
		}
	}
	if sql != nil {
		s.sql, err = openSQL(s, sql)
		if err = s.stores.tolerate("postgres", err, o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// glance is as long as a directory is open for one command, or for a look at it: who does
// no more than that need not wait for compactions when it is closed.
const glance = 2 * time.Second

// idle is how long a window is open before it compacts what can wait, which takes more
// memory than all that it shows.
const idle = 10 * time.Minute

// Start listens. When it returns nil both protocols accept connections.
func (s *Server) Start() error {
	if err := s.startTowers(); err != nil {
		return err
	}
	if s.redis != nil {
		s.redis.keys.Start()
	}
	endpoint, err := admin.Listen(admin.Options{DataDir: s.path, Addr: s.config.AdminAddr, Source: s, Logger: s.logger.With("part", "admin")})
	var network *net.OpError
	if errors.As(err, &network) && network.Net == "tcp" {
		return listenError("admin-addr", s.config.AdminAddr, network)
	}
	if err != nil {
		return err
	}
	s.admin = endpoint
	s.ready.Store(true)
	return nil
}

func (s *Server) startTowers() error {
	if s.redis != nil {
		if err := s.redis.server.Start(); err != nil {
			return s.redisListenError(err)
		}
	}
	if s.sql != nil {
		if err := s.sql.server.Start(); err != nil {
			return listenError("postgres-addr", s.config.PostgresAddr, err)
		}
	}
	return nil
}

// redisListenError tells which of the two addresses it was.
func (s *Server) redisListenError(err error) error {
	if s.config.RedisAddr != "" && s.redis.server.PlainAddr() == nil || s.config.RedisTLSAddr == "" {
		return listenError("redis-addr", s.config.RedisAddr, err)
	}
	return listenError("redis-tls-addr", s.config.RedisTLSAddr, err)
}

// Reload reads anew what may change while the server runs: certificates. What is
// wrong stays as it was.
func (s *Server) Reload() error {
	if s.redis == nil {
		return nil
	}
	return s.redis.server.ReloadTLS()
}

// listenError says which address could not be had and what to do about it.
func listenError(setting, addr string, err error) error {
	remedy := "choose another"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		remedy = "stop what uses it, or choose another"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		remedy = "choose an address of this machine"
	case errors.Is(err, syscall.EACCES):
		remedy = "choose a port from 1024 on"
	}
	return fmt.Errorf("cannot listen on %s %s: %w; %s with --%s", setting, addr, err, remedy, setting)
}

// Stopped tells that a client asked for the server to stop (SHUTDOWN).
func (s *Server) Stopped() <-chan struct{} { return s.stopped }

// requestStop is called at most once.
func (s *Server) requestStop() { close(s.stopped) }

// Shutdown stops accepting, lets clients finish what they began until ctx ends,
// and closes everything.
func (s *Server) Shutdown(ctx context.Context) error {
	s.ready.Store(false)
	var errs []error
	if s.redis != nil {
		errs = append(errs, s.redis.server.Shutdown(ctx))
	}
	if s.sql != nil {
		errs = append(errs, s.sql.server.Shutdown(ctx))
	}
	if s.admin != nil {
		errs = append(errs, s.admin.Shutdown(ctx))
	}
	return errors.Join(append(errs, s.Close())...)
}

// Close closes the stores and gives the directory back. It is the end of a
// server that never started, and the last step of Shutdown.
func (s *Server) Close() error {
	errs := []error{s.closeTowers()}
	if s.stores != nil {
		errs = append(errs, s.stores.close())
		s.stores = nil
	}
	if s.dir != nil {
		errs = append(errs, s.dir.Close())
		s.dir = nil
	}
	return errors.Join(errs...)
}

// closeTowers closes both at once: each writes out what its store holds in memory.
func (s *Server) closeTowers() error {
	var redis, sql error
	var both sync.WaitGroup
	if s.redis != nil {
		both.Go(func() { redis = s.redis.close() })
	}
	if s.sql != nil {
		both.Go(func() { sql = s.sql.close() })
	}
	both.Wait()
	s.redis, s.sql = nil, nil
	return errors.Join(redis, sql)
}

// DataDir is the data directory's absolute path.
func (s *Server) DataDir() string { return s.path }

// RedisAddr is where Redis clients connect without TLS, nil when that is off.
func (s *Server) RedisAddr() net.Addr {
	if s.redis == nil {
		return nil
	}
	return s.redis.server.PlainAddr()
}

// RedisTLSAddr is where they connect with TLS, nil when that is off.
func (s *Server) RedisTLSAddr() net.Addr {
	if s.redis == nil {
		return nil
	}
	return s.redis.server.TLSAddr()
}

// PostgresAddr is where PostgreSQL clients connect, nil when that protocol is off.
func (s *Server) PostgresAddr() net.Addr {
	if s.sql == nil {
		return nil
	}
	return s.sql.server.Addr()
}

// PostgresUser is the role that owns a new directory's database.
func (s *Server) PostgresUser() string { return s.config.PostgresUser }

// Ready implements admin.Source.
func (s *Server) Ready() error {
	if !s.ready.Load() {
		return errors.New("starting or stopping")
	}
	return nil
}

// Status implements admin.Source.
func (s *Server) Status() admin.Status {
	status := admin.Status{
		Version: version.String(), PID: os.Getpid(), StartedAt: s.started.UTC().Truncate(time.Second),
		UptimeSeconds: int64(time.Since(s.started).Seconds()), DataDir: s.path, Ready: s.ready.Load(),
	}
	m := process.ReadMemory()
	status.MemoryBytes, status.HeapBytes = m.Resident, m.Heap
	if s.redis != nil {
		status.Redis = s.redis.status()
	}
	if s.sql != nil {
		status.Postgres = s.sql.status()
	}
	return status
}

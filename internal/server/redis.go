package server

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/param"
	redis "github.com/orbit-server/orbit/internal/redis/server"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
	"github.com/orbit-server/orbit/internal/version"
)

// redisTower is the Redis half, from its store up.
type redisTower struct {
	config *config.Config
	store  storage.Store
	keys   *keyspace.Keyspace
	server *redis.Server
	logger *slog.Logger
}

func openRedis(c *config.Config, dir *datadir.Dir, logger *slog.Logger, onShutdown func()) (_ *redisTower, err error) {
	t := &redisTower{config: c, logger: logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.store, err = openFrontStore(dir.Path(datadir.Redis), c.RedisDurability, c.RedisCache, logger); err != nil {
		return nil, err
	}
	if t.keys, err = keyspace.Open(t.store, keyspace.Options{Logger: logger}); err != nil {
		return nil, err
	}
	given := map[string]string{
		"requirepass": c.RedisPassword,
		"aclfile":     c.RedisACLFile,
		"maxclients":  strconv.Itoa(c.MaxClients),
		"dir":         dir.Path(datadir.Redis),
	}
	if c.InsecureBind {
		given["protected-mode"] = "no"
	}
	params, err := param.New(given)
	if err != nil {
		return nil, err
	}
	t.server, err = redis.New(redis.Options{
		Addr: c.RedisAddr, Keyspace: t.keys, Params: params, Logger: logger, Version: version.String(), OnShutdown: onShutdown,
	})
	if err != nil {
		return nil, err
	}
	if c.RedisACLFile != "" && !c.InsecureBind && !config.Loopback(c.RedisAddr) && !t.server.Users().Default().NeedsPassword() {
		return nil, fmt.Errorf("redis-addr %s is open to other machines and the default user of %s needs no password: give it one, or --insecure-bind if the network is trusted",
			c.RedisAddr, c.RedisACLFile)
	}
	t.keys.Start()
	return t, nil
}

// openFrontStore opens the store of the Redis keyspace, which is written to in
// single keys. Half of the cache memory holds blocks of the tree; of the other
// half one part holds single values and one what was written lately.
func openFrontStore(path string, durability storage.Durability, cache int64, logger *slog.Logger) (storage.Store, error) {
	s, err := frontstore.Open(frontstore.Options{
		Dir: path, Durability: durability, Logger: logger, Fatal: fatal(logger),
		CacheBytes: max(cache/2, 1), ReadCacheBytes: max(cache/4, 1), TableBytes: max(cache/4, minTableBytes),
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// minTableBytes is the least that is worth handing over at a time.
const minTableBytes = 4 << 20

// openStore opens the store of the tables. Half of the cache memory holds blocks
// of the tree, half single values.
func openStore(path string, durability storage.Durability, cache int64, logger *slog.Logger) (storage.Store, error) {
	s, err := pebblestore.Open(pebblestore.Options{
		Dir: path, Durability: durability, CacheBytes: max(cache/2, 1), ReadCacheBytes: max(cache/2, 1), Logger: logger,
		Fatal: fatal(logger),
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// fatal is told why a store cannot go on, before the process ends.
func fatal(logger *slog.Logger) func(error) {
	return func(err error) {
		logger.Error("storage cannot go on; stopping so that nothing is acknowledged and lost", "error", err)
	}
}

// close ends what was opened, from the top down. The server was shut down before.
func (t *redisTower) close() error {
	var errs []error
	if t.keys != nil {
		errs = append(errs, t.keys.Close())
	}
	if t.store != nil {
		errs = append(errs, t.store.Close())
	}
	return errors.Join(errs...)
}

func (t *redisTower) status() *admin.Redis {
	live, totals := t.server.Status(), t.server.Telemetry().Totals()
	s := &admin.Redis{
		Addr: t.server.Addr().String(), Mode: string(t.config.RedisMode), Durability: t.config.RedisDurability.String(),
		Clients: int64(live.Clients), ConnectionsTotal: totals.Accepted, RejectedTotal: totals.Rejected,
		CommandsTotal: totals.Calls, ErrorsTotal: totals.Failed + totals.Unknown,
		BytesRead: totals.InputBytes, BytesWritten: totals.OutputBytes,
		ExpiredTotal: t.keys.Stats().Expired, Storage: admin.StoreStatus(t.store.Stats()),
	}
	run := t.keys.NewRun()
	for db := range t.keys.Databases() {
		stats, err := run.DBStats(db)
		if err != nil {
			break // the store is closing; what was counted so far stands
		}
		s.KeysTotal += stats.Keys
		s.KeysWithTTL += stats.Expires
	}
	if err := run.Abort(); err != nil {
		t.logger.Debug("end of a read-only run", "error", err)
	}
	return s
}

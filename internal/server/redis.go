package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/latency"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/param"
	redis "github.com/orbit-server/orbit/internal/redis/server"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/internal/version"
)

// redisTower is the Redis half, from its store up.
type redisTower struct {
	config *config.Config
	store  *house
	keys   *keyspace.Keyspace
	server *redis.Server
	logger *slog.Logger
}

// openRedis builds it on its store, which it closes if it fails.
func openRedis(owner *Server, store *house, onShutdown func()) (_ *redisTower, err error) {
	c, dir, logger := store.stores.config, store.stores.dir, store.logger
	t := &redisTower{config: c, logger: logger, store: store}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.keys, err = keyspace.Open(t.store.Store, keyspace.Options{Logger: logger}); err != nil {
		return nil, err
	}
	params, err := redisParams(c, dir, logger)
	if err != nil {
		return nil, err
	}
	t.server, err = redis.New(redis.Options{
		Addr: c.RedisAddr, TLSAddr: c.RedisTLSAddr, Keyspace: t.keys, Params: params, Logger: logger, Version: version.String(), OnShutdown: onShutdown,
		Place: owner.redisPlace, ChangeMode: owner.changeMode, Users: c.RedisUsers,
		KeepConfig: func(parameters map[string]string, users []string) error {
			return dir.WriteRedisConfig(datadir.RedisConfig{Parameters: parameters, Users: users})
		},
	})
	if err != nil {
		return nil, err
	}
	for _, addr := range []string{c.RedisAddr, c.RedisTLSAddr} {
		if addr != "" && c.RedisACLFile != "" && !c.InsecureBind && !config.Loopback(addr) && !t.server.Users().Default().NeedsPassword() {
			return nil, fmt.Errorf("%s is open to other machines and the default user of %s needs no password: give it one, or --insecure-bind if the network is trusted",
				addr, c.RedisACLFile)
		}
	}
	return t, nil
}

// CheckRedisParameters refuses redis-parameters that a server could not begin with.
func CheckRedisParameters(c *config.Config) error {
	params, err := param.New(nil)
	if err != nil {
		return err
	}
	for name := range c.RedisParameters {
		if err := params.CheckGiven(name); err != nil {
			return fmt.Errorf("bad redis-parameters: %w (from %s)", err, c.Origins["redis-parameters"])
		}
	}
	if _, err := param.New(c.RedisParameters); err != nil {
		return fmt.Errorf("bad redis-parameters: %w (from %s)", err, c.Origins["redis-parameters"])
	}
	return nil
}

// redisParams are the parameters of CONFIG as the server begins with them.
func redisParams(c *config.Config, dir *datadir.Dir, logger *slog.Logger) (*param.Params, error) {
	given := c.ConfiguredRedis()
	given["dir"] = dir.Path(".")
	if _, told := given["protected-mode"]; c.InsecureBind && !told {
		given["protected-mode"] = "no"
	}
	params, err := param.New(given)
	if err != nil {
		return nil, fmt.Errorf("redis-parameters: %w", err)
	}
	if err := params.Recall(c.RecalledRedis()); err != nil {
		logger.Warn("not all that CONFIG REWRITE kept can be had again", "error", err)
	}
	return params, nil
}

func addrText(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	return addr.String()
}

// close ends what was opened, from the top down. The server was shut down before.
func (t *redisTower) close() error {
	var errs []error
	if t.keys != nil {
		errs = append(errs, t.keys.Close())
	}
	if t.store != nil {
		errs = append(errs, t.store.close())
	}
	return errors.Join(errs...)
}

func (t *redisTower) status() *admin.Redis {
	live, totals := t.server.Status(), t.server.Telemetry().Totals()
	background, usage := t.keys.Stats(), t.keys.Usage()
	s := &admin.Redis{
		Addr: addrText(t.server.PlainAddr()), TLSAddr: addrText(t.server.TLSAddr()), Place: t.store.place(), Durability: t.store.Durability().String(),
		Clients: int64(live.Clients), ConnectionsTotal: totals.Accepted, RejectedTotal: totals.Rejected,
		CommandsTotal: totals.Calls, ErrorsTotal: totals.Failed + totals.Unknown,
		BytesRead: totals.InputBytes, BytesWritten: totals.OutputBytes,
		ExpiredTotal: background.Expired, ExpiredFields: background.ExpiredFields, GarbageBytes: usage.Garbage, GarbageObjects: usage.Pending,
		Latency: latencies(*t.server.Telemetry().AllLatency()), Storage: admin.StoreStatus(t.store.Stats()),
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

// latencies are a histogram's buckets.
func latencies(s latency.Snapshot) (list []admin.Latency) {
	for limit, count := range s.Buckets() {
		list = append(list, admin.Latency{UpToNanos: limit, Count: count})
	}
	return list
}

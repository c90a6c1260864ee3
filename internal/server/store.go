package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/internal/storage/hybrid"
	"github.com/orbit-server/orbit/internal/storage/relocate"
)

// towerStore is the store of one tower: on disk, or in the memory of actors with
// perhaps a store on disk behind them.
type towerStore struct {
	storage.Store
	mode    config.Mode
	actors  *actor.Store  // nil if on disk
	tables  *hybrid.Store // SQL on disk, with tables in memory; nil otherwise
	backing storage.Store
}

// Handles counts the iterators and snapshots that need it open.
func (t *towerStore) Handles() int64 { return relocate.Handles(t.Store) }

// SetDurability is storage.DurabilitySetter's, as far as the store can.
func (t *towerStore) SetDurability(d storage.Durability) {
	if setter, ok := t.Store.(storage.DurabilitySetter); ok {
		setter.SetDurability(d)
	}
}

// Progress is storage.Progress's.
func (t *towerStore) Progress() (applied, synced uint64, ok bool) {
	if p, keeps := t.Store.(storage.Progress); keeps {
		return p.Progress()
	}
	return 0, 0, false
}

// DeletesInSteps is storage.StepDeleter's: actors take the entries of a range out one by
// one, and nobody reads meanwhile.
func (t *towerStore) DeletesInSteps() bool { return t.actors != nil }

// NewBulk is storage.BulkLoader's.
func (t *towerStore) NewBulk() (storage.Bulk, error) {
	if loader, ok := t.Store.(storage.BulkLoader); ok {
		return loader.NewBulk()
	}
	return nil, errors.ErrUnsupported
}

// Close closes what it consists of.
func (t *towerStore) Close() error {
	err := t.Store.Close()
	if t.backing != nil {
		err = errors.Join(err, t.backing.Close())
	}
	return err
}

// stores opens the stores of a data directory.
type stores struct {
	broken map[string]error // why one does not open, by protocol
	config *config.Config
	dir    *datadir.Dir
	record modeRecord
	// readOnce is set for who only reads, and all once: nothing is compacted.
	readOnce bool
	// compactAfter is pebblestore's.
	compactAfter time.Duration

	// system is nil until a store in memory is opened, perhaps by a CREATE TABLE.
	system  *actor.System
	systems sync.Mutex
	actors  []*actor.Store // those that may be listed
	// engine knows what the storage ids of tables are, once it is open.
	engine atomic.Pointer[table.Engine]
}

// errOtherLayout says that the setting of partitions is not that of the data.
var errOtherLayout = errors.New("the Redis keys in memory were kept")

// redisKind is the kind of the actors of Redis keys; others are of tables.
const redisKind = "redis"

// actorSystem starts the actors, once.
func (s *stores) actorSystem() (_ *actor.System, err error) {
	s.systems.Lock()
	defer s.systems.Unlock()
	if s.system == nil {
		s.system, err = actor.Start(context.Background())
	}
	return s.system, err
}

// close ends the actors. The stores were closed before.
func (s *stores) close() error {
	if s.system == nil {
		return nil
	}
	return s.system.Stop(context.Background())
}

func (s *stores) redis(mode config.Mode, logger *slog.Logger) (*towerStore, error) {
	c := s.config
	if mode == config.Persistent {
		return s.openFrontStore(s.dir.Path(datadir.Redis), c.RedisDurability, c.RedisCache, logger)
	}
	n := c.ActorPartitions
	return s.inMemory(datadir.Redis, c.RedisDurability, c.RedisCache, actor.Options{
		Kind: redisKind, Logger: logger, Layout: uint64(n),
		Route: actor.Route{
			Key:   func(key []byte) uint64 { return keyspace.PartitionOf(key, n) },
			Range: func(lower, upper []byte) (uint64, bool) { return keyspace.PartitionOfRange(lower, upper, n) },
		},
	})
}

func (s *stores) postgres(mode config.Mode, logger *slog.Logger) (*towerStore, error) {
	c := s.config
	if mode == config.Persistent {
		disk, err := s.openPebbleStore(s.dir.Path(datadir.PostgreSQL), c.PostgresDurability, c.PostgresCache, logger)
		if err != nil {
			return nil, err
		}
		return s.withPinned(disk, logger)
	}
	return s.inMemory(datadir.PostgreSQL, c.PostgresDurability, c.PostgresCache, actor.Options{
		Kind: "table", Limit: c.ActorTableMemory, Logger: logger,
		Route: actor.Route{Key: table.PartitionOf, Range: table.PartitionOfRange},
	})
}

// inMemory opens a store of actors, and the part of the data directory that keeps
// what outlives the process.
func (s *stores) inMemory(part string, durability storage.Durability, cache int64, o actor.Options) (_ *towerStore, err error) {
	system, err := s.actorSystem()
	if err != nil {
		return nil, err
	}
	if o.Persistence, err = actor.ParsePersistence(s.config.ActorPersistence); err != nil {
		return nil, err
	}
	o.IdleAfter, o.Interval = s.config.ActorIdleAfter, s.config.ActorSnapshotEvery
	t := &towerStore{mode: config.Actor}
	if o.Persistence != actor.None {
		disk, err := s.openPebbleStore(filepath.Join(s.dir.Path(datadir.Actors), part), durability, cache, o.Logger)
		if err != nil {
			return nil, err
		}
		t.backing, o.Backing = disk, disk.Store
	}
	if t.actors, err = system.Open(o); err != nil {
		var other *actor.LayoutError
		if errors.As(err, &other) {
			err = fmt.Errorf("%w in %d partitions: start with --actor-partitions %d", errOtherLayout, other.Kept, other.Kept)
		}
		if t.backing != nil {
			err = errors.Join(err, t.backing.Close())
		}
		return nil, err
	}
	s.noteActors(t.actors)
	t.Store = t.actors
	return t, nil
}

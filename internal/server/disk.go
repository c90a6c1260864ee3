package server

import (
	"log/slog"

	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// openFrontStore opens the store of the Redis keyspace, which is written to in
// single keys. Half of the cache memory holds blocks of the tree; of the other
// half one part holds single values and one what was written lately.
func (s *stores) openFrontStore(path string, durability storage.Durability, cache int64, logger *slog.Logger) (*towerStore, error) {
	table := max(cache/4, minTableBytes)
	cache = s.cacheSize(cache)
	disk, err := frontstore.Open(frontstore.Options{
		Dir: path, Durability: durability, Logger: logger, Fatal: fatal(logger), NoCompactions: s.readOnce, CompactAfter: s.compactAfter,
		CacheBytes: max(cache/2, 1), ReadCacheBytes: max(cache/4, 1), TableBytes: table,
		GroupBytes: keyspace.GroupBytes,
	})
	if err != nil {
		return nil, err
	}
	return &towerStore{Store: disk, mode: config.Persistent}, nil
}

// minTableBytes is the least that is worth handing over at a time.
const minTableBytes = 4 << 20

// openPebbleStore opens the store of the tables. Half of the cache memory holds
// blocks of the tree, half single values.
func (s *stores) openPebbleStore(path string, durability storage.Durability, cache int64, logger *slog.Logger) (*towerStore, error) {
	cache = s.cacheSize(cache)
	disk, err := pebblestore.Open(pebblestore.Options{
		Dir: path, Durability: durability, CacheBytes: max(cache/2, 1), ReadCacheBytes: max(cache/2, 1), Logger: logger,
		Fatal: fatal(logger), NoCompactions: s.readOnce, CompactAfter: s.compactAfter,
	})
	if err != nil {
		return nil, err
	}
	return &towerStore{Store: disk, mode: config.Persistent}, nil
}

// onceCache is what caches are good for while everything is read once. Memory that was
// never used before costs a fault for every page of it.
const onceCache = 4 << 20

// cacheSize is what is used of the memory for caches.
func (s *stores) cacheSize(cache int64) int64 {
	if s.readOnce {
		return min(cache, onceCache)
	}
	return cache
}

// fatal is told why a store cannot go on, before the process ends.
func fatal(logger *slog.Logger) func(error) {
	return func(err error) {
		details := []any{"error", err}
		if storage.FullDisk(err) {
			details = append(details, "advice", storage.FullDiskAdvice)
		}
		logger.Error("storage cannot go on; stopping so that nothing is acknowledged and lost", details...)
	}
}

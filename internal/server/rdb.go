package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	redis "github.com/orbit-server/orbit/internal/redis/server"
	"github.com/orbit-server/orbit/internal/version"
)

// SaveRDB implements admin.Source.
func (s *Server) SaveRDB(ctx context.Context, out io.Writer, f admin.KeyFilter) (saved admin.SavedKeys, err error) {
	if s.redis == nil {
		return saved, admin.ErrOff
	}
	filter, err := keyFilter(&f, s.redis.keys.Databases())
	if err != nil {
		return saved, err
	}
	snap, err := s.redis.keys.Snapshot()
	if err != nil {
		return saved, err
	}
	limits := dataset.Limits(s.redis.server.Params())
	limits.Compress = false // a name that ends in .zst or .gz does that better
	stats, err := dataset.Save(out, snap, dataset.SaveOptions{
		Filter: filter, NoFunctions: f.NoFunctions,
		Limits:   limits,
		Uses:     dataset.Uses(s.redis.server.Params()),
		Aux:      []dataset.Aux{{Name: "redis-ver", Value: command.RedisVersion}, {Name: "orbit-ver", Value: version.String()}},
		Progress: ctx.Err,
	})
	return admin.SavedKeys{Keys: stats.Keys, Functions: stats.Functions}, errors.Join(err, snap.Close())
}

// LoadRDB implements admin.Source.
func (s *Server) LoadRDB(ctx context.Context, in io.Reader, f admin.KeyFilter) (admin.LoadedKeys, error) {
	if s.redis == nil {
		return admin.LoadedKeys{}, admin.ErrOff
	}
	filter, err := keyFilter(&f, s.redis.keys.Databases())
	if err != nil {
		return admin.LoadedKeys{}, err
	}
	o := dataset.LoadOptions{Filter: filter, SkipModules: true, Whole: true, Progress: ctx.Err}
	if !f.NoFunctions {
		o.Function = func([]byte) error { return nil }
	}
	stats, err := s.redis.server.Load(in, o)
	if errors.Is(err, redis.ErrNotEmpty) {
		err = admin.ErrNotEmpty
	}
	return admin.LoadedKeys{
		Keys: stats.Keys, Functions: stats.Functions, Expired: stats.Expired, Empty: stats.Empty, Modules: stats.Modules,
	}, err
}

// keyFilter is a filter as package dataset has it.
func keyFilter(f *admin.KeyFilter, databases int) (dataset.Filter, error) {
	filter := dataset.Filter{Databases: f.Databases}
	for _, db := range f.Databases {
		if db >= databases {
			return filter, fmt.Errorf("there is no database %d: the last one is %d", db, databases-1)
		}
	}
	for _, name := range f.Types {
		i := slices.IndexFunc(keyTypes, func(t keyspace.Type) bool { return t.String() == name })
		if i < 0 {
			return filter, fmt.Errorf("there is no type %q: use string, list, set, zset, hash or stream", name)
		}
		filter.Types = append(filter.Types, keyTypes[i])
	}
	if len(f.Match) == 1 {
		filter.Prefix, _ = glob.Prefix([]byte(f.Match[0]))
	}
	if len(f.Match) > 0 {
		filter.Match = func(key []byte) bool {
			return slices.ContainsFunc(f.Match, func(pattern string) bool { return glob.Match([]byte(pattern), key) })
		}
	}
	return filter, nil
}

var keyTypes = []keyspace.Type{
	keyspace.TypeString, keyspace.TypeList, keyspace.TypeSet, keyspace.TypeZSet, keyspace.TypeHash, keyspace.TypeStream,
}

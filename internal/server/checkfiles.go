package server

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// damaged enters that something cannot be read. A file is told once: what was met while
// keys were read is met again while files are.
func damaged(c *admin.Checked, err error) {
	text := err.Error()
	for _, known := range c.Damage {
		if file := damagedFile(text); file != "" && file == damagedFile(known) {
			return
		}
	}
	if c.Fault == "" {
		c.Fault = text
	}
	if len(c.Damage) < admin.MaxFaults {
		c.Damage = append(c.Damage, text)
	}
}

// damagedFile is the table that an error's text is about, "" if it is about none.
func damagedFile(text string) string {
	for _, word := range strings.Fields(text) {
		if file := strings.TrimRight(word, ":,"); strings.HasSuffix(file, ".sst") || strings.HasSuffix(file, ".blob") {
			return filepath.Base(file)
		}
	}
	return ""
}

// readFiles reads all keys and values, and every block of the files that they lie in, and
// enters in c what is damaged.
func readFiles(ctx context.Context, s storage.Store, c *admin.Checked, tell func(admin.Progress)) error {
	err := readAll(ctx, s, c, tell)
	if err != nil && !errors.Is(err, storage.ErrCorrupt) {
		return err
	}
	if err != nil {
		damaged(c, err)
	}
	if inner, ok := s.(*towerStore); ok {
		s = inner.Store
	}
	if files, ok := s.(storage.FileVerifier); ok {
		return files.VerifyFiles(ctx, func(err error) { damaged(c, err) })
	}
	return nil
}

// checkBroken says why a tower did not open, and what else of its files is damaged.
func (s *Server) checkBroken(ctx context.Context, protocol string, why error) *admin.Checked {
	c := &admin.Checked{Part: protocol}
	damaged(c, why)
	mode := s.config.RedisMode
	if protocol == "postgres" {
		mode = s.config.PostgresMode
	}
	rest := &admin.Checked{}
	if s.checkPlace(ctx, part(protocol, mode), rest, func(admin.Progress) {}) != nil {
		return c // it is the log that is damaged, or the manifest; nothing can be read without
	}
	c.Keys, c.Bytes = rest.Keys, rest.Bytes
	for _, text := range rest.Damage {
		damaged(c, errors.New(text))
	}
	return c
}

// checkUnused reads what the directory has for modes that are not in use.
func (s *Server) checkUnused(ctx context.Context, done []admin.Checked, tell func(admin.Progress)) ([]admin.Checked, error) {
	for _, place := range s.unused() {
		if empty, err := s.dir.Empty(place); err != nil || empty {
			continue
		}
		c := &admin.Checked{Part: "unused", Place: filepath.ToSlash(place)}
		if err := s.checkPlace(ctx, place, c, tell); ctx.Err() != nil {
			return nil, ctx.Err()
		} else if err != nil {
			damaged(c, err)
		}
		done = append(done, *c)
	}
	return done, nil
}

// unused are the places of data that no tower stands on.
func (s *Server) unused() (places []string) {
	for _, mode := range []config.Mode{config.Persistent, config.Actor} {
		if mode != s.config.RedisMode || !s.stores.keeps(mode) {
			places = append(places, part("redis", mode))
		}
		if mode != s.config.PostgresMode || !s.stores.keeps(mode) {
			places = append(places, part("postgres", mode))
		}
	}
	return places
}

// checkPlace reads a store that nobody has opened, and changes nothing.
func (s *Server) checkPlace(ctx context.Context, place string, c *admin.Checked, tell func(admin.Progress)) (err error) {
	path := s.dir.Path(place)
	var store storage.Store
	if place == datadir.Redis {
		store, err = frontstore.Open(frontstore.Options{Dir: path, ReadOnly: true, CacheBytes: onceCache, ReadCacheBytes: -1})
	} else {
		store, err = pebblestore.Open(pebblestore.Options{Dir: path, ReadOnly: true, CacheBytes: onceCache, ReadCacheBytes: -1})
	}
	if err != nil {
		return err
	}
	return errors.Join(readFiles(ctx, store, c, tell), store.Close())
}

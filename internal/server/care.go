package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/backup"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// settle waits until no store is moved or left behind, and keeps it so until release is
// called.
func (s *Server) settle(ctx context.Context) (release func(), err error) {
	var held []*house
	release = func() {
		for _, h := range held {
			h.changing.Unlock()
		}
	}
	for _, protocol := range []string{"redis", "postgres"} {
		t, err := s.tower(protocol)
		if err != nil {
			continue // not served
		}
		h := t.house()
		for !h.changing.TryLock() {
			select {
			case <-ctx.Done():
				release()
				return nil, ctx.Err()
			case <-time.After(retryLeft):
			}
		}
		held = append(held, h)
		if err := h.awaitLeft(ctx); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

// openStores are the stores that are open, by their place in the data directory. A
// store in memory that nothing outlives has none.
func (s *Server) openStores() map[string]*towerStore {
	open := map[string]*towerStore{}
	for _, protocol := range []string{"redis", "postgres"} {
		if t, err := s.tower(protocol); err == nil {
			h := t.house()
			if live := h.live.Load(); live.actors == nil || live.backing != nil {
				open[part(protocol, live.mode)] = live
			}
		}
	}
	return open
}

// checkpoint copies what the store has on disk, after all that outlives the process
// was put there.
func (t *towerStore) checkpoint(dir string) error {
	if t.backing == nil {
		return t.Checkpoint(dir)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return t.backing.Checkpoint(dir)
}

// volatile says what of the data is in memory only, and so in no copy.
func (s *Server) volatile() (notes []string) {
	if s.config.ActorPersistence != actor.None.String() {
		return nil
	}
	if s.redis != nil && s.redis.store.live.Load().actors != nil {
		notes = append(notes, "the Redis keys are in memory only (--actor-persistence none): they are not in it")
	}
	if s.sql == nil {
		return notes
	}
	switch t := s.sql.store.live.Load(); {
	case t.actors != nil:
		notes = append(notes, "the tables are in memory only (--actor-persistence none): they are not in it")
	case t.tables != nil && t.tables.Memory() != nil:
		notes = append(notes, "tables made USING actor have their rows in memory only (--actor-persistence none): the rows are not in it")
	}
	return notes
}

// Checkpoint implements admin.Source. Stores that are open are copied at the same time,
// each as of one moment; those that are not are copied as they are.
func (s *Server) Checkpoint(ctx context.Context, dir string) (c admin.Checkpoint, err error) {
	release, err := s.settle(ctx)
	if err != nil {
		return c, err
	}
	defer release()
	c.Began = time.Now().UTC()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return c, err
	}
	defer func() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := os.Mkdir(filepath.Join(dir, datadir.Actors), 0o700); err != nil {
		return c, err
	}
	open := s.openStores()
	var (
		wait   sync.WaitGroup
		mu     sync.Mutex
		failed error
	)
	for part, t := range open {
		wait.Go(func() {
			if err := t.checkpoint(filepath.Join(dir, part)); err != nil {
				mu.Lock()
				failed = errors.Join(failed, fmt.Errorf("%s: %w", part, err))
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	c.Ended = time.Now().UTC()
	c.Notes = s.volatile()
	return c, errors.Join(failed, s.copyRest(ctx, dir, open))
}

// copyRest copies what no store of this process writes to.
func (s *Server) copyRest(ctx context.Context, dir string, open map[string]*towerStore) error {
	for _, part := range []string{
		datadir.Redis, datadir.PostgreSQL, filepath.Join(datadir.Actors, datadir.Redis), filepath.Join(datadir.Actors, datadir.PostgreSQL),
	} {
		if _, ok := open[part]; ok {
			continue
		}
		from := s.dir.Path(part)
		if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := backup.CopyClosed(ctx, from, filepath.Join(dir, part)); err != nil {
			return err
		}
	}
	names, err := datadir.Files(s.path)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := backup.CopyFile(s.dir.Path(name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// Compact implements admin.Source.
func (s *Server) Compact(ctx context.Context, part string, tell func(admin.Progress)) ([]admin.Compaction, error) {
	var halves []string
	for _, protocol := range []string{"redis", "postgres"} {
		if _, err := s.tower(protocol); err == nil && (part == "" || part == protocol) {
			halves = append(halves, protocol)
		}
	}
	if len(halves) == 0 {
		return nil, admin.ErrOff
	}
	done := []admin.Compaction{}
	for _, protocol := range halves {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, err := s.tower(protocol)
		if err != nil {
			return nil, err
		}
		h := t.house()
		c := admin.Compaction{Part: protocol, Before: h.Stats().DiskBytes}
		if err := compact(h, protocol, tell); err != nil {
			return nil, fmt.Errorf("%s: %w", protocol, err)
		}
		c.After = settled(ctx, h)
		done = append(done, c)
	}
	return done, nil
}

// compactInterval is how often a compaction tells how far it has come.
const compactInterval = 200 * time.Millisecond

// compact compacts a store. It tells how much was written of what lay in the tree, which
// is about what there is to write.
func compact(t storage.Store, part string, tell func(admin.Progress)) error {
	done := make(chan error, 1)
	before := t.Stats()
	p := admin.Progress{Part: part, Step: "compact"}
	for _, l := range before.Levels {
		p.Total += l.Bytes
	}
	go func() { done <- t.Compact(nil, nil) }()
	ticks := time.NewTicker(compactInterval)
	defer ticks.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticks.C:
			p.Done = max(int64(t.Stats().Compacted-before.Compacted), 0) // its mode may change
			tell(p)
		}
	}
}

// settled is the size on disk once files that a compaction left have gone, which the
// store removes at its leisure.
func settled(ctx context.Context, t storage.Store) uint64 {
	size := t.Stats().DiskBytes
	for range 20 {
		select {
		case <-ctx.Done():
			return size
		case <-time.After(50 * time.Millisecond):
		}
		now := t.Stats().DiskBytes
		if now == size {
			break
		}
		size = now
	}
	return size
}

package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/storage"
)

// onDisk is the store that keeps on disk what is in t, nil if there is none.
func (t *towerStore) onDisk() storage.Store {
	switch {
	case t.tables != nil:
		return t.tables.Home
	case t.actors != nil:
		return t.backing
	}
	return t.Store
}

// Check implements admin.Source.
func (s *Server) Check(ctx context.Context) ([]admin.Checked, error) {
	done := []admin.Checked{}
	for _, protocol := range []string{"redis", "postgres"} {
		t, err := s.tower(protocol)
		if err != nil {
			continue // not served
		}
		disk := t.house().live.Load().onDisk()
		if disk == nil {
			continue
		}
		c := admin.Checked{Part: protocol}
		switch err := readAll(ctx, disk, &c); {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, storage.ErrCorrupt):
			c.Fault = err.Error()
		case err != nil:
			return nil, fmt.Errorf("%s: %w", protocol, err)
		}
		done = append(done, c)
	}
	return done, nil
}

// readAll reads every key and value: the store checks the sums of what it reads.
func readAll(ctx context.Context, s storage.Store, c *admin.Checked) (err error) {
	snap := s.NewSnapshot()
	defer func() { err = errors.Join(err, snap.Close()) }()
	it, err := snap.NewIter(storage.IterOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			return fmt.Errorf("the value of key %x: %w", it.Key(), err)
		}
		c.Keys++
		c.Bytes += int64(len(it.Key()) + len(value))
		if c.Keys%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("after %d keys: %w", c.Keys, err)
	}
	return nil
}

package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/survey"
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
func (s *Server) Check(ctx context.Context, o admin.CheckOptions, tell func(admin.Progress)) ([]admin.Checked, error) {
	if o.Mend && !s.offline {
		return nil, errors.New("a server holds the directory: only one that nobody uses is mended; stop the server first")
	}
	done := []admin.Checked{}
	for _, protocol := range []string{"redis", "postgres"} {
		if err := s.stores.broken[protocol]; err != nil {
			c := s.checkBroken(ctx, protocol, err)
			done = append(done, *c)
			continue
		}
		t, err := s.tower(protocol)
		if err != nil {
			continue // not served
		}
		c, err := s.checkPart(ctx, t.house(), o.Mend, tell)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fmt.Errorf("%s: %w", protocol, err)
		}
		done = append(done, *c)
	}
	if s.offline {
		return s.checkUnused(ctx, done, tell)
	}
	return done, nil
}

// checkPart reads all that a tower has on disk, and what it says if all can be read.
func (s *Server) checkPart(ctx context.Context, h *house, mend bool, tell func(admin.Progress)) (*admin.Checked, error) {
	c := &admin.Checked{Part: h.protocol}
	disk := h.live.Load().onDisk()
	if disk == nil {
		disk = h.Store // it is in memory only
	}
	err := readFiles(ctx, disk, c, tell)
	if err == nil && c.Fault == "" {
		err = s.agree(ctx, h, mend, c, tell)
	}
	if errors.Is(err, storage.ErrCorrupt) {
		damaged(c, err)
		err = nil
	}
	return c, err
}

// readAll reads every key and value: the store checks the sums of what it reads.
func readAll(ctx context.Context, s storage.Store, c *admin.Checked, tell func(admin.Progress)) (err error) {
	p := admin.Progress{Part: c.Part, Step: "read", Total: max(s.Stats().Keys, 0)}
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
		if c.Keys%1024 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			p.Done = c.Keys
			tell(p)
		}
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("after %d keys: %w", c.Keys, err)
	}
	return nil
}

// mending writes what puts a fault right.
type mending func(w storage.Writer) error

// reporter hears of a fault, and of how to mend it.
type reporter func(f admin.Fault, mend mending) error

// agree sees whether what a tower stores agrees, and mends it if asked to: over and
// over, because what is mended may have hidden something.
func (s *Server) agree(ctx context.Context, h *house, mend bool, c *admin.Checked, tell func(admin.Progress)) error {
	for range maxMendings {
		c.Faults, c.Counts, c.Mendable = nil, nil, 0
		m := mender{store: h.Store}
		p := admin.Progress{Part: c.Part, Step: "agree", Total: c.Keys}
		step := func(entries int) error {
			p.Done += int64(entries)
			tell(p)
			return ctx.Err()
		}
		report := func(f admin.Fault, how mending) error {
			f.Mendable = how != nil
			if len(c.Faults) < admin.MaxFaults {
				c.Faults = append(c.Faults, f)
			}
			c.Counts = counted(c.Counts, f.Code)
			if how != nil {
				c.Mendable++
			}
			if !mend || how == nil {
				return nil
			}
			c.Mended = counted(c.Mended, f.Code)
			return m.mend(how)
		}
		if err := errors.Join(s.verify(h, report, step), m.finish()); err != nil {
			return err
		}
		if m.mended == 0 {
			break
		}
		if err := s.reread(h); err != nil {
			return err
		}
	}
	return nil
}

// maxMendings is how often a part is looked over while there is something to mend.
const maxMendings = 8

func counted(counts map[string]int64, code string) map[string]int64 {
	if counts == nil {
		counts = map[string]int64{}
	}
	counts[code]++
	return counts
}

// verify has a snapshot of a tower's store looked over by who knows what it means.
func (s *Server) verify(h *house, report reporter, step func(entries int) error) (err error) {
	snap := h.NewSnapshot()
	defer func() { err = errors.Join(err, snap.Close()) }()
	if h.protocol == "redis" {
		return keyspace.Verify(snap, keyspace.VerifyOptions{Step: step, Report: func(f keyspace.Fault) error {
			return report(keyFault(&f), f.Mend)
		}})
	}
	return s.sql.sessions.Verify(snap, table.VerifyOptions{Step: step, Idle: s.offline, Report: func(f table.Fault) error {
		return report(admin.Fault{
			Code: f.Code, Database: f.Database, Schema: f.Schema, Relation: f.Relation, Index: f.Index, Row: f.Row, Expected: f.Expected, Found: f.Found,
		}, f.Mend)
	}})
}

func keyFault(f *keyspace.Fault) admin.Fault {
	out := admin.Fault{Code: f.Code, Expected: f.Expected, Found: f.Found}
	if f.DB >= 0 {
		out.DB = &f.DB
	}
	if f.Key != nil {
		key := survey.Name(f.Key)
		out.Key = &key
	}
	return out
}

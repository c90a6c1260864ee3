package server

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/storage"
)

// tree is what keeps a tower's data on disk, if that is a tree.
func (t *towerStore) tree() (storage.Treed, bool) {
	s := t.onDisk()
	if inner, ok := s.(*towerStore); ok {
		s = inner.Store
	}
	tree, ok := s.(storage.Treed)
	return tree, ok
}

// Trees implements admin.Source.
func (s *Server) Trees(_ context.Context, files bool) ([]admin.Tree, error) {
	trees := []admin.Tree{}
	for _, protocol := range []string{"redis", "postgres"} {
		t, err := s.tower(protocol)
		if err != nil {
			continue // not served
		}
		live := t.house().live.Load()
		source, ok := live.tree()
		if !ok {
			continue
		}
		found, err := source.Tree()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", protocol, err)
		}
		trees = append(trees, treeStatus(protocol, part(protocol, live.mode), &found, files, s.describer(protocol, live)))
	}
	return trees, nil
}

// describer says what keys of a tower's tree are of.
func (s *Server) describer(protocol string, live *towerStore) func(key []byte) string {
	switch {
	case live.actors != nil: // the keys are those of snapshots, or have their own
		return func(key []byte) string { return fmt.Sprintf("%x", key) }
	case protocol == "redis":
		return s.redis.keys.DescribeKey
	}
	names := s.sql.engine.StorageNames()
	return func(key []byte) string { return table.DescribeKey(names, key) }
}

func treeStatus(protocol, place string, t *storage.Tree, files bool, describe func(key []byte) string) admin.Tree {
	out := admin.Tree{
		Part: protocol, Store: filepath.ToSlash(place), ReadAmp: t.ReadAmp, CompactionDebt: t.CompactionDebt, Tombstones: t.Tombstones,
		TableBytes: t.TableBytes, LogFiles: t.LogFiles, LogBytes: t.LogBytes,
		BlobFiles: t.BlobFiles, BlobBytes: t.BlobBytes, BlobValueBytes: t.BlobValueBytes, BlobLiveBytes: t.BlobLiveBytes,
		Levels: []admin.TreeLevel{},
	}
	for i := range t.Levels {
		l := &t.Levels[i]
		level := admin.TreeLevel{
			Level: l.Level, Sublevels: l.Sublevels, Tables: len(l.Files), Bytes: l.Bytes, Score: l.Score, Fill: l.Fill, Written: l.Written,
		}
		for k := range l.Files {
			f := &l.Files[k]
			level.Entries += f.Entries
			level.Deletions += f.Deletions
			if files {
				level.Files = append(level.Files, admin.TreeFile{
					File: fileName(f.Number), Bytes: f.Bytes, Entries: f.Entries, Deletions: f.Deletions,
					Smallest: describe(f.Smallest), Largest: describe(f.Largest),
				})
			}
		}
		out.Levels = append(out.Levels, level)
	}
	return out
}

// fileName is a table's, as Pebble names it.
func fileName(number uint64) string { return fmt.Sprintf("%06d.sst", number) }

// PlaceOf implements admin.Source.
func (s *Server) PlaceOf(_ context.Context, db int, key []byte) (_ *admin.KeyPlace, err error) {
	if s.redis == nil {
		return nil, admin.ErrOff
	}
	live := s.redis.store.live.Load()
	locator, ok := live.Store.(storage.Locator)
	if !ok {
		return nil, nil // in memory
	}
	snap, err := s.redis.keys.Snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	stored, err := snap.Stored(db, key)
	if err != nil {
		return nil, err
	}
	found, err := locator.Locate(stored.Metadata)
	if err != nil {
		return nil, err
	}
	p := &admin.KeyPlace{InMemory: found.InMemory, Candidates: []admin.FilePlace{}}
	for _, f := range found.Files {
		p.Candidates = append(p.Candidates, admin.FilePlace{Level: f.Level, File: fileName(f.Number), Bytes: f.Bytes})
	}
	if stored.Lower != nil {
		p.DiskBytes, err = live.EstimateSize(stored.Lower, stored.Upper)
	}
	return p, err
}

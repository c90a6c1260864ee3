package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Ingestible says whether a value may be in Tables: larger ones lie in files of their
// own, which only batches bring about.
func Ingestible(value []byte) bool { return len(value) < separatedValue }

const (
	// tableBytes is the size from which on the next table begins.
	tableBytes = 16 << 20
	// mostSublevels is how many layers of tables may lie over the sorted levels before
	// an ingestion waits for compactions: each is one more to look into.
	mostSublevels = 20
	// sublevelPoll is how often it looks.
	sublevelPoll = 10 * time.Millisecond
)

// Tables takes writes in the order of their keys and makes tables of them on disk, in
// the form in which data rests. Ingest makes them part of the store. Used by one
// goroutine.
type Tables struct {
	store *Store
	w     *sstable.Writer
	paths []string
	reach openRange // from the first key to the last
	last  []byte
}

// NewTables returns Tables without any, which end in Ingest or Drop.
func (s *Store) NewTables() *Tables { return &Tables{store: s} }

// Write gives a key, which is greater than all before it, a value. Nil deletes it.
func (t *Tables) Write(key, value []byte) error {
	if t.w == nil {
		if err := t.begin(); err != nil {
			return err
		}
	}
	key = whole(key)
	if t.last == nil {
		t.reach.lower = string(key)
	}
	t.last = append(t.last[:0], key...)
	var err error
	if value == nil {
		err = t.w.Delete(key)
	} else {
		err = t.w.Set(key, value)
	}
	if err == nil && t.w.Raw().EstimatedSize() >= tableBytes {
		err = t.end()
	}
	return err
}

// begin begins a table. It has the name of what Pebble removes when it finds it at a
// start.
func (t *Tables) begin() error {
	s := t.store
	path := s.wal.PathJoin(s.dir, fmt.Sprintf("temporary.%06d.dbtmp", s.ingested.Add(1)))
	f, err := s.wal.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	t.paths = append(t.paths, path)
	t.w = sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.tables)
	return nil
}

// end ends a table, which is on disk then.
func (t *Tables) end() error {
	if t.w == nil {
		return nil
	}
	w := t.w
	t.w = nil
	return w.Close()
}

// Drop removes tables that were not ingested.
func (t *Tables) Drop() error {
	err := t.end()
	for _, path := range t.paths {
		err = errors.Join(err, t.store.wal.Remove(path))
	}
	t.paths = nil
	return err
}

// Ingest makes tables, whose ranges do not overlap, part of the store: all at once,
// newer than all that is there, and on disk after Flush. They go as deep as nothing is in the
// way, so that what nobody has written before is never compacted. It waits while
// compactions are far behind. On an error the tables are left.
func (s *Store) Ingest(tables []*Tables) error {
	var paths []string
	var reach []*openRange
	for _, t := range tables {
		if err := t.end(); err != nil {
			return err
		}
		if len(t.paths) > 0 {
			paths = append(paths, t.paths...)
			t.reach.upper = string(t.last) + "\x00"
			reach = append(reach, &t.reach)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	if s.readOnly {
		return errReadOnly
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if err := s.shallow(); err != nil {
		return err
	}
	if err := s.ingest(paths, reach); err != nil {
		return err
	}
	for _, t := range tables {
		t.paths = nil
	}
	return nil
}

func (s *Store) ingest(paths []string, reach []*openRange) error {
	defer s.log.dieOnPanic()
	if s.cache != nil {
		s.cache.openRanges(reach)
	}
	s.snapshots.begin()
	err := s.db.Ingest(context.Background(), paths)
	s.snapshots.end()
	if s.cache != nil {
		s.cache.settleRanges(&change{ranges: reach}, 0, s.cache.clock.Add(1))
	}
	return corrupt(err)
}

// shallow returns once there are not too many layers of tables over each other.
func (s *Store) shallow() error {
	select {
	case <-s.trouble:
	default:
	}
	for {
		if sublevels := s.db.Metrics().Levels[0].Sublevels; sublevels < mostSublevels || s.stays {
			return nil
		}
		select {
		case failed := <-s.trouble:
			return fmt.Errorf("pebblestore: ingest: %w", corrupt(failed.err))
		case <-time.After(sublevelPoll):
		}
	}
}

// tableOptions are how tables are written that are to rest in the lowest level. They may
// come to lie above others, so what deletes in them is not obsolete.
func tableOptions(po *pebble.Options) sstable.WriterOptions {
	o := po.MakeWriterOptions(len(po.Levels)-1, pebble.FormatNewest.MaxTableFormat())
	o.WritingToLowestLevel = false
	return o
}

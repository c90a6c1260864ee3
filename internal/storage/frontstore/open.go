package frontstore

import (
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// Open opens the store in o.Dir and makes it if there is none; one that
// pebblestore wrote is taken over. What the journal holds is handed to Pebble
// before Open returns. Errors are pebblestore's.
func Open(o Options) (_ *Store, err error) {
	o.setDefaults()
	inner, err := pebblestore.Open(pebblestore.Options{
		Dir: o.Dir, Durability: storage.No, NoLog: true, ReadOnly: o.ReadOnly, NoCompactions: o.NoCompactions, CompactAfter: o.CompactAfter,
		CacheBytes: o.CacheBytes, ReadCacheBytes: o.ReadCacheBytes,
		Logger: o.Logger, Fatal: o.Fatal, FS: o.FS, Boot: o.Boot,
	})
	if err != nil {
		return nil, err
	}
	s := &Store{
		options: o,
		inner:   inner,
		journal: &journal{
			fs: o.FS, dir: o.FS.PathJoin(o.Dir, pebblestore.JournalDir),
		},
		active: newTable(o.GroupBytes),
		wake:   make(chan struct{}, 1),
		stop:   make(chan struct{}),
	}
	s.promise(o.Durability)
	if err := s.recover(); err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	if !o.ReadOnly {
		s.worker.Go(s.work)
	}
	return s, nil
}

// recover replays the journal and begins a new segment.
func (s *Store) recover() error {
	j := s.journal
	if !s.options.ReadOnly {
		if err := j.fs.MkdirAll(j.dir, 0o700); err != nil {
			return fmt.Errorf("frontstore: open %s: %w", j.dir, err)
		}
		if err := syncDir(j.fs, s.options.Dir); err != nil {
			return fmt.Errorf("frontstore: open %s: %w", j.dir, err)
		}
	}
	if !s.options.ReadOnly {
		// See handOver: a killed process may have left what is not on disk yet.
		if err := syncSegments(j.fs, j.dir); err != nil {
			return err
		}
	}
	found, err := replay(j.fs, j.dir, s.inner.MachineRan(), s.replayed)
	if err != nil {
		return err
	}
	switch {
	case found.left:
		s.options.Logger.Warn("storage: the journal ends in what was not on disk when the machine stopped; whole writes behind a broken one are left out",
			"file", found.broken, "byte", found.at)
	case found.broken != "":
		s.options.Logger.Info("storage: the journal ends in what a crash cut short", "file", found.broken, "byte", found.at)
	}
	j.end = found.end
	j.synced.Store(found.end)
	if s.options.ReadOnly {
		return nil
	}
	if err := s.replayedTable(); err != nil {
		return err
	}
	next := uint64(1)
	for _, number := range found.numbers {
		if err := removeFile(j.fs, j.dir, j.fs.PathJoin(j.dir, segmentName(number))); err != nil {
			return err
		}
		next = number + 1
	}
	segment, err := j.create(next)
	if err != nil {
		return err
	}
	if err := j.begin(segment); err != nil {
		return err
	}
	if err := j.sync(); err != nil { // see record.go: there is no segment before it
		return err
	}
	s.inner.NoteBoot()
	return nil
}

// replayed takes one record of the journal.
func (s *Store) replayed(body []byte) error {
	if _, err := s.active.apply(body); err != nil {
		return fmt.Errorf("%w: %w", storage.ErrCorrupt, err)
	}
	if s.active.bytes < s.options.TableBytes || s.options.ReadOnly {
		return nil
	}
	return s.replayedTable()
}

// replayedTable hands over what was replayed so far. The journal stays: replaying
// it over its own outcome changes nothing.
func (s *Store) replayedTable() error {
	if s.active.empty() {
		return nil
	}
	if err := s.move(s.active); err != nil {
		return err
	}
	s.active = newTable(s.options.GroupBytes)
	return nil
}

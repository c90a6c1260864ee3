package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/atomicfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// Open opens the store in o.Dir and makes it if there is none. A directory that
// is in use, foreign, newer or damaged is an error and stays as it is.
func Open(o Options) (*Store, error) {
	o.setDefaults()
	if o.NoLog && o.Durability != storage.No {
		return nil, fmt.Errorf("pebblestore: open %s: a store without a log cannot promise durability %s", o.Dir, o.Durability)
	}
	// Asked before the lock, so that nothing is written into a foreign directory,
	// and again under it.
	if _, err := inspect(o.FS, o.Dir); err != nil {
		return nil, err
	}
	s := &Store{
		wal:      newWALFS(o.FS, o.Durability == storage.EverySec),
		log:      logger{log: o.Logger, fatal: o.Fatal},
		cache:    newCache(o.ReadCacheBytes),
		compacts: newCompactions(),
		readOnly: o.ReadOnly,
		noLog:    o.NoLog,
		trouble:  make(chan trouble, 1),
		dir:      o.Dir,
		stays:    o.NoCompactions,
	}
	s.durability.Store(uint32(o.Durability))
	po := pebbleOptions(&o, s.wal, s.log, events(o.Logger, s), s.compacts)
	po.EnsureDefaults()
	s.tables, s.reading = tableOptions(po), po.MakeReaderOptions()
	if !o.ReadOnly {
		if err := o.FS.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("pebblestore: open %s: %w", o.Dir, err)
		}
	}
	s.boot = bootMark{fs: o.FS, dir: o.Dir, boot: o.Boot}
	lock, err := pebble.LockDirectory(o.Dir, o.FS)
	if err != nil {
		return nil, lockError(o.Dir, err)
	}
	po.Lock = lock
	s.lock = lock
	s.opening.Store(true)
	s.db, err = openLocked(&o, po, s.wal, s.boot.ran())
	s.opening.Store(false)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if !o.ReadOnly && !o.NoLog {
		s.boot.note()
	}
	s.compacts.begin(o.CompactAfter, s.muchAtop)
	return s, nil
}

// manyAtop is the number of tables in the uppermost level from which on compactions do not
// wait: each time that the store is opened and written to shortly, there is another.
const manyAtop = 10

// muchAtop tells whether there are so many: writes would wait for compactions in the end.
func (s *Store) muchAtop() bool { return s.db.Metrics().Levels[0].TablesCount >= manyAtop }

// openLocked opens the database, which pebble.Open panics over when it meets
// some kinds of damage.
func openLocked(o *Options, po *pebble.Options, wal *walFS, ran bool) (db *pebble.DB, err error) {
	manifest, err := inspect(o.FS, o.Dir)
	if err != nil {
		return nil, err
	}
	existed := manifest != ""
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", storage.ErrCorrupt, r)
		}
		err = wrapOpen(o.Dir, existed, err)
	}()
	if existed {
		err = verify(o.FS, manifest)
	} else if !o.ReadOnly {
		err = noteFormat(po.FS, o.Dir)
	}
	if err != nil {
		return nil, err
	}
	if wal.logs, err = newLogVerifier(o.FS, o.Dir, ran); err != nil {
		return nil, err
	}
	db, err = pebble.Open(o.Dir, po)
	logs := wal.logs
	wal.logs = nil
	switch {
	case logs.damage != nil:
		return nil, logs.damage // without Pebble's words around it
	case err != nil && strings.Contains(err.Error(), "key=value"):
		return nil, damagedOptions(o.FS, o.Dir, err)
	case err != nil:
		return nil, err
	}
	if err := o.dropTorn(logs.torn); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// damagedOptions names the file of options that Pebble could not read: the newest.
func damagedOptions(fsys vfs.FS, dir string, err error) error {
	desc, failed := pebble.Peek(dir, fsys)
	if failed != nil {
		return errors.Join(err, failed)
	}
	return fmt.Errorf("%s: %w", desc.OptionsFilename, err)
}

// dropTorn says what a crash took of the newest log. An empty file takes the place of a
// log without any whole write, which Pebble goes on to list: it would be no longer the
// newest one, and refused.
func (o *Options) dropTorn(t tornLog) error {
	if t.path == "" {
		return nil
	}
	if t.dropped > 0 {
		o.Logger.Warn("storage: the log ends in what was not on disk when the machine stopped; whole writes behind a broken one are left out",
			"log", t.path, "byte", t.at, "bytes", t.dropped)
	} else {
		o.Logger.Info("storage: the log ends in what a crash cut short", "log", t.path, "byte", t.at)
	}
	if !t.empty || o.ReadOnly {
		return nil
	}
	if _, err := o.FS.Stat(t.path); err != nil {
		return nil //nolint:nilerr // Pebble removed it
	}
	f, err := o.FS.Create(t.path, walCategory)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// noteFormat says in which format a store is made. Pebble, which finds that out from a
// file, would begin with its oldest and convert what there is step by step, each with a
// sync: they took most of the time of making a directory.
func noteFormat(fsys vfs.FS, dir string) error {
	marker, noted, err := atomicfs.LocateMarker(fsys, dir, "format-version")
	if err != nil {
		return err
	}
	if noted == "" {
		err = marker.Move(pebble.FormatNewest.String())
	}
	return errors.Join(err, marker.Close())
}

// inspect returns the manifest of the store in dir, "" if there is none. It
// refuses a directory that is not Pebble's, is newer, or has lost the file that
// names its manifest: Pebble would begin a new store there, and remove what it
// does not know.
func inspect(fsys vfs.FS, dir string) (manifest string, err error) {
	names, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("pebblestore: open %s: %w", dir, err)
	}
	desc, err := pebble.Peek(dir, fsys)
	if err != nil {
		if strings.Contains(err.Error(), "unknown format major version") {
			return "", fmt.Errorf("pebblestore: open %s: %w: this orbit reads storage formats up to %d: %w",
				dir, storage.ErrNewerFormat, uint64(pebble.FormatNewest), err)
		}
		return "", wrapOpen(dir, true, err)
	}
	if desc.Exists {
		return desc.ManifestFilename, nil
	}
	for _, name := range names {
		switch kindOf(name) {
		case holdsData:
			return "", fmt.Errorf("pebblestore: open %s: %w: %s is there, but the manifest is not", dir, storage.ErrCorrupt, name)
		case foreign:
			return "", fmt.Errorf("pebblestore: open %s: %w: it has %s", dir, storage.ErrForeign, name)
		case leftover:
		}
	}
	return "", nil
}

// JournalDir is where a caller that opens with NoLog keeps its own log, within Dir.
const JournalDir = "journal"

type fileKind uint8

const (
	foreign   fileKind = iota
	holdsData          // only a store that was used has it
	leftover           // an interrupted creation may leave it
)

func kindOf(name string) fileKind {
	switch {
	case strings.HasSuffix(name, ".sst"), strings.HasSuffix(name, ".blob"), strings.HasSuffix(name, ".log"), name == JournalDir:
		return holdsData
	case name == "LOCK", strings.HasPrefix(name, "marker."), strings.HasPrefix(name, "MANIFEST-"),
		strings.HasPrefix(name, "OPTIONS-"), strings.HasPrefix(name, "temporary."), strings.HasSuffix(name, ".dbtmp"):
		return leftover
	}
	return foreign
}

func lockError(dir string, err error) error {
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) || strings.Contains(err.Error(), "lock held") {
		return fmt.Errorf("pebblestore: open %s: %w", dir, storage.ErrLocked)
	}
	return fmt.Errorf("pebblestore: open %s: %w", dir, err)
}

package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// What a failing disk does to a store:
//
//   - The log cannot be written or synced (disk full, I/O error): the failure is
//     kept. That commit's Wait, and every later Apply, Wait and Flush, return it.
//     Reads go on. Opening the store anew is the only way back to writing.
//   - A flush or compaction fails: Pebble tries again, the log says so, and
//     writes stall once the memtables are full. Freed space heals it.
//     While the store is opened Pebble would wait for that flush without end: the
//     process ends through Options.Fatal.
//   - A damaged block or file: the read that meets it returns ErrCorrupt.
//   - The manifest, or the creation of a file that Pebble cannot do without,
//     fails: Pebble cannot go on, and the process ends through Options.Fatal.
//     Everything acknowledged is in the log and comes back at the next start.

// corrupt wraps errors of damaged data in storage.ErrCorrupt.
func corrupt(err error) error {
	if err == nil || !pebble.IsCorruptionError(err) {
		return err
	}
	return &corruptError{err}
}

// corruptError is an error of Pebble's about damaged data. That has a part for programs,
// whose text says nothing; where the damage is known, it is said instead.
type corruptError struct{ error }

func (e *corruptError) Unwrap() []error { return []error{storage.ErrCorrupt, e.error} }

func (e *corruptError) Error() string {
	text := e.error.Error()
	if info := pebble.ExtractDataCorruptionInfo(e.error); info != nil {
		text = info.Path + ": " + info.Details.Error()
	}
	return storage.ErrCorrupt.Error() + ": " + text
}

// plainCause is what Pebble says of damage, without its part for programs.
func plainCause(err error) error {
	if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
		return info.Details
	}
	return err
}

// wrapOpen says what kept a directory from opening. existed tells that there
// was a store in it, of which a file that is missing or too short is damage.
func wrapOpen(dir string, existed bool, err error) error {
	if err == nil {
		return nil
	}
	if existed && (errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "size mismatch")) {
		err = fmt.Errorf("%w: %w", storage.ErrCorrupt, err)
	}
	return fmt.Errorf("pebblestore: open %s: %w", dir, corrupt(err))
}

// logger passes Pebble's messages on. Its chatter is of use to developers only.
type logger struct {
	log   *slog.Logger
	fatal func(error)
}

var _ pebble.Logger = logger{}

// Infof implements pebble.Logger.
func (l logger) Infof(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

// Errorf implements pebble.Logger.
func (l logger) Errorf(format string, args ...any) { l.log.Error(fmt.Sprintf(format, args...)) }

// Fatalf implements pebble.Logger. Pebble relies on its not returning.
func (l logger) Fatalf(format string, args ...any) {
	l.die(fmt.Errorf("pebblestore: "+format, args...))
}

// die ends the process: going on would acknowledge what may be lost.
func (l logger) die(err error) {
	l.log.Error("storage failed; the process ends so that nothing more is acknowledged", "error", err)
	if l.fatal != nil {
		l.fatal(err)
	}
	os.Exit(1)
}

// dieOnPanic turns a panic of Pebble's commit, which leaves its locks held, into
// the end of the process.
func (l logger) dieOnPanic() {
	if r := recover(); r != nil {
		l.die(fmt.Errorf("pebblestore: commit: %v", r))
	}
}

// events are the happenings that an operator should see.
func events(log *slog.Logger, s *Store) *pebble.EventListener {
	return &pebble.EventListener{
		FlushEnd: func(info pebble.FlushInfo) { // before BackgroundError
			if info.Err != nil {
				s.flushErr.Store(&info.Err)
			} else {
				s.flushErr.Store(nil)
			}
		},
		BackgroundError: func(err error) {
			s.troubled(err)
			log.Error("storage: flush or compaction failed, will try again", "error", corrupt(err))
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			log.Error("storage: damaged data", "path", info.Path, "details", info.Details)
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			s.stalls.Add(1)
			log.Warn("storage: writes wait for flushes and compactions", "reason", info.Reason)
		},
		WriteStallEnd: func() { log.Info("storage: writes go on") },
		LowDiskSpace: func(info pebble.LowDiskSpaceInfo) {
			log.Warn("storage: low disk space", "available_bytes", info.AvailBytes, "total_bytes", info.TotalBytes)
		},
	}
}

package pebblestore

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// What is broken in a log may be what was not synced when the machine stopped, or damage.
// While the machine runs, all that a process wrote is in its files, whether it was synced
// or not and however the process ended. So the store notes in which run of the machine it
// was opened last, in the name of a file: marker.boot, a number, and what the system calls
// the run. The file is never synced: an older one, or none, says that nothing is known.

const bootMarker = "marker.boot.000001."

// bootMark is that file.
type bootMark struct {
	fs   vfs.FS
	dir  string
	boot string // the present run, "" if it is not known
}

// ran tells that the machine has run since the store was opened for writing.
func (m bootMark) ran() bool {
	if m.boot == "" {
		return false
	}
	_, err := m.fs.Stat(m.fs.PathJoin(m.dir, bootMarker+m.boot))
	return err == nil
}

// note notes the present run, once what an earlier one left was read. A failure is as if
// nothing were known.
func (m bootMark) note() {
	if m.ran() {
		return
	}
	names, err := m.fs.List(m.dir)
	if err != nil {
		return
	}
	for _, name := range names {
		if strings.HasPrefix(name, bootMarker) && m.fs.Remove(m.fs.PathJoin(m.dir, name)) != nil {
			return
		}
	}
	if m.boot == "" {
		return
	}
	if f, err := m.fs.Create(m.fs.PathJoin(m.dir, bootMarker+m.boot), vfs.WriteCategoryUnspecified); err == nil {
		_ = f.Close() // it is empty
	}
}

// MachineRan tells that the machine has run since the store was opened for writing.
func (s *Store) MachineRan() bool { return s.boot.ran() }

// NoteBoot notes that it runs. It is for who opens with NoLog, once its log was read.
func (s *Store) NoteBoot() { s.boot.note() }

package pebblestore

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// syncs counts the syncs of directories below it.
type syncs struct {
	vfs.FS
	n int
}

func (s *syncs) OpenDir(name string) (vfs.File, error) {
	f, err := s.FS.OpenDir(name)
	return countedDir{f, s}, err
}

type countedDir struct {
	vfs.File
	s *syncs
}

func (d countedDir) Sync() error {
	d.s.n++
	return d.File.Sync()
}

// A new store is in the newest format from the beginning: Pebble converts nothing.
func TestNewStoreIsNotConverted(t *testing.T) {
	fs := &syncs{FS: vfs.NewMem()}
	s, err := Open(Options{Dir: "new", Durability: storage.No, FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.db.FormatMajorVersion(); got != pebble.FormatNewest {
		t.Errorf("the format is %d, not %d", got, pebble.FormatNewest)
	}
	if fs.n > 8 {
		t.Errorf("directories were synced %d times", fs.n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

package dataset

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/param"
)

// Path is the file that the parameters name.
func Path(p *param.Params) string { return filepath.Join(p.Text("dir"), p.Text("dbfilename")) }

// SaveFile is Save into a file, which is replaced once everything is on disk: a
// crash leaves the old file or the new one.
func SaveFile(path string, snap *keyspace.Snapshot, o SaveOptions) (stats Stats, err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "temp-*.rdb")
	if err != nil {
		return stats, err
	}
	stats, err = Save(f, snap, o)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return stats, errors.Join(err, os.Remove(f.Name()))
	}
	return stats, syncDir(dir)
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// LoadFile is Load from a file.
func LoadFile(path string, into *keyspace.Run, o LoadOptions) (LoadStats, error) {
	f, err := os.Open(path)
	if err != nil {
		return LoadStats{}, err
	}
	stats, err := Load(f, into, o)
	return stats, errors.Join(err, f.Close())
}

package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

var _ storage.FileVerifier = (*Store)(nil)

// VerifyFiles is storage.FileVerifier's: it reads every block of every table, of which a
// walk over all keys reads neither filters nor what lies behind a block that is damaged.
func (s *Store) VerifyFiles(ctx context.Context, damaged func(error)) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	levels, err := s.db.SSTables()
	if err != nil {
		return err
	}
	for _, level := range levels {
		for i := range level {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			path := s.wal.PathJoin(s.dir, fmt.Sprintf("%06d.sst", uint64(level[i].BackingSSTNum)))
			err := s.verifyTable(ctx, path)
			switch {
			case err == nil, errors.Is(err, fs.ErrNotExist) && !s.readOnly: // compacted meanwhile
			case errors.Is(err, os.ErrPermission):
				return err
			default:
				damaged(fmt.Errorf("%w: %s: %w", storage.ErrCorrupt, path, plainCause(err)))
			}
		}
	}
	return nil
}

// verifyTable reads a table's blocks, whose checksums tell damage.
func (s *Store) verifyTable(ctx context.Context, path string) (err error) {
	f, err := s.wal.FS.Open(path, vfs.SequentialReadsOption)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r, err := sstable.NewReader(ctx, readable, s.reading)
	if err != nil {
		return errors.Join(err, readable.Close())
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.ValidateBlockChecksums()
}

package pebblestore

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/storage"
)

var (
	_ storage.Treed   = (*Store)(nil)
	_ storage.Locator = (*Store)(nil)
)

// Tree is storage.Treed's.
func (s *Store) Tree() (t storage.Tree, err error) {
	if err := s.enter(); err != nil {
		return t, err
	}
	defer s.leave()
	m := s.db.Metrics()
	t = storage.Tree{
		ReadAmp: m.ReadAmp(), CompactionDebt: m.Compact.EstimatedDebt, Tombstones: m.Keys.TombstoneCount,
		TableBytes: m.MemTable.Size, LogFiles: m.WAL.Files, LogBytes: m.WAL.PhysicalSize,
		BlobFiles: m.BlobFiles.LiveCount, BlobBytes: m.BlobFiles.LiveSize,
		BlobValueBytes: m.BlobFiles.ValueSize, BlobLiveBytes: m.BlobFiles.ReferencedValueSize,
	}
	levels, err := s.db.SSTables()
	if err != nil {
		return t, err
	}
	for i := range m.Levels {
		l := &m.Levels[i]
		level := storage.TreeLevel{
			Level: i, Sublevels: int(l.Sublevels), Bytes: l.TablesSize, Score: l.Score, Fill: l.FillFactor,
			Written: l.TableBytesCompacted + l.TableBytesFlushed + l.BlobBytesCompacted + l.BlobBytesFlushed,
		}
		for k := range levels[i] {
			f := &levels[i][k]
			level.Files = append(level.Files, storage.TreeFile{
				Number: uint64(f.FileNum), Bytes: f.Size, Entries: f.TableStats.NumEntries, Deletions: f.TableStats.NumDeletions,
				Smallest: bytes.Clone(f.Smallest.UserKey), Largest: bytes.Clone(f.Largest.UserKey),
			})
		}
		t.Levels = append(t.Levels, level)
	}
	return t, nil
}

// Locate is storage.Locator's. What is in Pebble's own tables in memory is not told
// from what is in the tree.
func (s *Store) Locate(key []byte) (p storage.Place, err error) {
	t, err := s.Tree()
	p.Files = t.In(stored(key))
	return p, err
}

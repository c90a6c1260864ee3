package pebblestore

import "github.com/orbit-server/orbit/internal/storage"

// Stats reports on the store. Pebble does not count keys.
func (s *Store) Stats() storage.Stats {
	st := storage.Stats{Kind: "pebble", Keys: -1}
	if s.enter() != nil {
		return st
	}
	defer s.leave()
	m := s.db.Metrics()
	st.DiskBytes = m.DiskSpaceUsage()
	st.MemtableBytes = m.MemTable.Size
	st.BlockCacheBytes = m.BlockCache.Size
	st.CacheBytes, st.CacheHits, st.CacheMisses = s.cache.usage()
	st.WALBytes = m.WAL.PhysicalSize + m.WAL.ObsoletePhysicalSize
	st.WALSyncs = s.wal.syncs.Load()
	st.Flushes = m.Flush.Count
	st.Compactions = m.Compact.Count
	st.CompactionDebt = m.Compact.EstimatedDebt
	st.Compacted = uint64(max(m.Compact.InProgressBytes, 0))
	st.ReadAmp = m.ReadAmp()
	st.WriteStalls = s.stalls.Load()
	for i := range m.Levels {
		l := &m.Levels[i]
		st.Levels = append(st.Levels, storage.LevelStats{Level: i, Tables: l.TablesCount, Bytes: l.TablesSize})
		st.Compacted += l.TableBytesCompacted + l.BlobBytesCompacted
	}
	return st
}

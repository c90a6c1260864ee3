package admin

import (
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// Status is what GET /status answers. Fields are only ever added.
type Status struct {
	Version   string    `json:"version"`
	PID       int       `json:"pid"`
	StartedAt time.Time `json:"started_at"`
	// UptimeSeconds is whole seconds since StartedAt.
	UptimeSeconds int64  `json:"uptime_seconds"`
	DataDir       string `json:"data_dir"` // absolute
	Ready         bool   `json:"ready"`
	// MemoryBytes is what the process holds of the machine's, HeapBytes what of that is
	// in use by the program itself.
	MemoryBytes uint64    `json:"memory_bytes"`
	HeapBytes   uint64    `json:"heap_bytes"`
	Redis       *Redis    `json:"redis,omitempty"`    // absent when off
	Postgres    *Postgres `json:"postgres,omitempty"` // absent when off
}

// Redis is the Redis half of a status.
type Redis struct {
	Addr    string `json:"addr"`               // empty without a port for plain connections
	TLSAddr string `json:"tls_addr,omitempty"` // absent without TLS
	Place
	Durability string `json:"durability"`
	// Clients are connections now; the totals count since the start.
	Clients          int64  `json:"clients"`
	ConnectionsTotal uint64 `json:"connections_total"`
	RejectedTotal    uint64 `json:"rejected_connections_total"`
	CommandsTotal    uint64 `json:"commands_total"`
	ErrorsTotal      uint64 `json:"errors_total"`
	BytesRead        uint64 `json:"bytes_read_total"`
	BytesWritten     uint64 `json:"bytes_written_total"`
	KeysTotal        int64  `json:"keys"`
	KeysWithTTL      int64  `json:"keys_with_ttl"`
	ExpiredTotal     uint64 `json:"expired_keys_total"`
	ExpiredFields    uint64 `json:"expired_fields_total"`
	// Garbage is what was deleted and is not removed from the store yet: about so many
	// bytes, of so many objects.
	GarbageBytes   int64 `json:"garbage_bytes"`
	GarbageObjects int64 `json:"garbage_objects"`
	// Latency is how long commands took; absent if latency-tracking is off, or before
	// the first.
	Latency []Latency `json:"latency,omitempty"`
	Storage Store     `json:"storage"`
}

// Postgres is the PostgreSQL half of a status.
type Postgres struct {
	Addr      string `json:"addr"` // empty when the directory is open offline
	Superuser string `json:"superuser"`
	Place
	Durability       string `json:"durability"`
	Connections      int64  `json:"connections"`
	ConnectionsTotal uint64 `json:"connections_total"`
	RejectedTotal    uint64 `json:"rejected_connections_total"`
	StatementsTotal  uint64 `json:"statements_total"`
	ErrorsTotal      uint64 `json:"errors_total"`
	CommitsTotal     uint64 `json:"commits_total"`
	RollbacksTotal   uint64 `json:"rollbacks_total"`
	PlanHits         uint64 `json:"plan_cache_hits_total"`
	PlanMisses       uint64 `json:"plan_cache_misses_total"`
	BytesRead        uint64 `json:"bytes_read_total"`
	BytesWritten     uint64 `json:"bytes_written_total"`
	// Latency is how long Query and Execute messages took; absent before the first.
	Latency []Latency `json:"latency,omitempty"`
	Storage Store     `json:"storage"`
}

// Latency is how many commands took longer than the element before says, and not longer
// than this one. Counts only grow; those of Redis until CONFIG RESETSTAT.
type Latency struct {
	UpToNanos uint64 `json:"up_to_ns"`
	Count     uint64 `json:"count"`
}

// Store is one store's statistics. Sizes are bytes.
type Store struct {
	Kind            string  `json:"kind"`
	DiskBytes       uint64  `json:"disk_bytes"`
	MemtableBytes   uint64  `json:"memtable_bytes"`
	BlockCacheBytes int64   `json:"block_cache_bytes"`
	ReadCacheBytes  int64   `json:"read_cache_bytes"`
	ReadCacheHits   uint64  `json:"read_cache_hits_total"`
	ReadCacheMisses uint64  `json:"read_cache_misses_total"`
	WALBytes        uint64  `json:"wal_bytes"`
	WALSyncs        uint64  `json:"wal_syncs_total"`
	Flushes         int64   `json:"flushes_total"`
	Compactions     int64   `json:"compactions_total"`
	CompactionDebt  uint64  `json:"compaction_debt_bytes"`
	ReadAmp         int     `json:"read_amplification"`
	WriteStalls     uint64  `json:"write_stalls_total"`
	Levels          []Level `json:"levels"`
}

// Level is one level of a store's tree.
type Level struct {
	Level  int   `json:"level"`
	Tables int64 `json:"tables"`
	Bytes  int64 `json:"bytes"`
}

// StoreStatus turns a store's own statistics into what status shows.
func StoreStatus(s storage.Stats) Store {
	out := Store{
		Kind: s.Kind, DiskBytes: s.DiskBytes, MemtableBytes: s.MemtableBytes, BlockCacheBytes: s.BlockCacheBytes,
		ReadCacheBytes: s.CacheBytes, ReadCacheHits: s.CacheHits, ReadCacheMisses: s.CacheMisses,
		WALBytes: s.WALBytes, WALSyncs: s.WALSyncs, Flushes: s.Flushes, Compactions: s.Compactions,
		CompactionDebt: s.CompactionDebt, ReadAmp: s.ReadAmp, WriteStalls: s.WriteStalls, Levels: []Level{},
	}
	for _, l := range s.Levels {
		out.Levels = append(out.Levels, Level{Level: l.Level, Tables: l.Tables, Bytes: l.Bytes})
	}
	return out
}

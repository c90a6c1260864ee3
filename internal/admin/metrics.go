package admin

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics turns a status into Prometheus metrics at each scrape, so that nothing
// is counted twice.
type metrics struct{ source Source }

// Describe implements prometheus.Collector; without descriptions the collector
// is unchecked, which lets a protocol that is off leave its metrics out.
func (metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m metrics) Collect(out chan<- prometheus.Metric) {
	s := m.source.Status()
	e := emitter{out}
	ready := 0.0
	if s.Ready {
		ready = 1
	}
	e.gauge("orbit_ready", "Whether both protocols accept connections.", ready)
	e.gauge("orbit_uptime_seconds", "Seconds since the start.", float64(s.UptimeSeconds))
	if s.HeapBytes > 0 {
		e.gauge("orbit_heap_bytes", "Bytes of the heap in use; process_resident_memory_bytes is the whole.", float64(s.HeapBytes))
	}
	if r := s.Redis; r != nil {
		e.gauge("orbit_redis_clients", "Connections now.", float64(r.Clients))
		e.counter("orbit_redis_connections_total", "Connections accepted.", r.ConnectionsTotal)
		e.counter("orbit_redis_rejected_connections_total", "Connections refused at the limit.", r.RejectedTotal)
		e.counter("orbit_redis_commands_total", "Commands run.", r.CommandsTotal)
		e.counter("orbit_redis_errors_total", "Commands answered with an error.", r.ErrorsTotal)
		e.counter("orbit_redis_read_bytes_total", "Bytes read from clients.", r.BytesRead)
		e.counter("orbit_redis_written_bytes_total", "Bytes sent to clients.", r.BytesWritten)
		e.gauge("orbit_redis_keys", "Keys in all databases.", float64(r.KeysTotal))
		e.gauge("orbit_redis_keys_with_ttl", "Keys that will expire.", float64(r.KeysWithTTL))
		e.counter("orbit_redis_expired_keys_total", "Keys removed because they were due.", r.ExpiredTotal)
		e.counter("orbit_redis_expired_fields_total", "Fields of hashes removed because they were due.", r.ExpiredFields)
		e.gauge("orbit_redis_garbage_bytes", "Bytes deleted and not yet removed from the store.", float64(r.GarbageBytes))
		e.gauge("orbit_redis_garbage_objects", "Objects deleted and not yet removed from the store.", float64(r.GarbageObjects))
		e.store("redis", &r.Storage)
	}
	if p := s.Postgres; p != nil {
		e.gauge("orbit_postgres_connections", "Connections now.", float64(p.Connections))
		e.counter("orbit_postgres_connections_total", "Connections accepted.", p.ConnectionsTotal)
		e.counter("orbit_postgres_rejected_connections_total", "Connections refused at the limit.", p.RejectedTotal)
		e.counter("orbit_postgres_statements_total", "Statements run.", p.StatementsTotal)
		e.counter("orbit_postgres_errors_total", "Statements that failed.", p.ErrorsTotal)
		e.counter("orbit_postgres_commits_total", "Transactions committed.", p.CommitsTotal)
		e.counter("orbit_postgres_rollbacks_total", "Transactions rolled back.", p.RollbacksTotal)
		e.counter("orbit_postgres_read_bytes_total", "Bytes read from clients.", p.BytesRead)
		e.counter("orbit_postgres_written_bytes_total", "Bytes sent to clients.", p.BytesWritten)
		e.counter("orbit_postgres_plan_cache_hits_total", "Statements whose plan was there.", p.PlanHits)
		e.counter("orbit_postgres_plan_cache_misses_total", "Statements that were planned.", p.PlanMisses)
		e.store("postgres", &p.Storage)
	}
	e.actors(m.source.Actors())
}

// emitter makes constant metrics; labels are given as name, value pairs.
type emitter struct{ out chan<- prometheus.Metric }

func (e emitter) gauge(name, help string, v float64, labels ...string) {
	e.emit(prometheus.GaugeValue, name, help, v, labels)
}

func (e emitter) counter(name, help string, v uint64, labels ...string) {
	e.emit(prometheus.CounterValue, name, help, float64(v), labels)
}

func (e emitter) emit(kind prometheus.ValueType, name, help string, v float64, labels []string) {
	constant := prometheus.Labels{}
	for i := 0; i+1 < len(labels); i += 2 {
		constant[labels[i]] = labels[i+1]
	}
	e.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, constant), kind, v)
}

func (e emitter) store(protocol string, s *Store) {
	l := []string{"store", protocol}
	e.gauge("orbit_storage_disk_bytes", "Bytes on disk, log and obsolete files included.", float64(s.DiskBytes), l...)
	e.gauge("orbit_storage_memtable_bytes", "Bytes in memory not yet flushed.", float64(s.MemtableBytes), l...)
	e.gauge("orbit_storage_block_cache_bytes", "Bytes of blocks cached.", float64(s.BlockCacheBytes), l...)
	e.gauge("orbit_storage_read_cache_bytes", "Bytes in the point-read cache.", float64(s.ReadCacheBytes), l...)
	e.counter("orbit_storage_read_cache_hits_total", "Point reads answered from the cache.", s.ReadCacheHits, l...)
	e.counter("orbit_storage_read_cache_misses_total", "Point reads that went to the tree.", s.ReadCacheMisses, l...)
	e.gauge("orbit_storage_wal_bytes", "Bytes of write-ahead log.", float64(s.WALBytes), l...)
	e.counter("orbit_storage_wal_syncs_total", "Syncs of the write-ahead log.", s.WALSyncs, l...)
	e.counter("orbit_storage_flushes_total", "Memtables flushed.", uint64(max(s.Flushes, 0)), l...)
	e.counter("orbit_storage_compactions_total", "Compactions done.", uint64(max(s.Compactions, 0)), l...)
	e.gauge("orbit_storage_compaction_debt_bytes", "Bytes that wait for compaction.", float64(s.CompactionDebt), l...)
	e.gauge("orbit_storage_read_amplification", "Sorted runs that a read may touch.", float64(s.ReadAmp), l...)
	e.counter("orbit_storage_write_stalls_total", "Times that writes waited for flushes or compactions.", s.WriteStalls, l...)
	for _, level := range s.Levels {
		at := append([]string{"level", strconv.Itoa(level.Level)}, l...)
		e.gauge("orbit_storage_level_bytes", "Bytes in a level of the tree.", float64(level.Bytes), at...)
		e.gauge("orbit_storage_level_tables", "Tables in a level of the tree.", float64(level.Tables), at...)
	}
}

package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
)

func infoPersistence(r *report) error {
	s := r.c.Server
	store := s.Keyspace().Store().Stats()
	r.line("loading", 0)
	r.line("async_loading", 0)
	saves := s.Saves()
	status := func(failed bool) string {
		if failed {
			return "err"
		}
		return "ok"
	}
	seconds := func(d time.Duration, is bool) int64 {
		if !is {
			return -1
		}
		return int64(d / time.Second)
	}
	r.line("rdb_changes_since_last_save", saves.Changes)
	r.line("rdb_bgsave_in_progress", btoi(saves.InBackground))
	r.line("rdb_last_save_time", s.LastSave().Unix())
	r.line("rdb_last_bgsave_status", status(saves.Failed))
	r.line("rdb_last_bgsave_time_sec", seconds(saves.Took, saves.Took >= 0))
	r.line("rdb_current_bgsave_time_sec", seconds(saves.For, saves.InBackground))
	r.line("rdb_saves", saves.Count)
	r.line("aof_enabled", 1)
	r.line("aof_rewrite_in_progress", btoi(saves.Rewriting))
	r.line("aof_rewrite_scheduled", 0)
	r.line("aof_last_bgrewrite_status", status(saves.RewriteFailed))
	r.line("aof_last_write_status", "ok")
	place := s.Place()
	r.line("storage_mode", place.RedisMode) // redis_mode is redis-server's own: standalone
	r.line("actor_persistence", place.ActorPersistence)
	age := int64(-1)
	if !place.SavedAt.IsZero() {
		age = int64(time.Since(place.SavedAt) / time.Second)
	}
	r.line("actor_last_snapshot_age_sec", age)
	r.line("storage_engine", store.Kind)
	r.line("storage_durability", s.Keyspace().Store().Durability())
	r.line("storage_disk_bytes", store.DiskBytes)
	r.line("storage_wal_bytes", store.WALBytes)
	r.line("storage_wal_syncs", store.WALSyncs)
	r.line("storage_flushes", store.Flushes)
	r.line("storage_compactions", store.Compactions)
	r.line("storage_compaction_debt", store.CompactionDebt)
	r.line("storage_read_amplification", store.ReadAmp)
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func infoStats(r *report) error {
	t := r.c.Server.Telemetry().Totals()
	status := r.c.Server.Status()
	store := r.c.Server.Keyspace().Store().Stats()
	r.line("total_connections_received", t.Accepted)
	r.line("total_commands_processed", t.Calls)
	r.line("instantaneous_ops_per_sec", status.OpsPerSec)
	r.line("total_net_input_bytes", t.InputBytes)
	r.line("total_net_output_bytes", t.OutputBytes)
	r.linef("instantaneous_input_kbps:%.2f", status.InputKbps)
	r.linef("instantaneous_output_kbps:%.2f", status.OutputKbps)
	r.line("rejected_connections", t.Rejected)
	p := r.c.Server.Replication()
	r.line("sync_full", p.FullSyncs)
	r.line("sync_partial_ok", p.PartialSyncs)
	r.line("sync_partial_err", p.RefusedPartials)
	expired := r.c.Server.Keyspace().Stats()
	r.line("expired_subkeys", expired.ExpiredFields)
	r.line("expired_keys", expired.Expired)
	r.line("evicted_keys", t.Evicted)
	r.line("evicted_clients", t.EvictedClients)
	r.line("storage_cache_hits", store.CacheHits)
	r.line("storage_cache_misses", store.CacheMisses)
	r.line("pubsub_channels", len(r.c.Server.Subscribed(command.Channel)))
	r.line("pubsub_patterns", len(r.c.Server.Subscribed(command.Pattern)))
	r.line("pubsubshard_channels", len(r.c.Server.Subscribed(command.ShardChannel)))
	r.line("tracking_total_keys", status.Tracking.Keys)
	r.line("tracking_total_items", status.Tracking.Items)
	r.line("tracking_total_prefixes", status.Tracking.Prefixes)
	r.line("latest_fork_usec", 0)
	r.line("total_forks", 0)
	r.line("unexpected_error_replies", 0)
	r.line("migrate_cached_sockets", 0) // each MIGRATE connects anew
	r.line("total_error_replies", r.c.Server.Telemetry().ErrorTotal())
	r.line("client_query_buffer_limit_disconnections", t.QueryLimited)
	r.line("client_output_buffer_limit_disconnections", t.OutputLimited)
	r.line("reply_buffer_shrinks", status.ReplyShrinks)
	r.line("reply_buffer_expands", status.ReplyExpands)
	r.line("handler_panics", status.Panics)
	r.line("acl_access_denied_auth", t.Denied[acl.DeniedAuth])
	r.line("acl_access_denied_cmd", t.Denied[acl.DeniedCommand])
	r.line("acl_access_denied_key", t.Denied[acl.DeniedKey])
	r.line("acl_access_denied_channel", t.Denied[acl.DeniedChannel])
	return nil
}

func infoReplication(r *report) error {
	p := r.c.Server.Replication()
	if p.Primary == nil {
		r.line("role", "master")
	} else {
		infoPrimary(r, p.Primary)
	}
	r.line("connected_slaves", len(p.Replicas))
	if params := r.c.Server.Params(); params.Int("min-replicas-to-write") > 0 && params.Int("min-replicas-max-lag") > 0 {
		r.line("min_slaves_good_slaves", p.Good)
	}
	for i, replica := range p.Replicas {
		r.linef("slave%d:ip=%s,port=%d,state=%s,offset=%d,lag=%d",
			i, replica.Host, replica.Port, replica.State, replica.Offset, replica.Lag)
	}
	active := 0
	if p.Active {
		active = 1
	}
	r.line("master_failover_state", "no-failover")
	r.line("master_replid", p.ID)
	r.line("master_replid2", strings.Repeat("0", 40))
	r.line("master_repl_offset", p.Offset)
	r.line("second_repl_offset", -1)
	r.line("repl_backlog_active", active)
	r.line("repl_backlog_size", p.BacklogSize)
	r.line("repl_backlog_first_byte_offset", p.FirstByte)
	r.line("repl_backlog_histlen", p.Kept)
	return nil
}

// infoPrimary tells of the primary that the server follows.
func infoPrimary(r *report, p *command.Primary) {
	params := r.c.Server.Params()
	r.line("role", "slave")
	r.line("master_host", p.Host)
	r.line("master_port", p.Port)
	status := "down"
	if p.Up {
		status = "up"
	}
	r.line("master_link_status", status)
	r.line("master_last_io_seconds_ago", p.LastIO)
	r.line("master_sync_in_progress", btoi(p.Transfer != nil))
	r.line("slave_read_repl_offset", p.Read)
	r.line("slave_repl_offset", p.Offset)
	if t := p.Transfer; t != nil {
		percent := 0.0
		if t.Total > 0 {
			percent = float64(t.Read) / float64(t.Total) * 100
		}
		r.line("master_sync_total_bytes", t.Total)
		r.line("master_sync_read_bytes", t.Read)
		r.line("master_sync_left_bytes", t.Total-t.Read)
		r.linef("master_sync_perc:%.2f", percent)
		r.line("master_sync_last_io_seconds_ago", t.LastIO)
	}
	if !p.Up {
		r.line("master_link_down_since_seconds", p.DownFor)
	}
	r.line("slave_priority", params.Int("replica-priority"))
	r.line("slave_read_only", params.Int("replica-read-only"))
	r.line("replica_announced", params.Int("replica-announced"))
}

func infoCommandstats(r *report) error {
	t := r.c.Server.Telemetry().Totals()
	for _, spec := range flatten(r.c.Server.Registry().All()) {
		c := t.Commands[spec.Index()]
		if c.Calls == 0 && c.Rejected == 0 {
			continue
		}
		perCall := 0.0
		if c.Calls > 0 {
			perCall = float64(c.Nanos) / 1000 / float64(c.Calls)
		}
		r.linef("cmdstat_%s:calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			spec.FullName(), c.Calls, c.Nanos/1000, perCall, c.Rejected, c.Failed)
	}
	return nil
}

func infoErrorstats(r *report) error {
	for _, e := range r.c.Server.Telemetry().Errors() {
		r.linef("errorstat_%s:count=%d", e.Code, e.Count)
	}
	return nil
}

func infoLatencystats(r *report) error {
	params := r.c.Server.Params()
	if !params.Yes("latency-tracking") {
		return nil
	}
	percentiles := strings.Fields(params.Text("latency-tracking-info-percentiles"))
	for _, spec := range flatten(r.c.Server.Registry().All()) {
		h := r.c.Server.Telemetry().Histogram(spec.Index())
		if h == nil {
			continue
		}
		fields := make([]string, 0, len(percentiles))
		for _, text := range percentiles {
			p, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return err
			}
			fields = append(fields, fmt.Sprintf("p%s=%.3f", text, float64(h.Percentile(p))/1000))
		}
		r.linef("latency_percentiles_usec_%s:%s", spec.FullName(), strings.Join(fields, ","))
	}
	return nil
}

func infoKeyspace(r *report) error {
	for db := range r.c.Server.Keyspace().Databases() {
		s, err := r.c.Keys.DBStats(db)
		if err != nil {
			return err
		}
		if s.Keys > 0 {
			r.linef("db%d:keys=%d,expires=%d,avg_ttl=%d", db, s.Keys, s.Expires, s.AvgTTL)
		}
	}
	return nil
}

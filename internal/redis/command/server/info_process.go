package server

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/orbit-server/orbit/internal/process"
	"github.com/orbit-server/orbit/internal/redis/command"
)

func infoServer(r *report) error {
	s := r.c.Server.Status()
	up := time.Since(s.Started)
	port := 0
	if tcp, ok := s.Addr.(*net.TCPAddr); ok {
		port = tcp.Port
	}
	r.line("redis_version", command.RedisVersion)
	r.line("redis_mode", "standalone")
	r.line("orbit_version", s.Version)
	r.line("os", runtime.GOOS+" "+runtime.GOARCH)
	r.line("arch_bits", strconv.IntSize)
	r.line("go_version", runtime.Version())
	r.line("multiplexing_api", "epoll")
	r.line("process_id", os.Getpid())
	r.line("run_id", s.RunID)
	r.line("tcp_port", port)
	r.line("server_time_usec", time.Now().UnixMicro())
	r.line("uptime_in_seconds", int64(up.Seconds()))
	r.line("uptime_in_days", int64(up.Hours()/24))
	r.line("hz", r.c.Server.Params().Text("hz"))
	r.line("event_loops", s.Loops)
	exe, err := os.Executable()
	if err != nil {
		exe = ""
	}
	r.line("executable", exe)
	r.line("config_file", "")
	return nil
}

func infoClients(r *report) error {
	s := r.c.Server.Status()
	r.line("connected_clients", s.Clients)
	r.line("cluster_connections", 0)
	r.line("maxclients", s.MaxClients)
	r.line("client_recent_max_input_buffer", s.InputMem)
	r.line("client_recent_max_output_buffer", s.OutputMem)
	r.line("blocked_clients", s.Blocked)
	r.line("tracking_clients", s.Tracking.Clients)
	r.line("watching_clients", s.Watching)
	r.line("clients_in_timeout_table", 0)
	r.line("total_watched_keys", s.Watched)
	r.line("total_blocking_keys", 0)
	r.line("monitor_clients", s.Monitors)
	r.line("paused_actions", s.Paused)
	return nil
}

func infoMemory(r *report) error {
	m := process.ReadMemory()
	store := r.c.Server.Keyspace().Store().Stats()
	u := r.c.Server.Memory()
	params := r.c.Server.Params()
	amount := func(name string, n int64) {
		r.line(name, n)
		r.line(name+"_human", human(uint64(n)))
	}
	used, dataset := u.Used(), u.Data+u.Garbage
	amount("used_memory", used)
	amount("used_memory_rss", int64(m.Resident))
	amount("used_memory_peak", u.Peak)
	r.linef("used_memory_peak_perc:%.2f%%", 100*float64(used)/float64(max(u.Peak, 1)))
	r.line("used_memory_overhead", used-dataset)
	r.line("used_memory_startup", u.Startup)
	r.line("used_memory_dataset", dataset)
	r.linef("used_memory_dataset_perc:%.2f%%", 100*float64(dataset)/float64(max(used-u.Startup, 1)))
	r.line("allocator_allocated", m.Heap)
	r.line("allocator_active", m.Mapped)
	r.line("allocator_resident", m.Resident)
	r.line("mem_block_cache", store.BlockCacheBytes)
	r.line("mem_read_cache", store.CacheBytes)
	r.line("mem_memtables", store.MemtableBytes)
	engine := r.c.Server.Scripts()
	scripts, size := engine.Cached()
	libraries := engine.Libraries()
	functions := 0
	for _, lib := range libraries {
		functions += len(lib.Functions)
	}
	amount("used_memory_scripts", int64(size))
	r.line("number_of_cached_scripts", scripts)
	r.line("number_of_functions", functions)
	r.line("number_of_libraries", len(libraries))
	amount("maxmemory", params.Int("maxmemory"))
	r.line("maxmemory_policy", params.Text("maxmemory-policy"))
	r.linef("mem_fragmentation_ratio:%.2f", float64(m.Resident)/float64(max(m.Heap, 1)))
	r.line("mem_fragmentation_bytes", int64(m.Resident)-int64(m.Heap))
	r.line("mem_not_counted_for_evict", used-u.Counted())
	r.line("mem_replication_backlog", 0)
	r.line("mem_total_replication_buffers", 0)
	r.line("mem_clients_slaves", 0)
	r.line("mem_clients_normal", u.Clients+u.Sessions)
	r.line("mem_aof_buffer", 0)
	r.line("mem_allocator", "go")
	r.line("active_defrag_running", 0)
	r.line("lazyfree_pending_objects", u.Pending)
	r.line("lazyfreed_objects", u.Collected)
	return nil
}

// human prints bytes as redis-server's INFO does.
func human(n uint64) string {
	f := float64(n)
	for _, unit := range []struct {
		size float64
		name string
	}{{1 << 40, "T"}, {1 << 30, "G"}, {1 << 20, "M"}, {1 << 10, "K"}} {
		if f >= unit.size {
			return fmt.Sprintf("%.2f%s", f/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}

func infoCPU(r *report) error {
	var self, children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		return err
	}
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		return err
	}
	seconds := func(name string, t syscall.Timeval) {
		r.linef("%s:%d.%06d", name, t.Sec, t.Usec)
	}
	seconds("used_cpu_sys", self.Stime)
	seconds("used_cpu_user", self.Utime)
	seconds("used_cpu_sys_children", children.Stime)
	seconds("used_cpu_user_children", children.Utime)
	return nil
}

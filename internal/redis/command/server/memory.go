package server

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"strings"

	"github.com/orbit-server/orbit/internal/process"
	"github.com/orbit-server/orbit/internal/redis/command"
)

var memorySpec = &command.Spec{
	Name:       "memory",
	Arity:      -2,
	Categories: slow,
	Group:      "server",
	Since:      "4.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for memory diagnostics commands",
	Sub: []*command.Spec{
		{
			Name: "doctor", Arity: 2, Categories: slow, Group: "server", Since: "4.0.0", Complexity: "O(1)",
			Summary: "Outputs memory problems report", Handler: memoryDoctor,
		},
		{
			Name: "malloc-stats", Arity: 2, Categories: slow, Group: "server", Since: "4.0.0",
			Complexity: "Depends on how much memory is allocated, could be slow",
			Summary:    "Show allocator internal stats", Handler: memoryMallocStats,
		},
		{
			Name: "purge", Arity: 2, Categories: slow, Group: "server", Since: "4.0.0", Complexity: "Depends on how much memory is allocated",
			Summary: "Ask the allocator to release memory", Long: true, Handler: func(c *command.Ctx) error {
				debug.FreeOSMemory()
				c.Out.OK()
				return nil
			},
		},
		{
			Name: "stats", Arity: 2, Categories: slow, Group: "server", Since: "4.0.0", Complexity: "O(1)",
			Summary: "Show memory usage details", Handler: memoryStats,
		},
		{
			Name: "usage", Arity: -3, Flags: command.ReadOnly, FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"read", "slow"}, Group: "server", Since: "4.0.0",
			Complexity: "O(1)", Summary: "Estimate the memory usage of a key",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "count", Type: "integer", Token: "SAMPLES", Optional: true},
			},
			Handler: memoryUsage,
		},
		helpSpec("4.0.0",
			"DOCTOR",
			"    Return memory problems reports.",
			"MALLOC-STATS",
			"    Return internal statistics report from the memory allocator.",
			"PURGE",
			"    Attempt to purge dirty pages for reclamation by the allocator.",
			"STATS",
			"    Return information about the memory usage of the server.",
			"USAGE <key> [SAMPLES <count>]",
			"    Return the bytes that <key> and its value take, before compression.",
			"    They are known exactly, without sampling nested values."),
	},
}

// memoryDoctor looks for what redis-server's does, as far as it can be here.
func memoryDoctor(c *command.Ctx) error {
	m, u := process.ReadMemory(), c.Server.Memory()
	if u.Used()-u.Startup < 5<<20 {
		c.Out.Verbatim("txt", "Hi Sam, this instance is empty or is using very little memory, "+
			"my issues detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data. "+
			"The new Sam and I will be back to our programming as soon as I finished rebooting.\n")
		return nil
	}
	var found []string
	if u.Peak > u.Used()+u.Used()/2 {
		found = append(found, "Peak memory: the data once took much more than it does now. "+
			"The process may hold memory that it no longer needs; MEMORY PURGE gives it back to the system.")
	} else if m.Heap > 64<<20 && m.Resident > 3*m.Heap {
		found = append(found, "High resident memory: the process holds much more memory than it uses. "+
			"MEMORY PURGE gives it back to the system.")
	}
	if clients := int64(c.Server.Status().Clients); clients > 0 && u.Clients/clients > 200<<10 {
		found = append(found, "Big client buffers: clients hold more than 200 kB each on average, "+
			"in requests or in replies that they do not read. CLIENT LIST shows which.")
	}
	if len(found) == 0 {
		c.Out.Verbatim("txt", "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n")
		return nil
	}
	c.Out.Verbatim("txt", "Sam, I detected a few issues in this instance memory implants:\n\n * "+strings.Join(found, "\n\n * ")+"\n")
	return nil
}

// memoryMallocStats is what Go's runtime tells of its memory.
func memoryMallocStats(c *command.Ctx) error {
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		if d.Kind == metrics.KindUint64 && (strings.HasPrefix(d.Name, "/memory/") || strings.HasPrefix(d.Name, "/gc/heap/")) {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	metrics.Read(samples)
	var text strings.Builder
	for _, s := range samples {
		fmt.Fprintf(&text, "%s %d\n", s.Name, s.Value.Uint64())
	}
	c.Out.Verbatim("txt", text.String())
	return nil
}

func memoryStats(c *command.Ctx) error {
	m, u := process.ReadMemory(), c.Server.Memory()
	store := c.Server.Keyspace().Store().Stats()
	var keys int64
	for db := range c.Server.Keyspace().Databases() {
		n, err := c.Keys.DBSize(db)
		if err != nil {
			return err
		}
		keys += n
	}
	used, dataset := u.Used(), u.Data+u.Garbage
	fields := []struct {
		name  string
		value int64
	}{
		{"peak.allocated", u.Peak},
		{"total.allocated", used},
		{"startup.allocated", u.Startup},
		{"replication.backlog", 0},
		{"clients.slaves", 0},
		{"clients.normal", u.Clients + u.Sessions},
		{"aof.buffer", 0},
		{"lua.caches", u.Scripts},
		{"overhead.total", used - dataset},
		{"keys.count", keys},
		{"keys.bytes-per-key", u.Data / max(keys, 1)},
		{"dataset.bytes", dataset},
		{"allocator.allocated", int64(m.Heap)},
		{"allocator.active", int64(m.Mapped)},
		{"allocator.resident", int64(m.Resident)},
		{"storage.blockcache", store.BlockCacheBytes},
		{"storage.readcache", store.CacheBytes},
		{"storage.memtables", int64(store.MemtableBytes)},
		{"storage.disk", int64(store.DiskBytes)},
	}
	c.Out.Map(len(fields) + 2)
	for _, f := range fields {
		c.Out.BulkString(f.name)
		c.Out.Int(f.value)
	}
	c.Out.BulkString("dataset.percentage")
	c.Out.Double(100 * float64(dataset) / float64(max(used-u.Startup, 1)))
	c.Out.BulkString("peak.percentage")
	c.Out.Double(100 * float64(used) / float64(max(u.Peak, 1)))
	return nil
}

// memoryUsage answers what the key counts for in used_memory_dataset. That is kept,
// so SAMPLES is checked and has no effect.
func memoryUsage(c *command.Ctx) error {
	switch {
	case len(c.Args) == 3:
	case len(c.Args) == 5 && command.Is(c.Args[3], "SAMPLES"):
		samples, err := command.ParseInt(c.Args[4])
		if err != nil {
			return err
		}
		if samples < 0 {
			return command.ErrSyntax
		}
	default:
		return command.ErrSyntax
	}
	key, err := c.Keys.Peek(c.DB, c.Args[2])
	if err != nil {
		return err
	}
	if !key.Exists() {
		c.Out.Null()
		return nil
	}
	c.Out.Int(key.Footprint())
	return nil
}

package server

import (
	"runtime/debug"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
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
			Complexity: "O(N) where N is the number of samples.", Summary: "Estimate the memory usage of a key",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "count", Type: "integer", Token: "SAMPLES", Optional: true},
			},
			Handler: memoryUsage,
		},
		helpSpec("4.0.0",
			"DOCTOR",
			"    Return memory problems reports.",
			"PURGE",
			"    Attempt to purge dirty pages for reclamation by the allocator.",
			"STATS",
			"    Return information about the memory usage of the server.",
			"USAGE <key> [SAMPLES <count>]",
			"    Return the bytes that <key> and its value take in storage, before",
			"    compression. Nested values are sampled up to <count> times",
			"    (default: 5, 0 means sample all)."),
	},
}

func memoryDoctor(c *command.Ctx) error {
	m := readMemory()
	text := "No memory problem was found.\n"
	if m.heap > 64<<20 && m.resident > 3*m.heap {
		text = "The process holds much more memory than it uses. MEMORY PURGE gives it back to the system.\n"
	}
	c.Out.Verbatim("txt", text)
	return nil
}

func memoryStats(c *command.Ctx) error {
	m := readMemory()
	store := c.Server.Keyspace().Store().Stats()
	status := c.Server.Status()
	var keys int64
	for db := range c.Server.Keyspace().Databases() {
		n, err := c.Keys.DBSize(db)
		if err != nil {
			return err
		}
		keys += n
	}
	fields := []struct {
		name  string
		value int64
	}{
		{"total.allocated", int64(m.heap)},
		{"resident", int64(m.resident)},
		{"clients.normal", int64(status.InputMem + status.OutputMem)},
		{"storage.blockcache", store.BlockCacheBytes},
		{"storage.readcache", store.CacheBytes},
		{"storage.memtables", int64(store.MemtableBytes)},
		{"storage.disk", int64(store.DiskBytes)},
		{"keys.count", keys},
	}
	c.Out.Map(len(fields))
	for _, f := range fields {
		c.Out.BulkString(f.name)
		c.Out.Int(f.value)
	}
	return nil
}

// entryBytes is about what storage adds to each key and value.
const entryBytes = 24

func memoryUsage(c *command.Ctx) error {
	samples := int64(5)
	switch {
	case len(c.Args) == 3:
	case len(c.Args) == 5 && command.Is(c.Args[3], "SAMPLES"):
		var err error
		if samples, err = command.ParseInt(c.Args[4]); err != nil {
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
	total := int64(entryBytes + len(c.Args[2]))
	if key.Type == keyspace.TypeString {
		total += int64(len(key.Value()))
	} else {
		mean, err := meanMember(c, key.Type, samples)
		if err != nil {
			return err
		}
		total += int64(mean * float64(key.Size))
	}
	c.Out.Int(total)
	return nil
}

// meanMember is the mean size of a collection's first members.
func meanMember(c *command.Ctx, kind keyspace.Type, samples int64) (float64, error) {
	var n, bytes int64
	add := func(parts ...[]byte) (bool, error) {
		n++
		bytes += entryBytes + int64(len(c.Args[2]))
		for _, part := range parts {
			bytes += int64(len(part))
		}
		return samples == 0 || n < samples, nil
	}
	err := eachMember(c, kind, add)
	if n == 0 {
		return 0, err
	}
	return float64(bytes) / float64(n), err
}

func eachMember(c *command.Ctx, kind keyspace.Type, add func(parts ...[]byte) (bool, error)) error {
	key := c.Args[2]
	switch kind {
	case keyspace.TypeHash:
		h, err := c.Keys.Hash(c.DB, key)
		if err != nil {
			return err
		}
		return h.Each(func(field, value []byte) (bool, error) { return add(field, value) })
	case keyspace.TypeSet:
		s, err := c.Keys.Set(c.DB, key)
		if err != nil {
			return err
		}
		return s.Each(func(member []byte) (bool, error) { return add(member) })
	case keyspace.TypeZSet:
		z, err := c.Keys.ZSet(c.DB, key)
		if err != nil {
			return err
		}
		// A member is stored twice, by name and by score, with 8 bytes of score.
		return z.Each(func(member []byte, _ float64) (bool, error) { return add(member, member, make([]byte, 16+entryBytes)) })
	case keyspace.TypeList:
		l, err := c.Keys.List(c.DB, key)
		if err != nil {
			return err
		}
		return l.Range(0, -1, func(_ int64, value []byte) (bool, error) { return add(value) })
	}
	return nil
}

package server

import "github.com/orbit-server/orbit/internal/redis/command"

var slowlogSpec = &command.Spec{
	Name:       "slowlog",
	Arity:      -2,
	Categories: slow,
	Group:      "server",
	Since:      "2.2.12",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for slow log commands",
	Sub: []*command.Spec{
		slowlogGetSpec, slowlogLenSpec, slowlogResetSpec,
		helpSpec("6.2.0",
			"GET [<count>]",
			"    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
			"    Entries are made of:",
			"    id, timestamp, time in microseconds, arguments array, client IP and port,",
			"    client name",
			"LEN",
			"    Return the length of the slowlog.",
			"RESET",
			"    Reset the slowlog."),
	},
}

const logFlags = command.Admin | command.Loading | command.Stale

var slowlogGetSpec = &command.Spec{
	Name:       "get",
	Arity:      -2,
	Flags:      logFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.2.12",
	Complexity: "O(N) where N is the number of entries returned",
	Summary:    "Get the slow log's entries",
	Args:       []command.Arg{{Name: "count", Type: "integer", Optional: true}},
	Handler:    slowlogGet,
}

func slowlogGet(c *command.Ctx) error {
	count := int64(10)
	switch len(c.Args) {
	case 2:
	case 3:
		var err error
		if count, err = command.ParseInt(c.Args[2]); err != nil || count < -1 {
			return command.Errorf("ERR count should be greater than or equal to -1")
		}
	default:
		return command.ErrSyntax
	}
	entries := c.Server.Telemetry().Slowlog.Get(int(min(count, 1<<30)))
	c.Out.Array(len(entries))
	for _, e := range entries {
		c.Out.Array(6)
		c.Out.Int(e.ID)
		c.Out.Int(e.Time.Unix())
		c.Out.Int(e.Duration.Microseconds())
		c.Out.Array(len(e.Args))
		for _, arg := range e.Args {
			c.Out.BulkString(arg)
		}
		c.Out.BulkString(e.Addr)
		c.Out.BulkString(e.Name)
	}
	return nil
}

var slowlogLenSpec = &command.Spec{
	Name:       "len",
	Arity:      2,
	Flags:      logFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.2.12",
	Complexity: "O(1)",
	Summary:    "Get the slow log's length",
	Handler: func(c *command.Ctx) error {
		c.Out.Int(int64(c.Server.Telemetry().Slowlog.Len()))
		return nil
	},
}

var slowlogResetSpec = &command.Spec{
	Name:       "reset",
	Arity:      2,
	Flags:      logFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.2.12",
	Complexity: "O(N) where N is the number of entries in the slowlog",
	Summary:    "Clear all entries from the slow log",
	Handler: func(c *command.Ctx) error {
		c.Server.Telemetry().Slowlog.Reset()
		c.Out.OK()
		return nil
	},
}

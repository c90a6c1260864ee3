package server

import "github.com/orbit-server/orbit/internal/redis/command"

var flushArgs = []command.Arg{{Name: "async", Type: "oneof", Optional: true, Args: []command.Arg{
	{Name: "async", Type: "pure-token", Token: "ASYNC"},
	{Name: "sync", Type: "pure-token", Token: "SYNC"},
}}}

// Both forms take the same short time: the keys go at once, and what they held is
// collected in the background.
var flushallSpec = &command.Spec{
	Name:       "flushall",
	Arity:      -1,
	Flags:      command.Write,
	Categories: []string{"keyspace", "write", "slow", "dangerous"},
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Remove all keys from all databases",
	Args:       flushArgs,
	Exclusive:  true,
	Handler: func(c *command.Ctx) error {
		if err := checkFlush(c.Args); err != nil {
			return err
		}
		if err := c.Keys.FlushAll(); err != nil {
			return err
		}
		c.PropagateAlways() // a replica may hold what is not here
		c.Out.OK()
		return nil
	},
}

var flushdbSpec = &command.Spec{
	Name:       "flushdb",
	Arity:      -1,
	Flags:      command.Write,
	Categories: []string{"keyspace", "write", "slow", "dangerous"},
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Remove all keys from the current database",
	Args:       flushArgs,
	Exclusive:  true,
	Handler: func(c *command.Ctx) error {
		if err := checkFlush(c.Args); err != nil {
			return err
		}
		if err := c.Keys.FlushDB(c.DB); err != nil {
			return err
		}
		c.PropagateAlways()
		c.Out.OK()
		return nil
	},
}

func checkFlush(args [][]byte) error {
	if len(args) == 1 || len(args) == 2 && (command.Is(args[1], "ASYNC") || command.Is(args[1], "SYNC")) {
		return nil
	}
	return command.ErrSyntax
}

package server

import "github.com/orbit-server/orbit/internal/redis/command"

// Saving writes an RDB file, for redis-server and for backups. The data is durable
// without it.
var saveSpec = &command.Spec{
	Name:       "save",
	Arity:      1,
	Flags:      command.Admin | command.NoScript | command.NoAsyncLoading | command.NoMulti,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of keys in all databases",
	Summary:    "Synchronously save the dataset to disk",
	Long:       true,
	Handler: func(c *command.Ctx) error {
		if err := c.Server.Save(false); err != nil {
			return err
		}
		c.Out.OK()
		return nil
	},
}

var bgsaveSpec = &command.Spec{
	Name:       "bgsave",
	Arity:      -1,
	Flags:      command.Admin | command.NoScript | command.NoAsyncLoading,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of keys in all databases",
	Summary:    "Asynchronously save the dataset to disk",
	Args:       []command.Arg{{Name: "schedule", Type: "pure-token", Token: "SCHEDULE", Optional: true}},
	Long:       true,
	Handler: func(c *command.Ctx) error {
		if len(c.Args) > 2 || len(c.Args) == 2 && !command.Is(c.Args[1], "SCHEDULE") {
			return command.ErrSyntax
		}
		if err := c.Server.SaveInBackground(); err != nil {
			return err
		}
		c.Out.Simple("Background saving started")
		return nil
	},
}

// bgrewriteaofSpec makes the store small: it is what redis-server's log is.
var bgrewriteaofSpec = &command.Spec{
	Name:       "bgrewriteaof",
	Arity:      1,
	Flags:      command.Admin | command.NoScript | command.NoAsyncLoading,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the size of the data",
	Summary:    "Asynchronously rewrite the append-only file",
	Handler: func(c *command.Ctx) error {
		if err := c.Server.RewriteInBackground(); err != nil {
			return err
		}
		c.Out.Simple("Background append only file rewriting started")
		return nil
	},
}

var lastsaveSpec = &command.Spec{
	Name:       "lastsave",
	Arity:      1,
	Flags:      command.Loading | command.Stale | command.Fast,
	Categories: []string{"admin", "fast", "dangerous"},
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Get the UNIX time stamp of the last successful save to disk",
	Handler: func(c *command.Ctx) error {
		c.Out.Int(c.Server.LastSave().Unix())
		return nil
	},
}

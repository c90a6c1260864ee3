package server

import "github.com/orbit-server/orbit/internal/redis/command"

// There are no RDB files: saving makes what was written durable on disk.
var saveSpec = &command.Spec{
	Name:       "save",
	Arity:      1,
	Flags:      command.Admin | command.NoScript | command.NoAsyncLoading | command.NoMulti,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1) and an fsync",
	Summary:    "Synchronously save the dataset to disk",
	Long:       true,
	Handler: func(c *command.Ctx) error {
		if err := c.Server.Save(); err != nil {
			return err
		}
		c.Out.OK()
		return nil
	},
}

// bgsaveSpec replies when the save is done: there is no later moment at which a
// failure could be told.
var bgsaveSpec = &command.Spec{
	Name:       "bgsave",
	Arity:      -1,
	Flags:      command.Admin | command.NoScript | command.NoAsyncLoading,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1) and an fsync",
	Summary:    "Asynchronously save the dataset to disk",
	Args:       []command.Arg{{Name: "schedule", Type: "pure-token", Token: "SCHEDULE", Optional: true}},
	Long:       true,
	Handler: func(c *command.Ctx) error {
		if len(c.Args) > 2 || len(c.Args) == 2 && !command.Is(c.Args[1], "SCHEDULE") {
			return command.ErrSyntax
		}
		if err := c.Server.Save(); err != nil {
			return err
		}
		c.Out.Simple("Background saving started")
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

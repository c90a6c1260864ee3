package server

import "github.com/orbit-server/orbit/internal/redis/command"

var roleSpec = &command.Spec{
	Name:       "role",
	Arity:      1,
	Flags:      command.NoScript | command.Loading | command.Stale | command.Fast,
	Categories: []string{"admin", "fast", "dangerous"},
	Group:      "server",
	Since:      "2.8.12",
	Complexity: "O(1)",
	Summary:    "Return the role of the instance in the context of replication",
	Handler: func(c *command.Ctx) error {
		c.Out.Array(3)
		c.Out.BulkString("master")
		c.Out.Int(0)
		c.Out.Array(0)
		return nil
	},
}

var replicaofSpec = replicaof("replicaof", "5.0.0")

var slaveofSpec = replicaof("slaveof", "1.0.0")

// replicaof accepts that the server follows nobody, and nothing else.
func replicaof(name, since string) *command.Spec {
	return &command.Spec{
		Name:       name,
		Arity:      3,
		Flags:      command.Admin | command.NoScript | command.Stale | command.NoAsyncLoading,
		Categories: adminSlow,
		Group:      "server",
		Since:      since,
		Complexity: "O(1)",
		Summary:    "Make the server a replica of another instance, or promote it as master.",
		Args: []command.Arg{
			{Name: "host", Type: "string"},
			{Name: "port", Type: "integer"},
		},
		Handler: func(c *command.Ctx) error {
			if !command.Is(c.Args[1], "NO") || !command.Is(c.Args[2], "ONE") {
				return command.ErrNotSupported("replication")
			}
			c.Out.OK()
			return nil
		},
	}
}

package server

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var roleSpec = &command.Spec{
	Name:       "role",
	Arity:      1,
	Flags:      command.NoScript | command.Loading | command.Stale | command.Fast,
	Categories: []string{"admin", "fast", "dangerous"},
	Group:      "server",
	Since:      "2.8.12",
	Complexity: "O(1)",
	Summary:    "Return the role of the instance in the context of replication",
	Handler:    role,
}

// role tells of a primary and its replicas: this server follows nobody.
func role(c *command.Ctx) error {
	p := c.Server.Replication()
	c.Out.Array(3)
	c.Out.BulkString("master")
	c.Out.Int(p.Offset)
	list := c.Out.Later()
	n := 0
	for _, r := range p.Replicas {
		if r.State != "online" {
			continue
		}
		n++
		c.Out.Array(3)
		c.Out.BulkString(r.Host)
		c.Out.BulkString(strconv.Itoa(r.Port))
		c.Out.BulkString(strconv.FormatInt(r.Offset, 10))
	}
	c.Out.Close(list, n)
	return nil
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
				return command.ErrNotSupported("being a replica")
			}
			c.Out.OK()
			return nil
		},
	}
}

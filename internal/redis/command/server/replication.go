package server

import (
	"strconv"
	"strings"

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

// role tells of a primary and its replicas, or of a replica and its primary.
func role(c *command.Ctx) error {
	p := c.Server.Replication()
	if p.Primary != nil {
		c.Out.Array(5)
		c.Out.BulkString("slave")
		c.Out.BulkString(p.Primary.Host)
		c.Out.Int(int64(p.Primary.Port))
		c.Out.BulkString(p.Primary.State)
		if p.Primary.Linked {
			c.Out.Int(p.Primary.Offset)
		} else {
			c.Out.Int(-1)
		}
		return nil
	}
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

// replicaof makes the server follow another, or nobody. What came before it is over,
// and what comes after finds the other role.
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
		Exclusive: true,
		Handler:   runReplicaof,
	}
}

func runReplicaof(c *command.Ctx) error {
	c.PropagateNothing()
	if command.Is(c.Args[1], "NO") && command.Is(c.Args[2], "ONE") {
		if err := c.Server.Follow(c, "", 0); err != nil {
			return err
		}
		c.Out.OK()
		return nil
	}
	port, err := command.ParseInt(c.Args[2])
	if err != nil || port < 0 || port > 65535 {
		return command.Errorf("ERR Invalid master port")
	}
	host := string(c.Args[1])
	if p := c.Server.Replication().Primary; p != nil && strings.EqualFold(p.Host, host) && p.Port == int(port) {
		c.Out.Simple("OK Already connected to specified master")
		return nil
	}
	if err := c.Server.Follow(c, host, int(port)); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

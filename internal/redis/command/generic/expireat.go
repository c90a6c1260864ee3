package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var expireatSpec = &command.Spec{
	Name:     "expireat",
	Arity:    -3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "write", "fast"},
	Group:      "generic",
	Since:      "1.2.0",
	Complexity: "O(1)",
	Summary:    "Set the expiration for a key as a UNIX timestamp",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "unix-time-seconds", Type: "unix-time"},
		{Name: "condition", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "nx", Type: "pure-token", Token: "NX"},
			{Name: "xx", Type: "pure-token", Token: "XX"},
			{Name: "gt", Type: "pure-token", Token: "GT"},
			{Name: "lt", Type: "pure-token", Token: "LT"},
		}},
	},
	Handler: runExpireat,
}

func runExpireat(c *command.Ctx) error { return expire(c, 1000, 0, "expireat") }

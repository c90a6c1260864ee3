package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var pexpireSpec = &command.Spec{
	Name:     "pexpire",
	Arity:    -3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "write", "fast"},
	Group:      "generic",
	Since:      "2.6.0",
	Complexity: "O(1)",
	Summary:    "Set a key's time to live in milliseconds",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "milliseconds", Type: "integer"},
		{Name: "condition", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "nx", Type: "pure-token", Token: "NX"},
			{Name: "xx", Type: "pure-token", Token: "XX"},
			{Name: "gt", Type: "pure-token", Token: "GT"},
			{Name: "lt", Type: "pure-token", Token: "LT"},
		}},
	},
	Handler: runPexpire,
}

func runPexpire(c *command.Ctx) error { return expire(c, 1, c.Keys.Now(), "pexpire") }

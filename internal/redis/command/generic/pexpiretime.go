package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var pexpiretimeSpec = &command.Spec{
	Name:     "pexpiretime",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "read", "fast"},
	Group:      "generic",
	Since:      "7.0.0",
	Complexity: "O(1)",
	Summary:    "Get the expiration Unix timestamp for a key in milliseconds",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runPexpiretime,
}

func runPexpiretime(c *command.Ctx) error {
	return replyExpire(c, func(ms int64) int64 { return ms })
}

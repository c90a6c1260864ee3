package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var expiretimeSpec = &command.Spec{
	Name:     "expiretime",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "read", "fast"},
	Group:      "generic",
	Since:      "7.0.0",
	Complexity: "O(1)",
	Summary:    "Get the expiration Unix timestamp for a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runExpiretime,
}

func runExpiretime(c *command.Ctx) error { return replyExpire(c, toSeconds) }

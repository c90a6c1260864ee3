package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var decrSpec = &command.Spec{
	Name:     "decr",
	Arity:    2,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Decrement the integer value of a key by one",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runDecr,
}

func runDecr(c *command.Ctx) error { return increment(c, -1) }

package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var incrbySpec = &command.Spec{
	Name:     "incrby",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Increment the integer value of a key by the given amount",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "increment", Type: "integer"},
	},
	Handler: runIncrby,
}

func runIncrby(c *command.Ctx) error {
	by, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	return increment(c, by)
}

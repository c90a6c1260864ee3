package str

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var decrbySpec = &command.Spec{
	Name:     "decrby",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Decrement the integer value of a key by the given number",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "decrement", Type: "integer"},
	},
	Handler: runDecrby,
}

const errDecrOverflow command.Error = "ERR decrement would overflow"

func runDecrby(c *command.Ctx) error {
	by, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if by == math.MinInt64 {
		return errDecrOverflow
	}
	return increment(c, -by)
}

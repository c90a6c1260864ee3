package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var getSpec = &command.Spec{
	Name:     "get",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Get the value of a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runGet,
}

func runGet(c *command.Ctx) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	return writeValue(c, &k)
}

package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var strlenSpec = &command.Spec{
	Name:     "strlen",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "string", "fast"},
	Group:      "string",
	Since:      "2.2.0",
	Complexity: "O(1)",
	Summary:    "Get the length of the value stored in a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runStrlen,
}

func runStrlen(c *command.Ctx) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Int(k.Len())
	return nil
}

package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var typeSpec = &command.Spec{
	Name:     "type",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "read", "fast"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Determine the type stored at key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runType,
}

func runType(c *command.Ctx) error {
	t, err := c.Keys.Type(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Simple(t.String())
	return nil
}

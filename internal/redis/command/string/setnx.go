package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var setnxSpec = &command.Spec{
	Name:     "setnx",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Set the value of a key, only if the key does not exist",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "value", Type: "string"},
	},
	Handler: runSetnx,
}

func runSetnx(c *command.Ctx) error {
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if k.Exists() {
		c.Out.Int(0)
		return nil
	}
	if err := k.SetString(c.Args[2], 0); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}

package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var renamenxSpec = &command.Spec{
	Name:     "renamenx",
	Arity:    3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"keyspace", "write", "fast"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Rename a key, only if the new key does not exist",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "newkey", Type: "key", KeySpec: 2},
	},
	Handler: runRenamenx,
}

func runRenamenx(c *command.Ctx) error {
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		return command.ErrNoSuchKey
	}
	taken, err := c.Keys.Exists(c.DB, c.Args[2])
	if err != nil {
		return err
	}
	if taken {
		c.Out.Int(0)
		return nil
	}
	if err := k.MoveTo(c.DB, c.Args[2]); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}

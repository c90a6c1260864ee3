package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var persistSpec = &command.Spec{
	Name:     "persist",
	Arity:    2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "write", "fast"},
	Group:      "generic",
	Since:      "2.2.0",
	Complexity: "O(1)",
	Summary:    "Remove the expiration from a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runPersist,
}

func runPersist(c *command.Ctx) error {
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() || k.Expire == 0 {
		c.Out.Int(0)
		return nil
	}
	if err := k.Persist(); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}

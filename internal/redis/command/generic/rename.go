package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var renameSpec = &command.Spec{
	Name:     "rename",
	Arity:    3,
	Flags:    command.Write,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"keyspace", "write", "slow"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Rename a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "newkey", Type: "key", KeySpec: 2},
	},
	Handler: runRename,
}

func runRename(c *command.Ctx) error {
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		return command.ErrNoSuchKey
	}
	if err := k.MoveTo(c.DB, c.Args[2]); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

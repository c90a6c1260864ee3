package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var moveSpec = &command.Spec{
	Name:     "move",
	Arity:    3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "write", "fast"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Move a key to another database",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "db", Type: "integer"},
	},
	Handler: runMove,
}

func runMove(c *command.Ctx) error {
	db, err := parseDB(c, c.Args[2])
	if err != nil {
		return err
	}
	if db == c.DB {
		return command.ErrSameObject
	}
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	taken, err := c.Keys.Exists(db, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() || taken {
		c.Out.Int(0)
		return nil
	}
	if err := k.MoveTo(db, c.Args[1]); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}

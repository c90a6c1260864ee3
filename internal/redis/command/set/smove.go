package set

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var smoveSpec = &command.Spec{
	Name:     "smove",
	Arity:    4,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"write", "set", "fast"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Move a member from one set to another",
	Args: []command.Arg{
		{Name: "source", Type: "key", KeySpec: 1},
		{Name: "destination", Type: "key", KeySpec: 2},
		{Name: "member", Type: "string"},
	},
	Handler: runSmove,
}

func runSmove(c *command.Ctx) error {
	from, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !from.Exists() {
		c.Out.Int(0)
		return nil
	}
	to, err := c.Keys.Set(c.DB, c.Args[2])
	if err != nil {
		return err
	}
	has, err := from.Has(c.Args[3])
	if err != nil {
		return err
	}
	if !has {
		c.Out.Int(0)
		return nil
	}
	c.Out.Int(1)
	if bytes.Equal(c.Args[1], c.Args[2]) {
		return nil
	}
	if _, err := from.Remove(c.Args[3]); err != nil {
		return err
	}
	added, err := to.Add(c.Args[3])
	if added == 0 {
		c.Took = c.Args[1]
	}
	return err
}

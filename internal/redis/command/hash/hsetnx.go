package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var hsetnxSpec = &command.Spec{
	Name:     "hsetnx",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(1)",
	Summary:    "Set the value of a hash field, only if the field does not exist",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string"},
		{Name: "value", Type: "string"},
	},
	Handler: runHsetnx,
}

func runHsetnx(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if _, taken, err := h.Get(c.Args[2]); err != nil {
		return err
	} else if taken {
		c.Out.Int(0)
		return nil
	}
	if _, err := h.Set(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}

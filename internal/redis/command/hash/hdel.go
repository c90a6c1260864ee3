package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var hdelSpec = &command.Spec{
	Name:     "hdel",
	Arity:    -3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the number of fields to be removed.",
	Summary:    "Delete one or more hash fields",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string", Multiple: true},
	},
	Handler: runHdel,
}

func runHdel(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n, err := h.Del(c.Args[2:]...)
	if err != nil {
		return err
	}
	c.Out.Int(int64(n))
	return nil
}

package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var hlenSpec = &command.Spec{
	Name:     "hlen",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(1)",
	Summary:    "Get the number of fields in a hash",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runHlen,
}

var hstrlenSpec = &command.Spec{
	Name:     "hstrlen",
	Arity:    3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "fast"},
	Group:      "hash",
	Since:      "3.2.0",
	Complexity: "O(1)",
	Summary:    "Get the length of the value of a hash field",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string"},
	},
	Handler: runHstrlen,
}

var hexistsSpec = &command.Spec{
	Name:     "hexists",
	Arity:    3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(1)",
	Summary:    "Determine if a hash field exists",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string"},
	},
	Handler: runHexists,
}

func runHlen(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Int(h.Len())
	return nil
}

func runHstrlen(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	value, _, err := h.Get(c.Args[2])
	if err != nil {
		return err
	}
	c.Out.Int(int64(len(value)))
	return nil
}

func runHexists(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	_, ok, err := h.Get(c.Args[2])
	if err != nil {
		return err
	}
	var n int64
	if ok {
		n = 1
	}
	c.Out.Int(n)
	return nil
}

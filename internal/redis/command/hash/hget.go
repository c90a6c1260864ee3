package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var hgetSpec = &command.Spec{
	Name:     "hget",
	Arity:    3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(1)",
	Summary:    "Get the value of a hash field",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string"},
	},
	Handler: runHget,
}

var hmgetSpec = &command.Spec{
	Name:     "hmget",
	Arity:    -3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the number of fields being requested.",
	Summary:    "Get the values of all the given hash fields",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string", Multiple: true},
	},
	Handler: runHmget,
}

func runHget(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	return writeField(c, &h, c.Args[2])
}

func runHmget(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, field := range c.Args[2:] {
		if err := writeField(c, &h, field); err != nil {
			return err
		}
	}
	return nil
}

// writeField replies with a field's value, or null.
func writeField(c *command.Ctx, h *keyspace.Hash, field []byte) error {
	value, ok, err := h.Get(field)
	if err != nil {
		return err
	}
	if ok {
		c.Out.Bulk(value)
	} else {
		c.Out.Null()
	}
	return nil
}

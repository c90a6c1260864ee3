package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var hgetallSpec = &command.Spec{
	Name:     "hgetall",
	Arity:    2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "slow"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the size of the hash.",
	Summary:    "Get all the fields and values in a hash",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runHgetall,
}

var hkeysSpec = &command.Spec{
	Name:     "hkeys",
	Arity:    2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "slow"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the size of the hash.",
	Summary:    "Get all the fields in a hash",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runHkeys,
}

var hvalsSpec = &command.Spec{
	Name:     "hvals",
	Arity:    2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "slow"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the size of the hash.",
	Summary:    "Get all the values in a hash",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runHvals,
}

func runHgetall(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Map(int(h.Len()))
	return h.Each(func(field, value []byte) (bool, error) {
		c.Out.Bulk(field)
		c.Out.Bulk(value)
		return true, nil
	})
}

func runHkeys(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Array(int(h.Len()))
	return h.Each(func(field, _ []byte) (bool, error) {
		c.Out.Bulk(field)
		return true, nil
	})
}

func runHvals(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Array(int(h.Len()))
	return h.Each(func(_, value []byte) (bool, error) {
		c.Out.Bulk(value)
		return true, nil
	})
}

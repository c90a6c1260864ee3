package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
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

func runHgetall(c *command.Ctx) error { return replyFields(c, true, true) }

func runHkeys(c *command.Ctx) error { return replyFields(c, true, false) }

func runHvals(c *command.Ctx) error { return replyFields(c, false, true) }

// replyFields writes a hash's fields, their values, or both. How many there are
// is known before only if none has become invisible.
func replyFields(c *command.Ctx, names, values bool) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	var later resp.Deferred
	switch {
	case h.HasDue() && names && values:
		later = c.Out.LaterMap()
	case h.HasDue():
		later = c.Out.Later()
	case names && values:
		c.Out.Map(int(h.Len()))
	default:
		c.Out.Array(int(h.Len()))
	}
	n := 0
	err = h.Each(func(field, value []byte) (bool, error) {
		n++
		if names {
			c.Out.Bulk(field)
		}
		if values {
			c.Out.Bulk(value)
		}
		return true, nil
	})
	if h.HasDue() {
		c.Out.Close(later, n)
	}
	return err
}

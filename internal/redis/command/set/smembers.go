package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var smembersSpec = &command.Spec{
	Name:     "smembers",
	Arity:    2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the set cardinality.",
	Summary:    "Get all the members in a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runSmembers,
}

var scardSpec = &command.Spec{
	Name:     "scard",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "set", "fast"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Get the number of members in a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runScard,
}

func runSmembers(c *command.Ctx) error {
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Set(int(s.Len()))
	return s.Each(func(member []byte) (bool, error) {
		c.Out.Bulk(member)
		return true, nil
	})
}

func runScard(c *command.Ctx) error {
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Int(s.Len())
	return nil
}

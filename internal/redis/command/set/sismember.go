package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var sismemberSpec = &command.Spec{
	Name:     "sismember",
	Arity:    3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "set", "fast"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Determine if a given value is a member of a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string"},
	},
	Handler: runSismember,
}

var smismemberSpec = &command.Spec{
	Name:     "smismember",
	Arity:    -3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "set", "fast"},
	Group:      "set",
	Since:      "6.2.0",
	Complexity: "O(N) where N is the number of elements being checked for membership",
	Summary:    "Returns the membership associated with the given elements for a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string", Multiple: true},
	},
	Handler: runSmismember,
}

func runSismember(c *command.Ctx) error {
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	return writeHas(c, &s, c.Args[2])
}

func runSmismember(c *command.Ctx) error {
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		if err := writeHas(c, &s, member); err != nil {
			return err
		}
	}
	return nil
}

// writeHas replies 1 if the set has the member, else 0.
func writeHas(c *command.Ctx, s *keyspace.Set, member []byte) error {
	has, err := s.Has(member)
	if err != nil {
		return err
	}
	if has {
		c.Out.Int(1)
	} else {
		c.Out.Int(0)
	}
	return nil
}

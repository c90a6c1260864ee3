package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var zcardSpec = &command.Spec{
	Name:     "zcard",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(1)",
	Summary:    "Get the number of members in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runZcard,
}

var zscoreSpec = &command.Spec{
	Name:     "zscore",
	Arity:    3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(1)",
	Summary:    "Get the score associated with the given member in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string"},
	},
	Handler: runZscore,
}

var zmscoreSpec = &command.Spec{
	Name:     "zmscore",
	Arity:    -3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "6.2.0",
	Complexity: "O(N) where N is the number of members being requested.",
	Summary:    "Get the score associated with the given members in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string", Multiple: true},
	},
	Handler: runZmscore,
}

func runZcard(c *command.Ctx) error {
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Int(z.Len())
	return nil
}

func runZscore(c *command.Ctx) error {
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	return writeScore(c, &z, c.Args[2])
}

func runZmscore(c *command.Ctx) error {
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		if err := writeScore(c, &z, member); err != nil {
			return err
		}
	}
	return nil
}

// writeScore replies with a member's score, or null.
func writeScore(c *command.Ctx, z *keyspace.ZSet, member []byte) error {
	score, ok, err := z.Score(member)
	if err != nil {
		return err
	}
	if ok {
		c.Out.Double(score)
	} else {
		c.Out.Null()
	}
	return nil
}

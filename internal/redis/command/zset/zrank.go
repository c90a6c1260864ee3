package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zrankSpec = &command.Spec{
	Name:     "zrank",
	Arity:    -3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "2.0.0",
	Complexity: "O(log(N))",
	Summary:    "Determine the index of a member in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string"},
		{Name: "withscore", Type: "pure-token", Token: "WITHSCORE", Optional: true},
	},
	Handler: runZrank,
}

var zrevrankSpec = &command.Spec{
	Name:     "zrevrank",
	Arity:    -3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "2.0.0",
	Complexity: "O(log(N))",
	Summary:    "Determine the index of a member in a sorted set, with scores ordered from high to low",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string"},
		{Name: "withscore", Type: "pure-token", Token: "WITHSCORE", Optional: true},
	},
	Handler: runZrevrank,
}

func runZrank(c *command.Ctx) error    { return rank(c, false) }
func runZrevrank(c *command.Ctx) error { return rank(c, true) }

// rank replies with a member's place, and with its score if WITHSCORE (7.2) asks.
func rank(c *command.Ctx, reverse bool) error {
	withScore := len(c.Args) == 4 && command.Is(c.Args[3], "WITHSCORE")
	if len(c.Args) > 4 || len(c.Args) == 4 && !withScore {
		return command.ErrSyntax
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	place, score, ok, err := z.Rank(c.Args[2])
	switch {
	case err != nil:
		return err
	case !ok && withScore:
		c.Out.NullArray()
		return nil
	case !ok:
		c.Out.Null()
		return nil
	}
	if reverse {
		place = z.Len() - 1 - place
	}
	if withScore {
		c.Out.Array(2)
		c.Out.Int(place)
		c.Out.Double(score)
		return nil
	}
	c.Out.Int(place)
	return nil
}

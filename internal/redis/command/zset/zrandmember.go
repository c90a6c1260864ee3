package zset

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var zrandmemberSpec = &command.Spec{
	Name:     "zrandmember",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "6.2.0",
	Complexity: "O(N) where N is the number of elements returned",
	Summary:    "Get one or multiple random elements from a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "options", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer"},
			{Name: "withscores", Type: "pure-token", Token: "WITHSCORES", Optional: true},
		}},
	},
	Handler: runZrandmember,
}

// maxRepeated bounds the reply to a negative count: it is made in memory whole.
const maxRepeated = 10_000_000

func runZrandmember(c *command.Ctx) error {
	if len(c.Args) == 2 {
		return randomOne(c)
	}
	count, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if count < -math.MaxInt64 {
		return command.ErrLongRange
	}
	withScores := len(c.Args) == 4 && command.Is(c.Args[3], "WITHSCORES")
	if len(c.Args) > 4 || len(c.Args) == 4 && !withScores {
		return command.ErrSyntax
	}
	if count < -math.MaxInt64/2 || count > math.MaxInt64/2 && withScores {
		return command.ErrOutOfRange
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if count < -maxRepeated && z.Exists() {
		return command.ErrOutOfRange
	}
	w := beginPairs(c, withScores)
	if count >= 0 {
		err = z.RandomDistinct(min(count, z.Len()), func(member []byte, score float64) error {
			w.add(member, score)
			return nil
		})
	} else if z.Exists() {
		for range -count {
			member, score, err := z.Random()
			if err != nil {
				return err
			}
			w.add(member, score)
		}
	}
	if err != nil {
		return err
	}
	w.end()
	return nil
}

func randomOne(c *command.Ctx) error {
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !z.Exists() {
		c.Out.Null()
		return nil
	}
	member, _, err := z.Random()
	if err != nil {
		return err
	}
	c.Out.Bulk(member)
	return nil
}

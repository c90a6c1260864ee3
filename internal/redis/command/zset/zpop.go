package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var zpopminSpec = &command.Spec{
	Name:     "zpopmin",
	Arity:    -2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "5.0.0",
	Complexity: "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
	Summary:    "Remove and return members with the lowest scores in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "count", Type: "integer", Optional: true},
	},
	Handler: runZpopmin,
}

var zpopmaxSpec = &command.Spec{
	Name:     "zpopmax",
	Arity:    -2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "5.0.0",
	Complexity: "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
	Summary:    "Remove and return members with the highest scores in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "count", Type: "integer", Optional: true},
	},
	Handler: runZpopmax,
}

func runZpopmin(c *command.Ctx) error { return pop(c, false) }
func runZpopmax(c *command.Ctx) error { return pop(c, true) }

func pop(c *command.Ctx, fromMax bool) error {
	if len(c.Args) > 3 {
		return command.ErrSyntax
	}
	count := int64(1)
	if len(c.Args) == 3 {
		var err error
		if count, err = command.ParseInt(c.Args[2]); err != nil || count < 0 {
			return command.ErrNotPositive
		}
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	members, err := take(&z, fromMax, count)
	if err != nil {
		return err
	}
	// Without a count RESP3 has the pair itself, with one an array of pairs.
	nested := len(c.Args) == 3 && c.Out.Proto >= 3
	if nested {
		c.Out.Array(len(members))
	} else {
		c.Out.Array(2 * len(members))
	}
	for _, m := range members {
		if nested {
			c.Out.Array(2)
		}
		c.Out.BulkString(m.member)
		c.Out.Double(m.score)
	}
	return nil
}

// take removes up to count members from an end and returns them in order.
func take(z *keyspace.ZSet, fromMax bool, count int64) ([]scored, error) {
	if count = min(count, z.Len()); count == 0 {
		return nil, nil
	}
	members := make([]scored, 0, count)
	err := z.Pop(count, fromMax, func(member []byte, score float64) {
		members = append(members, scored{string(member), score})
	})
	return members, err
}

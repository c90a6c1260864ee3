package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zcountSpec = &command.Spec{
	Name:     "zcount",
	Arity:    4,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "2.0.0",
	Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
	Summary:    "Count the members in a sorted set with scores within the given values",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "min", Type: "double"},
		{Name: "max", Type: "double"},
	},
	Handler: runZcount,
}

var zlexcountSpec = &command.Spec{
	Name:     "zlexcount",
	Arity:    4,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "2.8.9",
	Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
	Summary:    "Count the number of members in a sorted set between a given lexicographical range",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "min", Type: "string"},
		{Name: "max", Type: "string"},
	},
	Handler: runZlexcount,
}

func runZcount(c *command.Ctx) error {
	q := newRangeQuery(byScore, c.Args[1])
	if err := q.parseBounds(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n, err := z.CountByScore(q.minScore, q.maxScore)
	if err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

func runZlexcount(c *command.Ctx) error {
	q := newRangeQuery(byLex, c.Args[1])
	if err := q.parseBounds(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n, err := z.CountByLex(q.minLex, q.maxLex)
	if err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

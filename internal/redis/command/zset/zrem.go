package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zremSpec = &command.Spec{
	Name:     "zrem",
	Arity:    -3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.",
	Summary:    "Remove one or more members from a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string", Multiple: true},
	},
	Handler: runZrem,
}

var zremrangebyrankSpec = &command.Spec{
	Name:     "zremrangebyrank",
	Arity:    4,
	Flags:    command.Write,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.0.0",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
	Summary:    "Remove all members in a sorted set within the given indexes",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "integer"},
		{Name: "stop", Type: "integer"},
	},
	Handler: runZremrangebyrank,
}

var zremrangebyscoreSpec = &command.Spec{
	Name:     "zremrangebyscore",
	Arity:    4,
	Flags:    command.Write,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
	Summary:    "Remove all members in a sorted set within the given scores",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "min", Type: "double"},
		{Name: "max", Type: "double"},
	},
	Handler: runZremrangebyscore,
}

var zremrangebylexSpec = &command.Spec{
	Name:     "zremrangebylex",
	Arity:    4,
	Flags:    command.Write,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.8.9",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
	Summary:    "Remove all members in a sorted set between the given lexicographical range",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "min", Type: "string"},
		{Name: "max", Type: "string"},
	},
	Handler: runZremrangebylex,
}

func runZrem(c *command.Ctx) error {
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n, err := z.Remove(c.Args[2:]...)
	if err != nil {
		return err
	}
	c.Out.Int(int64(n))
	return nil
}

func runZremrangebyrank(c *command.Ctx) error  { return removeRange(c, byRank) }
func runZremrangebyscore(c *command.Ctx) error { return removeRange(c, byScore) }
func runZremrangebylex(c *command.Ctx) error   { return removeRange(c, byLex) }

func removeRange(c *command.Ctx, by order) error {
	q := newRangeQuery(by, c.Args[1])
	if err := q.parseBounds(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n, err := q.remove(&z)
	if err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

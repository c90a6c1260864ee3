package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var bzpopminSpec = &command.Spec{
	Name:     "bzpopmin",
	Arity:    -3,
	Flags:    command.Write | command.NoScript | command.Blocking | command.Fast,
	FirstKey: 1, LastKey: -2, Step: 1,
	Categories: []string{"write", "sortedset", "fast", "blocking"},
	Group:      "sorted-set",
	Since:      "5.0.0",
	Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
	Summary:    "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		{Name: "timeout", Type: "double"},
	},
	Handler: func(c *command.Ctx) error { return blockingPop(c, false) },
}

var bzpopmaxSpec = &command.Spec{
	Name:     "bzpopmax",
	Arity:    -3,
	Flags:    command.Write | command.NoScript | command.Blocking | command.Fast,
	FirstKey: 1, LastKey: -2, Step: 1,
	Categories: []string{"write", "sortedset", "fast", "blocking"},
	Group:      "sorted-set",
	Since:      "5.0.0",
	Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
	Summary:    "Remove and return the member with the highest score from one or more sorted sets, or block until one is available",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		{Name: "timeout", Type: "double"},
	},
	Handler: func(c *command.Ctx) error { return blockingPop(c, true) },
}

func blockingPop(c *command.Ctx, fromMax bool) error {
	last := len(c.Args) - 1
	timeout, err := command.ParseTimeout(c.Args[last])
	if err != nil {
		return err
	}
	keys := c.Args[1:last]
	for _, key := range keys {
		if !c.Looks(key) {
			continue
		}
		z, err := c.Keys.ZSet(c.DB, key)
		if err != nil {
			return err
		}
		members, err := take(&z, fromMax, 1)
		if err != nil {
			return err
		}
		if len(members) > 0 {
			c.Took = key
			c.Propagate(popName(fromMax), key)
			c.Out.Array(3)
			c.Out.Bulk(key)
			c.Out.BulkString(members[0].member)
			c.Out.Double(members[0].score)
			return nil
		}
	}
	return await(c, keys, timeout)
}

// popName is the command that takes from the same end and does not wait.
func popName(fromMax bool) string {
	if fromMax {
		return "ZPOPMAX"
	}
	return "ZPOPMIN"
}

// await has the command wait for a sorted set.
func await(c *command.Ctx, keys [][]byte, timeout int64) error {
	return c.Block(command.Wait{
		Keys: keys, Type: keyspace.TypeZSet, Timeout: timeout, Empty: (*resp.Writer).NullArray,
	})
}

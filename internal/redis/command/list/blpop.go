package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var blpopSpec = &command.Spec{
	Name:     "blpop",
	Arity:    -3,
	Flags:    command.Write | command.NoScript | command.Blocking,
	FirstKey: 1, LastKey: -2, Step: 1,
	Categories: []string{"write", "list", "slow", "blocking"},
	Group:      "list",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the number of provided keys.",
	Summary:    "Remove and get the first element in a list, or block until one is available",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		{Name: "timeout", Type: "double"},
	},
	Handler: func(c *command.Ctx) error { return blockingPop(c, front) },
}

var brpopSpec = &command.Spec{
	Name:     "brpop",
	Arity:    -3,
	Flags:    command.Write | command.NoScript | command.Blocking,
	FirstKey: 1, LastKey: -2, Step: 1,
	Categories: []string{"write", "list", "slow", "blocking"},
	Group:      "list",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the number of provided keys.",
	Summary:    "Remove and get the last element in a list, or block until one is available",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		{Name: "timeout", Type: "double"},
	},
	Handler: func(c *command.Ctx) error { return blockingPop(c, back) },
}

func blockingPop(c *command.Ctx, from side) error {
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
		l, err := c.Keys.List(c.DB, key)
		if err != nil {
			return err
		}
		value, ok, err := from.pop(&l)
		if err != nil {
			return err
		}
		if ok {
			c.Took = key
			c.Propagate(from.popName(), key)
			c.Out.Array(2)
			c.Out.Bulk(key)
			c.Out.Bulk(value)
			return nil
		}
	}
	return await(c, keys, timeout, (*resp.Writer).NullArray)
}

// await has the command wait for a list.
func await(c *command.Ctx, keys [][]byte, timeout int64, empty func(*resp.Writer)) error {
	return c.Block(command.Wait{Keys: keys, Type: keyspace.TypeList, Timeout: timeout, Empty: empty})
}

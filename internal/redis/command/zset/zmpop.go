package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zmpopSpec = &command.Spec{
	Name:       "zmpop",
	Arity:      -4,
	Flags:      command.Write | command.MovableKeys,
	Keys:       mpopKeys,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "7.0.0",
	Complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
	Summary:    "Remove and return members with scores in a sorted set",
	Args: []command.Arg{
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
		{Name: "where", Type: "oneof", Args: []command.Arg{
			{Name: "min", Type: "pure-token", Token: "MIN"},
			{Name: "max", Type: "pure-token", Token: "MAX"},
		}},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
	},
	Handler: runZmpop,
}

const errCount command.Error = "ERR count should be greater than 0"

func runZmpop(c *command.Ctx) error {
	keys, err := mpopKeys(c.Args)
	if err != nil {
		return err
	}
	rest := c.Args[2+len(keys):]
	if len(rest) == 0 {
		return command.ErrSyntax
	}
	fromMax := command.Is(rest[0], "MAX")
	if !fromMax && !command.Is(rest[0], "MIN") {
		return command.ErrSyntax
	}
	count := int64(1)
	switch rest = rest[1:]; {
	case len(rest) == 2 && command.Is(rest[0], "COUNT"):
		if count, err = command.ParseInt(rest[1]); err != nil || count <= 0 {
			return errCount
		}
	case len(rest) > 0:
		return command.ErrSyntax
	}
	for _, i := range keys {
		z, err := c.Keys.ZSet(c.DB, c.Args[i])
		if err != nil {
			return err
		}
		if !z.Exists() {
			continue
		}
		members, err := take(&z, fromMax, count)
		if err != nil {
			return err
		}
		c.Out.Array(2)
		c.Out.Bulk(c.Args[i])
		c.Out.Array(len(members))
		for _, m := range members {
			c.Out.Array(2)
			c.Out.BulkString(m.member)
			c.Out.Double(m.score)
		}
		return nil
	}
	c.Out.NullArray()
	return nil
}

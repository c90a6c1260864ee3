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

// zmpop is what ZMPOP's words after the name say.
type zmpop struct {
	keys    [][]byte
	fromMax bool
	count   int64
}

func parseZmpop(args [][]byte) (p zmpop, err error) {
	places, err := mpopKeys(args)
	if err != nil {
		return p, err
	}
	p.keys, p.count = args[2:2+len(places)], 1
	rest := args[2+len(places):]
	if len(rest) == 0 {
		return p, command.ErrSyntax
	}
	p.fromMax = command.Is(rest[0], "MAX")
	if !p.fromMax && !command.Is(rest[0], "MIN") {
		return p, command.ErrSyntax
	}
	if rest = rest[1:]; len(rest) > 1 && command.Is(rest[0], "COUNT") {
		if p.count, err = command.ParseInt(rest[1]); err != nil || p.count <= 0 {
			return p, errCount
		}
		rest = rest[2:]
	}
	if len(rest) > 0 {
		return p, command.ErrSyntax
	}
	return p, nil
}

// pop replies with members of the first sorted set that exists, if one does.
func (p *zmpop) pop(c *command.Ctx) (found bool, err error) {
	for _, key := range p.keys {
		if !c.Looks(key) {
			continue
		}
		z, err := c.Keys.ZSet(c.DB, key)
		if err != nil {
			return false, err
		}
		if !z.Exists() {
			continue
		}
		members, err := take(&z, p.fromMax, p.count)
		if err != nil {
			return false, err
		}
		c.Took = key
		c.Propagate(popName(p.fromMax), key, len(members))
		c.Out.Array(2)
		c.Out.Bulk(key)
		c.Out.Array(len(members))
		for _, m := range members {
			c.Out.Array(2)
			c.Out.BulkString(m.member)
			c.Out.Double(m.score)
		}
		return true, nil
	}
	return false, nil
}

func runZmpop(c *command.Ctx) error {
	p, err := parseZmpop(c.Args)
	if err != nil {
		return err
	}
	found, err := p.pop(c)
	if !found && err == nil {
		c.Out.NullArray()
	}
	return err
}

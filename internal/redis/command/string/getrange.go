package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var getrangeSpec = &command.Spec{
	Name:     "getrange",
	Arity:    4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "string", "slow"},
	Group:      "string",
	Since:      "2.4.0",
	Complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
	Summary:    "Get a substring of the string stored at a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "integer"},
		{Name: "end", Type: "integer"},
	},
	Handler: runGetrange,
}

func runGetrange(c *command.Ctx) error {
	start, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	end, err := command.ParseInt(c.Args[3])
	if err != nil {
		return err
	}
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	return writePart(c, &k, start, end)
}

// writePart replies with a string from start to end, both included and counting from
// the end when negative.
func writePart(c *command.Ctx, k *keyspace.Key, start, end int64) error {
	n := k.Len()
	if start < 0 && end < 0 && start > end {
		c.Out.Bulk(nil)
		return nil
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1) + 1
	start = min(start, end)
	if value, ok := k.Short(); ok {
		c.Out.Bulk(value[start:end])
		return nil
	}
	return writePieces(c, *k, start, end)
}

// writePieces replies with a part of a long string, without putting it together first.
func writePieces(c *command.Ctx, k keyspace.Key, start, end int64) error {
	before := c.Out.Len()
	c.Out.BeginBulk(end - start)
	err := k.EachPart(start, end, func(piece []byte) (bool, error) {
		c.Out.Raw(piece)
		return true, nil
	})
	if err != nil {
		c.Out.Truncate(before)
		return err
	}
	c.Out.EndBulk()
	return nil
}

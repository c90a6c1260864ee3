package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var keysSpec = &command.Spec{
	Name:       "keys",
	Arity:      2,
	Flags:      command.ReadOnly,
	Categories: []string{"keyspace", "read", "slow", "dangerous"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.",
	Summary:    "Find all keys matching the given pattern",
	Args: []command.Arg{
		{Name: "pattern", Type: "pattern"},
	},
	Long:    true,
	Handler: runKeys,
}

func runKeys(c *command.Ctx) error {
	pattern := c.Args[1]
	prefix, exact := glob.Prefix(pattern)
	if exact {
		// One key may match: no need to look at others.
		exists, err := c.Keys.Exists(c.DB, prefix)
		if err != nil {
			return err
		}
		if !exists {
			c.Out.Array(0)
			return nil
		}
		c.Out.Array(1)
		c.Out.Bulk(prefix)
		return nil
	}
	n := 0
	reply := c.Out.Later()
	err := c.Keys.EachKey(c.DB, prefix, func(key []byte, _ keyspace.Meta) (bool, error) {
		if glob.Match(pattern, key) {
			n++
			c.Out.Bulk(key)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	c.Out.Close(reply, n)
	return nil
}

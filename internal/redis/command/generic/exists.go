package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var existsSpec = &command.Spec{
	Name:     "exists",
	Arity:    -2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"keyspace", "read", "fast"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of keys to check.",
	Summary:    "Determine if a key exists",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runExists,
}

func runExists(c *command.Ctx) error {
	n := int64(0)
	for _, key := range c.Args[1:] {
		exists, err := c.Keys.Exists(c.DB, key)
		if err != nil {
			return err
		}
		if exists {
			n++
		}
	}
	c.Out.Int(n)
	return nil
}

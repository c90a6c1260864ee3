package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var touchSpec = &command.Spec{
	Name:     "touch",
	Arity:    -2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"keyspace", "read", "fast"},
	Group:      "generic",
	Since:      "3.2.1",
	Complexity: "O(N) where N is the number of keys that will be touched.",
	Summary:    "Alters the last access time of a key(s). Returns the number of existing keys specified.",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runTouch,
}

func runTouch(c *command.Ctx) error {
	n := int64(0)
	for _, key := range c.Args[1:] {
		k, err := c.Keys.Key(c.DB, key)
		if err != nil {
			return err
		}
		if k.Exists() {
			n++
		}
	}
	c.Out.Int(n)
	return nil
}

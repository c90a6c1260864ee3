package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var randomkeySpec = &command.Spec{
	Name:       "randomkey",
	Arity:      1,
	Flags:      command.ReadOnly,
	Categories: []string{"keyspace", "read", "slow"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Return a random key from the keyspace",
	Handler:    runRandomkey,
}

func runRandomkey(c *command.Ctx) error {
	key, err := c.Keys.RandomKey(c.DB)
	if err != nil {
		return err
	}
	if key == nil {
		c.Out.Null()
		return nil
	}
	c.Out.Bulk(key)
	return nil
}

package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var delSpec = &command.Spec{
	Name:     "del",
	Arity:    -2,
	Flags:    command.Write,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"keyspace", "write", "slow"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
	Summary:    "Delete a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runDel,
}

func runDel(c *command.Ctx) error {
	n := int64(0)
	for _, key := range c.Args[1:] {
		existed, err := c.Keys.Delete(c.DB, key)
		if err != nil {
			return err
		}
		if existed {
			n++
		}
	}
	c.Out.Int(n)
	return nil
}

package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

var dumpSpec = &command.Spec{
	Name:     "dump",
	Arity:    2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "read", "slow"},
	Group:      "generic",
	Since:      "2.6.0",
	Complexity: "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
	Summary:    "Return a serialized version of the value stored at the specified key.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Long:    true,
	Handler: runDump,
}

func runDump(c *command.Ctx) error {
	k, err := c.Keys.Peek(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		c.Out.Null()
		return nil
	}
	limits := rdb.DefaultLimits
	if c.Server != nil { // there is none in a test
		limits = dataset.Limits(c.Server.Params())
	}
	payload, err := dataset.Dump(&k, limits)
	if err != nil {
		return err
	}
	c.Out.Bulk(payload)
	return nil
}

package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var msetnxSpec = &command.Spec{
	Name:     "msetnx",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: -1, Step: 2,
	Categories: []string{"write", "string", "slow"},
	Group:      "string",
	Since:      "1.0.1",
	Complexity: "O(N) where N is the number of keys to set.",
	Summary:    "Set multiple keys to multiple values, only if none of the keys exist",
	Args: []command.Arg{
		{Name: "key_value", Type: "block", Multiple: true, Args: []command.Arg{
			{Name: "key", Type: "key", KeySpec: 1},
			{Name: "value", Type: "string"},
		}},
	},
	Handler: runMsetnx,
}

func runMsetnx(c *command.Ctx) error {
	if len(c.Args)%2 == 0 {
		return command.ErrArity("msetnx")
	}
	for i := 1; i < len(c.Args); i += 2 {
		exists, err := c.Keys.Exists(c.DB, c.Args[i])
		if err != nil {
			return err
		}
		if exists {
			c.Out.Int(0)
			return nil
		}
	}
	if err := setPairs(c); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}

// checkPair finds out before the first key of several is set whether one of them
// cannot be: all are set or none.
func checkPair(key, value []byte) error {
	if len(key) > keyspace.MaxKey {
		return keyspace.ErrKeyTooLong
	}
	if len(value) > keyspace.MaxString {
		return keyspace.ErrTooLarge
	}
	return nil
}

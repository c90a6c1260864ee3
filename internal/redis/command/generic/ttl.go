package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var ttlSpec = &command.Spec{
	Name:     "ttl",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "read", "fast"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Get the time to live for a key in seconds",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runTtl,
}

func runTtl(c *command.Ctx) error {
	return replyExpire(c, func(ms int64) int64 { return toSeconds(ms - c.Keys.Now()) })
}

// toSeconds rounds as redis-server does, without overflow.
func toSeconds(ms int64) int64 { return ms/1000 + (ms%1000+500)/1000 }

// replyExpire replies with what of makes of the key's expiry time, -1 if it has
// none, -2 if there is no key.
func replyExpire(c *command.Ctx, of func(ms int64) int64) error {
	k, err := c.Keys.Peek(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	switch {
	case !k.Exists():
		c.Out.Int(-2)
	case k.Expire == 0:
		c.Out.Int(-1)
	default:
		c.Out.Int(of(k.Expire))
	}
	return nil
}

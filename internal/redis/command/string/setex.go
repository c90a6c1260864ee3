package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var setexSpec = &command.Spec{
	Name:     "setex",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "slow"},
	Group:      "string",
	Since:      "2.0.0",
	Complexity: "O(1)",
	Summary:    "Set the value and expiration of a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "seconds", Type: "integer"},
		{Name: "value", Type: "string"},
	},
	Handler: runSetex,
}

func runSetex(c *command.Ctx) error { return setWithExpire(c, expireUnit{seconds: true}, "setex") }

// setWithExpire is SETEX and PSETEX: key, expiry, value.
func setWithExpire(c *command.Ctx, unit expireUnit, name string) error {
	expire, err := parseExpire(c, c.Args[2], unit, name)
	if err != nil {
		return err
	}
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if err := k.SetString(c.Args[3], expire); err != nil {
		return err
	}
	propagateExpiry(c, c.Args[3], expire)
	c.Out.OK()
	return nil
}

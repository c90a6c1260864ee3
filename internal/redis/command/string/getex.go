package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var getexSpec = &command.Spec{
	Name:     "getex",
	Arity:    -2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Get the value of a key and optionally set its expiration",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "expiration", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "seconds", Type: "integer", Token: "EX"},
			{Name: "milliseconds", Type: "integer", Token: "PX"},
			{Name: "unix-time-seconds", Type: "unix-time", Token: "EXAT"},
			{Name: "unix-time-milliseconds", Type: "unix-time", Token: "PXAT"},
			{Name: "persist", Type: "pure-token", Token: "PERSIST"},
		}},
	},
	Handler: runGetex,
}

func runGetex(c *command.Ctx) error {
	o, err := parseSetOptions(c.Args[2:], true)
	if err != nil {
		return err
	}
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		c.Out.Null()
		return nil
	}
	var expire int64
	if o.expire != nil {
		if expire, err = parseExpire(c, o.expire, o.unit, "getex"); err != nil {
			return err
		}
	}
	if err := writeValue(c, &k); err != nil {
		return err
	}
	switch {
	case o.expire != nil && c.Keys.Past(expire):
		c.PropagateRemoval(c.Args[1])
		return k.Delete()
	case o.expire != nil:
		c.Propagate("PEXPIREAT", c.Args[1], expire)
		return k.SetExpire(expire)
	case o.persist && k.Expire != 0:
		c.Propagate("PERSIST", c.Args[1])
		return k.Persist()
	}
	return nil
}

package generic

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var expireSpec = &command.Spec{
	Name:     "expire",
	Arity:    -3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "write", "fast"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Set a key's time to live in seconds",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "seconds", Type: "integer"},
		{Name: "condition", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "nx", Type: "pure-token", Token: "NX"},
			{Name: "xx", Type: "pure-token", Token: "XX"},
			{Name: "gt", Type: "pure-token", Token: "GT"},
			{Name: "lt", Type: "pure-token", Token: "LT"},
		}},
	},
	Handler: runExpire,
}

// conditions are EXPIRE's options.
type conditions struct{ nx, xx, gt, lt bool }

const (
	errExpireNX   command.Error = "ERR NX and XX, GT or LT options at the same time are not compatible"
	errExpireGTLT command.Error = "ERR GT and LT options at the same time are not compatible"
)

func parseConditions(args [][]byte) (o conditions, err error) {
	for _, arg := range args {
		switch {
		case command.Is(arg, "NX"):
			o.nx = true
		case command.Is(arg, "XX"):
			o.xx = true
		case command.Is(arg, "GT"):
			o.gt = true
		case command.Is(arg, "LT"):
			o.lt = true
		default:
			return o, command.Errorf("ERR Unsupported option %s", arg)
		}
	}
	if o.nx && (o.xx || o.gt || o.lt) {
		return o, errExpireNX
	}
	if o.gt && o.lt {
		return o, errExpireGTLT
	}
	return o, nil
}

// allow says whether a key with this expiry time (0 for none) may get another.
// A key without one counts as one that lives forever.
func (o conditions) allow(current, ms int64) bool {
	switch {
	case o.nx && current != 0,
		o.xx && current == 0,
		o.gt && (current == 0 || ms <= current),
		o.lt && current != 0 && ms >= current:
		return false
	}
	return true
}

func runExpire(c *command.Ctx) error { return expire(c, 1000, c.Keys.Now(), "expire") }

// expire is EXPIRE and its variants: unit is in milliseconds, and the time
// counts from base.
func expire(c *command.Ctx, unit, base int64, name string) error {
	o, err := parseConditions(c.Args[3:])
	if err != nil {
		return err
	}
	n, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if n > math.MaxInt64/unit || n < math.MinInt64/unit || n*unit > math.MaxInt64-base {
		return command.ErrInvalidExpire(name)
	}
	ms := base + n*unit
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() || !o.allow(k.Expire, ms) {
		c.Out.Int(0)
		return nil
	}
	if err := k.SetExpire(ms); err != nil {
		return err
	}
	if !c.Keys.Past(ms) {
		c.Propagate("PEXPIREAT", c.Args[1], ms)
	} else {
		c.PropagateRemoval(c.Args[1])
	}
	c.Out.Int(1)
	return nil
}

package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/longdouble"
)

var incrbyfloatSpec = &command.Spec{
	Name:     "incrbyfloat",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "2.6.0",
	Complexity: "O(1)",
	Summary:    "Increment the float value of a key by the given amount",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "increment", Type: "double"},
	},
	Handler: runIncrbyfloat,
}

func runIncrbyfloat(c *command.Ctx) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	old, err := k.Value()
	if err != nil {
		return err
	}
	value, err := longdouble.Add(old, c.Args[2])
	if err != nil {
		return err
	}
	if err := k.SetString(value, k.Expire); err != nil {
		return err
	}
	c.Propagate("SET", c.Args[1], value, "KEEPTTL")
	c.Out.Bulk(value)
	return nil
}

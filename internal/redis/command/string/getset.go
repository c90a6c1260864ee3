package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var getsetSpec = &command.Spec{
	Name:     "getset",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Set the string value of a key and return its old value",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "value", Type: "string"},
	},
	Handler: runGetset,
}

func runGetset(c *command.Ctx) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if err := writeValue(c, &k); err != nil {
		return err
	}
	if err := k.SetString(c.Args[2], 0); err != nil {
		return err
	}
	c.Propagate("SET", c.Args[1:])
	return nil
}

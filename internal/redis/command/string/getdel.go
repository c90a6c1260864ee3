package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var getdelSpec = &command.Spec{
	Name:     "getdel",
	Arity:    2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Get the value of a key and delete the key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runGetdel,
}

func runGetdel(c *command.Ctx) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if err := writeValue(c, &k); err != nil {
		return err
	}
	if !k.Exists() {
		return nil
	}
	c.Propagate("DEL", c.Args[1])
	return k.Delete()
}

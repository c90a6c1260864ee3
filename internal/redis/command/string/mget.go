package str

import (
	"errors"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var mgetSpec = &command.Spec{
	Name:     "mget",
	Arity:    -2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"read", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of keys to retrieve.",
	Summary:    "Get the values of all the given keys",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runMget,
}

func runMget(c *command.Ctx) error {
	c.Out.Array(len(c.Args) - 1)
	for _, key := range c.Args[1:] {
		k, err := c.Keys.String(c.DB, key)
		if errors.Is(err, command.ErrWrongType) {
			c.Out.Null()
			continue
		}
		if err == nil {
			err = writeValue(c, &k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

package stream

import "github.com/orbit-server/orbit/internal/redis/command"

var xlenSpec = &command.Spec{
	Name:     "xlen",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "stream", "fast"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(1)",
	Summary:    "Return the number of entries in a stream",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runXlen,
}

func runXlen(c *command.Ctx) error {
	s, err := c.Keys.Stream(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Int(s.Len())
	return nil
}

package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var llenSpec = &command.Spec{
	Name:     "llen",
	Arity:    2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "list", "fast"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Get the length of a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runLlen,
}

var lindexSpec = &command.Spec{
	Name:     "lindex",
	Arity:    3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "list", "slow"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
	Summary:    "Get an element from a list by its index",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "index", Type: "integer"},
	},
	Handler: runLindex,
}

func runLlen(c *command.Ctx) error {
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Int(l.Len())
	return nil
}

func runLindex(c *command.Ctx) error {
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !l.Exists() {
		c.Out.Null()
		return nil
	}
	i, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	value, ok, err := l.Index(i)
	if err != nil {
		return err
	}
	if ok {
		c.Out.Bulk(value)
	} else {
		c.Out.Null()
	}
	return nil
}

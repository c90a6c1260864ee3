package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var lsetSpec = &command.Spec{
	Name:     "lset",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
	Summary:    "Set the value of an element in a list by its index",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "index", Type: "integer"},
		{Name: "element", Type: "string"},
	},
	Handler: runLset,
}

func runLset(c *command.Ctx) error {
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !l.Exists() {
		return command.ErrNoSuchKey
	}
	i, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if err := l.Replace(i, c.Args[3]); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

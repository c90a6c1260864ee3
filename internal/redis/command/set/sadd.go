package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var saddSpec = &command.Spec{
	Name:     "sadd",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "set", "fast"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
	Summary:    "Add one or more members to a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string", Multiple: true},
	},
	Handler: runSadd,
}

var sremSpec = &command.Spec{
	Name:     "srem",
	Arity:    -3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "set", "fast"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of members to be removed.",
	Summary:    "Remove one or more members from a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string", Multiple: true},
	},
	Handler: runSrem,
}

func runSadd(c *command.Ctx) error {
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n, err := s.Add(c.Args[2:]...)
	if err != nil {
		return err
	}
	c.Out.Int(int64(n))
	return nil
}

func runSrem(c *command.Ctx) error {
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n, err := s.Remove(c.Args[2:]...)
	if err != nil {
		return err
	}
	c.Out.Int(int64(n))
	return nil
}

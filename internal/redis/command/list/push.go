package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var lpushSpec = &command.Spec{
	Name:     "lpush",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "fast"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
	Summary:    "Prepend one or multiple elements to a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "element", Type: "string", Multiple: true},
	},
	Handler: runLpush,
}

var rpushSpec = &command.Spec{
	Name:     "rpush",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "fast"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
	Summary:    "Append one or multiple elements to a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "element", Type: "string", Multiple: true},
	},
	Handler: runRpush,
}

var lpushxSpec = &command.Spec{
	Name:     "lpushx",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "fast"},
	Group:      "list",
	Since:      "2.2.0",
	Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
	Summary:    "Prepend an element to a list, only if the list exists",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "element", Type: "string", Multiple: true},
	},
	Handler: runLpushx,
}

var rpushxSpec = &command.Spec{
	Name:     "rpushx",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "fast"},
	Group:      "list",
	Since:      "2.2.0",
	Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
	Summary:    "Append an element to a list, only if the list exists",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "element", Type: "string", Multiple: true},
	},
	Handler: runRpushx,
}

func runLpush(c *command.Ctx) error  { return push(c, front, false) }
func runRpush(c *command.Ctx) error  { return push(c, back, false) }
func runLpushx(c *command.Ctx) error { return push(c, front, true) }
func runRpushx(c *command.Ctx) error { return push(c, back, true) }

// push adds the elements after the key; mustExist is the X of LPUSHX.
func push(c *command.Ctx, at side, mustExist bool) error {
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if mustExist && !l.Exists() {
		c.Out.Int(0)
		return nil
	}
	if err := at.push(&l, c.Args[2:]...); err != nil {
		return err
	}
	c.Out.Int(l.Len())
	return nil
}

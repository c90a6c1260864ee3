package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var lpopSpec = &command.Spec{
	Name:     "lpop",
	Arity:    -2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "fast"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of elements returned",
	Summary:    "Remove and get the first elements in a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "count", Type: "integer", Optional: true},
	},
	Handler: runLpop,
}

var rpopSpec = &command.Spec{
	Name:     "rpop",
	Arity:    -2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "fast"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of elements returned",
	Summary:    "Remove and get the last elements in a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "count", Type: "integer", Optional: true},
	},
	Handler: runRpop,
}

func runLpop(c *command.Ctx) error { return pop(c, front) }
func runRpop(c *command.Ctx) error { return pop(c, back) }

func pop(c *command.Ctx, from side) error {
	if len(c.Args) > 3 {
		return command.ErrArity(c.Spec.Name)
	}
	var count int64
	if len(c.Args) == 3 {
		var err error
		if count, err = command.ParseInt(c.Args[2]); err != nil || count < 0 {
			return command.ErrNotPositive
		}
	}
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	switch {
	case len(c.Args) == 2:
		value, ok, err := from.pop(&l)
		if err != nil {
			return err
		}
		if ok {
			c.Out.Bulk(value)
		} else {
			c.Out.Null()
		}
		return nil
	case !l.Exists():
		c.Out.NullArray()
		return nil
	case count == 0:
		c.Out.Array(0)
		return nil
	}
	return from.popMany(c, &l, min(count, l.Len()))
}

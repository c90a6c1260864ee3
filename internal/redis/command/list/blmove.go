package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var blmoveSpec = &command.Spec{
	Name:     "blmove",
	Arity:    6,
	Flags:    command.Write | command.DenyOOM | command.NoScript | command.Blocking,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"write", "list", "slow", "blocking"},
	Group:      "list",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Pop an element from a list, push it to another list and return it; or block until one is available",
	Args:       append(lmoveSpec.Args[:4:4], command.Arg{Name: "timeout", Type: "double"}),
	Handler: func(c *command.Ctx) error {
		from, err := parseSide(c.Args[3])
		if err != nil {
			return err
		}
		to, err := parseSide(c.Args[4])
		if err != nil {
			return err
		}
		return blockingMove(c, from, to, c.Args[5])
	},
}

var brpoplpushSpec = &command.Spec{
	Name:     "brpoplpush",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM | command.NoScript | command.Blocking,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"write", "list", "slow", "blocking"},
	Group:      "list",
	Since:      "2.2.0",
	Complexity: "O(1)",
	Summary:    "Pop an element from a list, push it to another list and return it; or block until one is available",
	Args:       append(rpoplpushSpec.Args[:2:2], command.Arg{Name: "timeout", Type: "double"}),
	Handler:    func(c *command.Ctx) error { return blockingMove(c, back, front, c.Args[3]) },
}

func blockingMove(c *command.Ctx, from, to side, timeoutArg []byte) error {
	timeout, err := command.ParseTimeout(timeoutArg)
	if err != nil {
		return err
	}
	src, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if src.Exists() {
		err := move(c, from, to)
		switch {
		case err != nil:
		case c.Spec.Name == "brpoplpush":
			c.Propagate("RPOPLPUSH", c.Args[1:3])
		default:
			c.Propagate("LMOVE", c.Args[1:5])
		}
		return err
	}
	if !c.MayBlock {
		c.Out.Null() // unlike the reply when the time is over
		return nil
	}
	return await(c, c.Args[1:2], timeout, (*resp.Writer).NullArray)
}

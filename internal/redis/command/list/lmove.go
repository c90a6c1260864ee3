package list

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var lmoveSpec = &command.Spec{
	Name:     "lmove",
	Arity:    5,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Pop an element from a list, push it to another list and return it",
	Args: []command.Arg{
		{Name: "source", Type: "key", KeySpec: 1},
		{Name: "destination", Type: "key", KeySpec: 2},
		{Name: "wherefrom", Type: "oneof", Args: []command.Arg{
			{Name: "left", Type: "pure-token", Token: "LEFT"},
			{Name: "right", Type: "pure-token", Token: "RIGHT"},
		}},
		{Name: "whereto", Type: "oneof", Args: []command.Arg{
			{Name: "left", Type: "pure-token", Token: "LEFT"},
			{Name: "right", Type: "pure-token", Token: "RIGHT"},
		}},
	},
	Handler: runLmove,
}

var rpoplpushSpec = &command.Spec{
	Name:     "rpoplpush",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "1.2.0",
	Complexity: "O(1)",
	Summary:    "Remove the last element in a list, prepend it to another list and return it",
	Args: []command.Arg{
		{Name: "source", Type: "key", KeySpec: 1},
		{Name: "destination", Type: "key", KeySpec: 2},
	},
	Handler: runRpoplpush,
}

func runLmove(c *command.Ctx) error {
	from, err := parseSide(c.Args[3])
	if err != nil {
		return err
	}
	to, err := parseSide(c.Args[4])
	if err != nil {
		return err
	}
	return move(c, from, to)
}

func runRpoplpush(c *command.Ctx) error { return move(c, back, front) }

// move takes an element from the list Args[1] and puts it into Args[2], which
// may be the same list.
func move(c *command.Ctx, from, to side) error {
	src, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !src.Exists() {
		c.Out.Null()
		return nil
	}
	// The target's type is checked before anything changes.
	if _, err := c.Keys.List(c.DB, c.Args[2]); err != nil {
		return err
	}
	if src.Len() == 1 && bytes.Equal(c.Args[1], c.Args[2]) {
		// The key must not go in between, and its expiry with it.
		value, _, err := src.Index(0)
		if err != nil {
			return err
		}
		c.Keys.Touch()
		c.Out.Bulk(value)
		return nil
	}
	value, _, err := from.pop(&src)
	if err != nil {
		return err
	}
	dst, err := c.Keys.List(c.DB, c.Args[2])
	if err != nil {
		return err
	}
	if err := to.push(&dst, value); err != nil {
		return err
	}
	c.Out.Bulk(value)
	return nil
}

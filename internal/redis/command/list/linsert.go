package list

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var linsertSpec = &command.Spec{
	Name:     "linsert",
	Arity:    5,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "2.2.0",
	Complexity: "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
	Summary:    "Insert an element before or after another element in a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "where", Type: "oneof", Args: []command.Arg{
			{Name: "before", Type: "pure-token", Token: "BEFORE"},
			{Name: "after", Type: "pure-token", Token: "AFTER"},
		}},
		{Name: "pivot", Type: "string"},
		{Name: "element", Type: "string"},
	},
	Handler: runLinsert,
}

func runLinsert(c *command.Ctx) error {
	after := command.Is(c.Args[2], "AFTER")
	if !after && !command.Is(c.Args[2], "BEFORE") {
		return command.ErrSyntax
	}
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !l.Exists() {
		c.Out.Int(0)
		return nil
	}
	at := int64(-1)
	err = l.Range(0, l.Len()-1, func(i int64, value []byte) (bool, error) {
		if bytes.Equal(value, c.Args[3]) {
			at = i
		}
		return at < 0, nil
	})
	if err != nil {
		return err
	}
	if at < 0 {
		c.Out.Int(-1)
		return nil
	}
	if after {
		at++
	}
	if err := l.Insert(at, c.Args[4]); err != nil {
		return err
	}
	c.Out.Int(l.Len())
	return nil
}

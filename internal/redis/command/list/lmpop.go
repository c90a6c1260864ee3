package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var lmpopSpec = &command.Spec{
	Name:       "lmpop",
	Arity:      -4,
	Flags:      command.Write | command.MovableKeys,
	Keys:       lmpopKeys,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "7.0.0",
	Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
	Summary:    "Pop elements from a list",
	Args: []command.Arg{
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
		{Name: "where", Type: "oneof", Args: []command.Arg{
			{Name: "left", Type: "pure-token", Token: "LEFT"},
			{Name: "right", Type: "pure-token", Token: "RIGHT"},
		}},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
	},
	Handler: runLmpop,
}

const errCount command.Error = "ERR count should be greater than 0"

// lmpopKeys finds the keys after numkeys.
func lmpopKeys(args [][]byte) ([]int, error) {
	n, err := command.ParseInt(args[1])
	if err != nil || n <= 0 {
		return nil, command.ErrNumKeys
	}
	if n > int64(len(args)-3) {
		return nil, command.ErrSyntax
	}
	positions := make([]int, n)
	for i := range positions {
		positions[i] = 2 + i
	}
	return positions, nil
}

func runLmpop(c *command.Ctx) error {
	keys, err := lmpopKeys(c.Args)
	if err != nil {
		return err
	}
	rest := c.Args[2+len(keys):]
	from, err := parseSide(rest[0])
	if err != nil {
		return err
	}
	count := int64(1)
	switch rest = rest[1:]; {
	case len(rest) == 2 && command.Is(rest[0], "COUNT"):
		if count, err = command.ParseInt(rest[1]); err != nil || count <= 0 {
			return errCount
		}
	case len(rest) > 0:
		return command.ErrSyntax
	}
	for _, i := range keys {
		l, err := c.Keys.List(c.DB, c.Args[i])
		if err != nil {
			return err
		}
		if l.Exists() {
			c.Out.Array(2)
			c.Out.Bulk(c.Args[i])
			return from.popMany(c, &l, min(count, l.Len()))
		}
	}
	c.Out.NullArray()
	return nil
}

package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var hsetSpec = &command.Spec{
	Name:     "hset",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
	Summary:    "Set the string value of a hash field",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field_value", Type: "block", Multiple: true, Args: []command.Arg{
			{Name: "field", Type: "string"},
			{Name: "value", Type: "string"},
		}},
	},
	Handler: runHset,
}

var hmsetSpec = &command.Spec{
	Name:     "hmset",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(N) where N is the number of fields being set.",
	Summary:    "Set multiple hash fields to multiple values",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field_value", Type: "block", Multiple: true, Args: []command.Arg{
			{Name: "field", Type: "string"},
			{Name: "value", Type: "string"},
		}},
	},
	Handler: runHmset,
}

func runHset(c *command.Ctx) error {
	created, err := setFields(c)
	if err != nil {
		return err
	}
	c.Out.Int(created)
	return nil
}

func runHmset(c *command.Ctx) error {
	if _, err := setFields(c); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

// setFields stores the pairs that follow the key and counts the new fields.
func setFields(c *command.Ctx) (created int64, err error) {
	pairs := c.Args[2:]
	if len(pairs)%2 != 0 {
		return 0, command.ErrArity(c.Spec.Name)
	}
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return 0, err
	}
	for i := 0; i < len(pairs); i += 2 {
		isNew, err := h.Set(pairs[i], pairs[i+1])
		if err != nil {
			return 0, err
		}
		if isNew {
			created++
		}
	}
	return created, nil
}

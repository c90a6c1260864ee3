package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var setrangeSpec = &command.Spec{
	Name:     "setrange",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "slow"},
	Group:      "string",
	Since:      "2.2.0",
	Complexity: "O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.",
	Summary:    "Overwrite part of a string at key starting at the specified offset",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "offset", Type: "integer"},
		{Name: "value", Type: "string"},
	},
	Handler: runSetrange,
}

const errOffset command.Error = "ERR offset is out of range"

func runSetrange(c *command.Ctx) error {
	offset, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if offset < 0 {
		return errOffset
	}
	patch := c.Args[3]
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if len(patch) == 0 {
		c.Out.Int(k.Len())
		return nil
	}
	if offset > keyspace.MaxString-int64(len(patch)) {
		return command.ErrStringTooBig
	}
	if err := k.WriteAt(offset, patch); err != nil {
		return err
	}
	c.Out.Int(k.Len())
	return nil
}

package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var appendSpec = &command.Spec{
	Name:     "append",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "2.0.0",
	Complexity: "O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.",
	Summary:    "Append a value to a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "value", Type: "string"},
	},
	Handler: runAppend,
}

func runAppend(c *command.Ctx) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	tail := c.Args[2]
	size := k.Len() + int64(len(tail))
	if size > keyspace.MaxString {
		return command.ErrStringTooBig
	}
	if k.Exists() {
		err = k.WriteAt(k.Len(), tail)
	} else {
		err = k.SetString(tail, 0)
	}
	if err != nil {
		return err
	}
	c.Out.Int(size)
	return nil
}

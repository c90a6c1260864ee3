package bitmap

import "github.com/orbit-server/orbit/internal/redis/command"

var getbitSpec = &command.Spec{
	Name:     "getbit",
	Arity:    3,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "bitmap", "fast"},
	Group:      "bitmap",
	Since:      "2.2.0",
	Complexity: "O(1)",
	Summary:    "Returns the bit value at offset in the string value stored at key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "offset", Type: "integer"},
	},
	Handler: runGetbit,
}

func runGetbit(c *command.Ctx) error {
	offset, err := parseOffset(c.Args[2])
	if err != nil {
		return err
	}
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	b, err := k.Range(offset>>3, offset>>3+1)
	if err != nil {
		return err
	}
	c.Out.Int(bitAt(b, offset&7))
	return nil
}

// bitAt is the bit at offset, 0 beyond the end.
func bitAt(value []byte, offset int64) int64 {
	if at := offset >> 3; at < int64(len(value)) {
		return int64(value[at]>>(7-offset&7)) & 1
	}
	return 0
}

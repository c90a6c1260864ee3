package bitmap

import "github.com/orbit-server/orbit/internal/redis/command"

var setbitSpec = &command.Spec{
	Name:     "setbit",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "bitmap", "slow"},
	Group:      "bitmap",
	Since:      "2.2.0",
	Complexity: "O(1)",
	Summary:    "Sets or clears the bit at offset in the string value stored at key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "offset", Type: "integer"},
		{Name: "value", Type: "integer"},
	},
	Handler: runSetbit,
}

const errBitValue command.Error = "ERR bit is not an integer or out of range"

func runSetbit(c *command.Ctx) error {
	offset, err := parseOffset(c.Args[2])
	if err != nil {
		return err
	}
	bit, err := command.ParseInt(c.Args[3])
	if err != nil || bit < 0 || bit > 1 {
		return errBitValue
	}
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	value, at := k.Value(), offset>>3
	old := bitAt(value, offset)
	if old != bit || at >= int64(len(value)) {
		err := k.Rewrite(max(len(value), int(at)+1), func(value []byte) {
			mask := byte(1) << (7 - offset&7)
			value[at] &^= mask
			if bit == 1 {
				value[at] |= mask
			}
		})
		if err != nil {
			return err
		}
	}
	c.Out.Int(old)
	return nil
}

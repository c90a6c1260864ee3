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
	at := offset >> 3
	b, err := k.Range(at, at+1)
	if err != nil {
		return err
	}
	old := bitAt(b, offset&7)
	if old != bit || len(b) == 0 {
		now := grown(b, 1)
		now[0] ^= byte(old^bit) << (7 - offset&7)
		if err := k.WriteAt(at, now); err != nil {
			return err
		}
	}
	c.Out.Int(old)
	return nil
}

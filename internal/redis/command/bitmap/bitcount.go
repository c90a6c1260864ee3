package bitmap

import (
	"encoding/binary"
	"math/bits"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var bitcountSpec = &command.Spec{
	Name:     "bitcount",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "bitmap", "slow"},
	Group:      "bitmap",
	Since:      "2.6.0",
	Complexity: "O(N)",
	Summary:    "Count set bits in a string",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "index", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "start", Type: "integer"},
			{Name: "end", Type: "integer"},
			{Name: "index_unit", Type: "oneof", Optional: true, Args: []command.Arg{
				{Name: "byte", Type: "pure-token", Token: "BYTE"},
				{Name: "bit", Type: "pure-token", Token: "BIT"},
			}},
		}},
	},
	Handler: runBitcount,
}

func runBitcount(c *command.Ctx) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		c.Out.Int(0)
		return nil
	}
	first, last := int64(0), k.Len()*8-1
	switch len(c.Args) {
	case 2:
	case 4, 5:
		if first, last, err = parseCountRange(c.Args[2:], k.Len()); err != nil {
			return err
		}
	default:
		return command.ErrSyntax
	}
	n, err := countBits(k, first, last)
	if err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

// parseCountRange reads "start end [BYTE|BIT]".
func parseCountRange(args [][]byte, size int64) (first, last int64, err error) {
	start, err := command.ParseInt(args[0])
	if err != nil {
		return 0, 0, err
	}
	end, err := command.ParseInt(args[1])
	if err != nil {
		return 0, 0, err
	}
	if start < 0 && end < 0 && start > end {
		return 0, -1, nil // before the unit is looked at, as in redis-server
	}
	unit := false
	if len(args) > 2 {
		if unit, err = parseUnit(args[2]); err != nil {
			return 0, 0, err
		}
	}
	first, last = bitRange(start, end, unit, size)
	return first, last, nil
}

// countBits counts the set bits from first to last, both included.
func countBits(k keyspace.Key, first, last int64) (n int64, err error) {
	if first > last {
		return 0, nil
	}
	skip := 8 - first&7 // of the first byte, how many bits count
	end := byte(0)      // the last one
	err = k.EachPart(first>>3, last>>3+1, func(piece []byte) (bool, error) {
		n += int64(countAll(piece) - bits.OnesCount8(piece[0]>>skip))
		skip, end = 8, piece[len(piece)-1]
		return true, nil
	})
	return n - int64(bits.OnesCount8(end<<(last&7+1))), err
}

// countAll counts the set bits.
func countAll(b []byte) (n int) {
	for ; len(b) >= 8; b = b[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b))
	}
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}

package bitmap

import (
	"math/bits"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var bitposSpec = &command.Spec{
	Name:     "bitpos",
	Arity:    -3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "bitmap", "slow"},
	Group:      "bitmap",
	Since:      "2.8.7",
	Complexity: "O(N)",
	Summary:    "Find first bit set or clear in a string",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "bit", Type: "integer"},
		{Name: "index", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "start", Type: "integer"},
			{Name: "end_index", Type: "block", Optional: true, Args: []command.Arg{
				{Name: "end", Type: "integer"},
				{Name: "index_unit", Type: "oneof", Optional: true, Args: []command.Arg{
					{Name: "byte", Type: "pure-token", Token: "BYTE"},
					{Name: "bit", Type: "pure-token", Token: "BIT"},
				}},
			}},
		}},
	},
	Handler: runBitpos,
}

const errBitArgument command.Error = "ERR The bit argument must be 1 or 0."

func runBitpos(c *command.Ctx) error {
	bit, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if bit != 0 && bit != 1 {
		return errBitArgument
	}
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		c.Out.Int(-bit) // an endless row of zeros
		return nil
	}
	first, last, endGiven, err := parsePosRange(c.Args[3:], k.Len())
	if err != nil {
		return err
	}
	pos := int64(-1)
	if first <= last {
		if pos, err = searchBit(k, byte(bit), first, last); err != nil {
			return err
		}
		if pos < 0 && bit == 0 && !endGiven {
			pos = last + 1 // the zeros after the end count
		}
	}
	c.Out.Int(pos)
	return nil
}

// parsePosRange reads "[start [end [BYTE|BIT]]]".
func parsePosRange(args [][]byte, size int64) (first, last int64, endGiven bool, err error) {
	if len(args) == 0 {
		return 0, size*8 - 1, false, nil
	}
	if len(args) > 3 {
		return 0, 0, false, command.ErrSyntax
	}
	start, err := command.ParseInt(args[0])
	if err != nil {
		return 0, 0, false, err
	}
	unit, end := false, size-1
	if len(args) == 3 {
		if unit, err = parseUnit(args[2]); err != nil {
			return 0, 0, false, err
		}
	}
	if len(args) > 1 {
		if end, err = command.ParseInt(args[1]); err != nil {
			return 0, 0, false, err
		}
	}
	first, last = bitRange(start, end, unit, size)
	return first, last, len(args) > 1, nil
}

// searchBit is findBit on a string that may be long.
func searchBit(k keyspace.Key, bit byte, first, last int64) (pos int64, err error) {
	pos = -1
	before := first &^ 7 // bits before the piece
	err = k.EachPart(first>>3, last>>3+1, func(piece []byte) (bool, error) {
		bits := int64(len(piece)) * 8
		if pos = findBit(piece, bit, max(first-before, 0), min(last-before, bits-1)); pos >= 0 {
			pos += before
			return false, nil
		}
		before += bits
		return true, nil
	})
	return pos, err
}

// findBit is the place of the first bit of this value from first to last, both
// included; -1 if there is none.
func findBit(value []byte, bit byte, first, last int64) int64 {
	flip := byte(0)
	if bit == 0 {
		flip = 0xff // then the first set bit is looked for in both cases
	}
	x := (value[first>>3] ^ flip) & (0xff >> (first & 7))
	for at := first >> 3; ; x = value[at] ^ flip {
		if x != 0 {
			if pos := at<<3 + int64(bits.LeadingZeros8(x)); pos <= last {
				return pos
			}
			return -1
		}
		if at++; at > last>>3 {
			return -1
		}
	}
}

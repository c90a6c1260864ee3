package bitmap

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var bitopSpec = &command.Spec{
	Name:     "bitop",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 2, LastKey: -1, Step: 1,
	Categories: []string{"write", "bitmap", "slow"},
	Group:      "bitmap",
	Since:      "2.6.0",
	Complexity: "O(N)",
	Summary:    "Perform bitwise operations between strings",
	Args: []command.Arg{
		{Name: "operation", Type: "string"},
		{Name: "destkey", Type: "key", KeySpec: 1},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 2},
	},
	Handler: runBitop,
}

const errNotOneKey command.Error = "ERR BITOP NOT must be called with a single source key."

func runBitop(c *command.Ctx) error {
	var combine func(dst, src []byte)
	and, not := false, false
	switch op := c.Args[1]; {
	case command.Is(op, "AND"):
		combine, and = andBytes, true
	case command.Is(op, "OR"):
		combine = orBytes
	case command.Is(op, "XOR"):
		combine = xorBytes
	case command.Is(op, "NOT"):
		not = true
	default:
		return command.ErrSyntax
	}
	keys := c.Args[3:]
	if not && len(keys) != 1 {
		return errNotOneKey
	}
	sources := make([]keyspace.Key, len(keys))
	longest := int64(0)
	for i, key := range keys {
		k, err := c.Keys.String(c.DB, key)
		if err != nil {
			return err
		}
		sources[i], longest = k, max(longest, k.Len())
	}
	if longest == 0 {
		if _, err := c.Keys.Delete(c.DB, c.Args[2]); err != nil {
			return err
		}
		c.Out.Int(0)
		return nil
	}
	result := make([]byte, longest)
	for i, source := range sources {
		apply := combine
		if i == 0 {
			apply = orBytes
		}
		at := int64(0)
		err := source.EachPart(0, longest, func(piece []byte) (bool, error) {
			apply(result[at:], piece)
			at += int64(len(piece))
			return true, nil
		})
		if err != nil {
			return err
		}
		if and {
			clear(result[at:]) // what it lacks counts as zeros
		}
	}
	if not {
		for i := range result {
			result[i] = ^result[i]
		}
	}
	if err := c.Keys.SetString(c.DB, c.Args[2], result); err != nil {
		return err
	}
	c.Out.Int(longest)
	return nil
}

func andBytes(dst, src []byte) {
	for i, x := range src {
		dst[i] &= x
	}
}

func orBytes(dst, src []byte) {
	for i, x := range src {
		dst[i] |= x
	}
}

func xorBytes(dst, src []byte) {
	for i, x := range src {
		dst[i] ^= x
	}
}

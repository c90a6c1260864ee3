package bitmap

import "github.com/orbit-server/orbit/internal/redis/command"

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
	not := false
	switch op := c.Args[1]; {
	case command.Is(op, "AND"):
		combine = andBytes
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
	sources := make([][]byte, len(keys))
	longest := 0
	for i, key := range keys {
		value, _, err := c.Keys.GetString(c.DB, key)
		if err != nil {
			return err
		}
		sources[i], longest = value, max(longest, len(value))
	}
	if longest == 0 {
		if _, err := c.Keys.Delete(c.DB, c.Args[2]); err != nil {
			return err
		}
		c.Out.Int(0)
		return nil
	}
	result := grown(sources[0], int64(longest))
	if not {
		for i := range result {
			result[i] = ^result[i]
		}
	} else {
		for _, src := range sources[1:] {
			combine(result, src)
		}
	}
	if err := c.Keys.SetString(c.DB, c.Args[2], result); err != nil {
		return err
	}
	c.Out.Int(int64(longest))
	return nil
}

// What src lacks at its end counts as zeros.

func andBytes(dst, src []byte) {
	for i, x := range src {
		dst[i] &= x
	}
	clear(dst[len(src):])
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

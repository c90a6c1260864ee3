package str

import (
	"math"
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var incrSpec = &command.Spec{
	Name:     "incr",
	Arity:    2,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "fast"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Increment the integer value of a key by one",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runIncr,
}

func runIncr(c *command.Ctx) error { return increment(c, 1) }

// increment is INCR, INCRBY, DECR and DECRBY. The TTL stays.
func increment(c *command.Ctx, by int64) error {
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	n := int64(0)
	if k.Exists() {
		value, _ := k.Short() // a long one is no number
		if n, err = command.ParseInt(value); err != nil {
			return err
		}
	}
	if (by < 0 && n < math.MinInt64-by) || (by > 0 && n > math.MaxInt64-by) {
		return command.ErrOverflow
	}
	n += by
	var digits [20]byte
	if err := k.SetString(strconv.AppendInt(digits[:0], n, 10), k.Expire); err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

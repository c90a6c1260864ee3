package hash

import (
	"errors"
	"math"
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/longdouble"
)

var hincrbySpec = &command.Spec{
	Name:     "hincrby",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hash", "fast"},
	Group:      "hash",
	Since:      "2.0.0",
	Complexity: "O(1)",
	Summary:    "Increment the integer value of a hash field by the given number",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string"},
		{Name: "increment", Type: "integer"},
	},
	Handler: runHincrby,
}

var hincrbyfloatSpec = &command.Spec{
	Name:     "hincrbyfloat",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hash", "fast"},
	Group:      "hash",
	Since:      "2.6.0",
	Complexity: "O(1)",
	Summary:    "Increment the float value of a hash field by the given amount",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "field", Type: "string"},
		{Name: "increment", Type: "double"},
	},
	Handler: runHincrbyfloat,
}

const (
	errHashNotInteger command.Error = "ERR hash value is not an integer"
	errHashNotFloat   command.Error = "ERR hash value is not a float"
	errInfinite       command.Error = "ERR value is NaN or Infinity"
)

func runHincrby(c *command.Ctx) error {
	by, err := command.ParseInt(c.Args[3])
	if err != nil {
		return err
	}
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	value, ok, err := h.Get(c.Args[2])
	if err != nil {
		return err
	}
	var n int64
	if ok {
		if n, err = command.ParseInt(value); err != nil {
			return errHashNotInteger
		}
	}
	if (by > 0 && n > math.MaxInt64-by) || (by < 0 && n < math.MinInt64-by) {
		return command.ErrOverflow
	}
	n += by
	if _, err := h.Update(c.Args[2], strconv.AppendInt(nil, n, 10)); err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

func runHincrbyfloat(c *command.Ctx) error {
	if _, err := longdouble.Add(nil, c.Args[3]); errors.Is(err, command.ErrNaN) {
		return errInfinite
	} else if err != nil {
		return err
	}
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	value, ok, err := h.Get(c.Args[2])
	if err != nil {
		return err
	}
	if ok {
		if _, err := longdouble.Add(nil, value); err != nil && !errors.Is(err, command.ErrNaN) {
			return errHashNotFloat
		}
	}
	sum, err := longdouble.Add(value, c.Args[3])
	if err != nil {
		return err
	}
	if _, err := h.Update(c.Args[2], sum); err != nil {
		return err
	}
	c.Propagate("HSET", c.Args[1], c.Args[2], sum)
	c.Out.Bulk(sum)
	return nil
}

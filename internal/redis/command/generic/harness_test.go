package generic_test

import (
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

func newHarness(t *testing.T) *commandtest.Harness {
	return commandtest.New(t, str.Specs, generic.Specs, fill)
}

// fill is just enough of other groups' commands to make keys of all types, on a
// redis-server too.
var fill = []*command.Spec{
	maker("rpush", func(c *command.Ctx) (int64, error) {
		l, err := c.Keys.List(c.DB, c.Args[1])
		if err == nil {
			err = l.PushBack(c.Args[2:]...)
		}
		return l.Len(), err
	}),
	maker("sadd", func(c *command.Ctx) (int64, error) {
		s, err := c.Keys.Set(c.DB, c.Args[1])
		if err != nil {
			return 0, err
		}
		n, err := s.Add(c.Args[2:]...)
		return int64(n), err
	}),
	maker("hset", func(c *command.Ctx) (n int64, err error) {
		h, err := c.Keys.Hash(c.DB, c.Args[1])
		for i := 2; i+1 < len(c.Args) && err == nil; i += 2 {
			var created bool
			if created, err = h.Set(c.Args[i], c.Args[i+1]); created {
				n++
			}
		}
		return n, err
	}),
	maker("zadd", func(c *command.Ctx) (n int64, err error) {
		z, err := c.Keys.ZSet(c.DB, c.Args[1])
		for i := 2; i+1 < len(c.Args) && err == nil; i += 2 {
			score, bad := command.ParseFloat(c.Args[i])
			if bad != nil {
				return 0, bad
			}
			var created bool
			if created, err = z.Add(c.Args[i+1], score); created {
				n++
			}
		}
		return n, err
	}),
	{
		Name: "lrange", Arity: 4, Flags: command.ReadOnly, FirstKey: 1, LastKey: 1, Step: 1,
		Handler: func(c *command.Ctx) error {
			l, err := c.Keys.List(c.DB, c.Args[1])
			if err != nil {
				return err
			}
			c.Out.Array(int(l.Len()))
			return l.Range(0, l.Len()-1, func(_ int64, value []byte) (bool, error) {
				c.Out.Bulk(value)
				return true, nil
			})
		},
	},
}

func maker(name string, add func(c *command.Ctx) (int64, error)) *command.Spec {
	return &command.Spec{
		Name: name, Arity: -3, Flags: command.Write, FirstKey: 1, LastKey: 1, Step: 1,
		Handler: func(c *command.Ctx) error {
			n, err := add(c)
			c.Out.Int(n)
			return err
		},
	}
}

package set

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var srandmemberSpec = &command.Spec{
	Name:     "srandmember",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
	Summary:    "Get one or multiple random members from a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "count", Type: "integer", Optional: true},
	},
	Handler: runSrandmember,
}

// maxRepeated bounds the reply to a negative count: it is made in memory whole.
const maxRepeated = 10_000_000

func runSrandmember(c *command.Ctx) error {
	if len(c.Args) > 3 {
		return command.ErrSyntax
	}
	var count int64
	if len(c.Args) == 3 {
		var err error
		if count, err = command.ParseInt(c.Args[2]); err != nil {
			return err
		}
		if count < -math.MaxInt64 {
			return command.ErrLongRange
		}
	}
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	switch {
	case len(c.Args) == 2:
		member, err := s.Random()
		if err != nil {
			return err
		}
		if member == nil {
			c.Out.Null()
		} else {
			c.Out.Bulk(member)
		}
		return nil
	case count < 0:
		return writeRepeated(c, &s, -count)
	}
	members, err := s.RandomDistinct(min(count, s.Len()))
	if err != nil {
		return err
	}
	c.Out.Array(len(members))
	for _, m := range members {
		c.Out.Bulk(m)
	}
	return nil
}

// writeRepeated replies with n random members, the same one perhaps several times.
func writeRepeated(c *command.Ctx, s *keyspace.Set, n int64) error {
	if !s.Exists() {
		c.Out.Array(0)
		return nil
	}
	if n > maxRepeated {
		return command.ErrOutOfRange
	}
	c.Out.Array(int(n))
	for range n {
		member, err := s.Random()
		if err != nil {
			return err
		}
		c.Out.Bulk(member)
	}
	return nil
}

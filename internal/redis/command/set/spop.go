package set

import (
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var spopSpec = &command.Spec{
	Name:     "spop",
	Arity:    -2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "set", "fast"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
	Summary:    "Remove and return one or multiple random members from a set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "count", Type: "integer", Optional: true},
	},
	Handler: runSpop,
}

func runSpop(c *command.Ctx) error {
	if len(c.Args) > 3 {
		return command.ErrSyntax
	}
	var count int64
	if len(c.Args) == 3 {
		var err error
		if count, err = command.ParseInt(c.Args[2]); err != nil || count < 0 {
			return command.ErrNotPositive
		}
	}
	s, err := c.Keys.Set(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if len(c.Args) == 2 {
		return popOne(c, &s)
	}
	all := count >= s.Len()
	members, err := s.PopMany(count)
	if err != nil {
		return err
	}
	if c.Followed() {
		propagateRemoved(c, members, all)
	}
	c.Out.Set(len(members))
	for _, m := range members {
		c.Out.Bulk(m)
	}
	return nil
}

// removedAtOnce is how many members redis-server puts into one SREM.
const removedAtOnce = 1024

// propagateRemoved has replicas remove the members that chance chose.
func propagateRemoved(c *command.Ctx, members [][]byte, all bool) {
	c.PropagateNothing()
	if all && len(members) > 0 {
		c.Propagate("DEL", c.Args[1])
		return
	}
	for part := range slices.Chunk(members, removedAtOnce) {
		c.Propagate("SREM", c.Args[1], part)
	}
}

func popOne(c *command.Ctx, s *keyspace.Set) error {
	member, err := s.Pop()
	if err != nil {
		return err
	}
	if member == nil {
		c.Out.Null()
		return nil
	}
	c.Propagate("SREM", c.Args[1], member)
	c.Out.Bulk(member)
	return nil
}

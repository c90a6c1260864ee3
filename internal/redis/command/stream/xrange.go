package stream

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var xrangeSpec = &command.Spec{
	Name:     "xrange",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "stream", "slow"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
	Summary:    "Return a range of elements in a stream, with IDs matching the specified IDs interval",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "string"},
		{Name: "end", Type: "string"},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
	},
	Handler: runXrange,
}

var xrevrangeSpec = &command.Spec{
	Name:     "xrevrange",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "stream", "slow"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
	Summary:    "Return a range of elements in a stream, with IDs matching the specified IDs interval, in reverse order (from greater to smaller IDs) compared to XRANGE",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "end", Type: "string"},
		{Name: "start", Type: "string"},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
	},
	Handler: runXrevrange,
}

func runXrange(c *command.Ctx) error    { return replyRange(c, c.Args[2], c.Args[3], false) }
func runXrevrange(c *command.Ctx) error { return replyRange(c, c.Args[3], c.Args[2], true) }

func replyRange(c *command.Ctx, from, to []byte, reverse bool) error {
	start, err := parseStart(from)
	if err != nil {
		return err
	}
	end, err := parseEnd(to)
	if err != nil {
		return err
	}
	count := int64(-1)
	for args := c.Args[4:]; len(args) > 0; args = args[2:] {
		if len(args) < 2 || !command.Is(args[0], "COUNT") {
			return command.ErrSyntax
		}
		if count, err = command.ParseInt(args[1]); err != nil {
			return err
		}
		count = max(count, 0)
	}
	s, err := c.Keys.Stream(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	switch {
	case !s.Exists():
		c.Out.Array(0)
		return nil
	case count == 0:
		c.Out.NullArray()
		return nil
	}
	return writeRange(c, &s, start, end, reverse, count, nil)
}

// writeRange replies with up to count entries (all if not positive). each, unless
// nil, is told of every one.
func writeRange(c *command.Ctx, s *keyspace.Stream, start, end keyspace.StreamID, reverse bool, count int64, each func(keyspace.StreamID) error) error {
	list, n := c.Out.Later(), 0
	err := s.Range(start, end, reverse, func(id keyspace.StreamID, pairs [][]byte) (bool, error) {
		n++
		writeEntry(c, id, pairs)
		if each != nil {
			if err := each(id); err != nil {
				return false, err
			}
		}
		return count <= 0 || int64(n) < count, nil
	})
	c.Out.Close(list, n)
	return err
}

// writeEntry replies with an id and the entry's fields and values.
func writeEntry(c *command.Ctx, id keyspace.StreamID, pairs [][]byte) {
	c.Out.Array(2)
	writeID(c, id)
	c.Out.Array(len(pairs))
	for _, p := range pairs {
		c.Out.Bulk(p)
	}
}

package stream

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var xpendingSpec = &command.Spec{
	Name:     "xpending",
	Arity:    -3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "stream", "slow"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
	Summary:    "Return information and entries from a stream consumer group pending entries list, that are messages fetched but never acknowledged.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "group", Type: "string"},
		{Name: "filters", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "min-idle-time", Type: "integer", Token: "IDLE", Optional: true},
			{Name: "start", Type: "string"},
			{Name: "end", Type: "string"},
			{Name: "count", Type: "integer"},
			{Name: "consumer", Type: "string", Optional: true},
		}},
	},
	Handler: runXpending,
}

func errNoKeyOrGroup(key, group []byte) error {
	return command.Errorf("NOGROUP No such key '%s' or consumer group '%s'", key, group)
}

// openKeyAndGroup opens the stream and the group that the first two arguments
// name, both of which must exist.
func openKeyAndGroup(c *command.Ctx) (s keyspace.Stream, g *keyspace.Group, err error) {
	if s, err = c.Keys.Stream(c.DB, c.Args[1]); err != nil {
		return s, nil, err
	}
	g, ok, err := s.Group(c.Args[2])
	if err == nil && !ok {
		err = errNoKeyOrGroup(c.Args[1], c.Args[2])
	}
	return s, g, err
}

// pendingQuery is XPENDING's range.
type pendingQuery struct {
	minIdle, count int64
	start, end     keyspace.StreamID
	consumer       []byte
}

// parse reads "[IDLE ms] start end count [consumer]".
func (q *pendingQuery) parse(args [][]byte) (err error) {
	if len(args) < 3 || len(args) > 6 {
		return command.ErrSyntax
	}
	if command.Is(args[0], "IDLE") {
		if q.minIdle, err = command.ParseInt(args[1]); err != nil {
			return err
		}
		if args = args[2:]; len(args) < 3 {
			return command.ErrSyntax
		}
	}
	if q.count, err = command.ParseInt(args[2]); err != nil {
		return err
	}
	if q.start, err = parseStart(args[0]); err != nil {
		return err
	}
	if q.end, err = parseEnd(args[1]); err != nil {
		return err
	}
	if len(args) > 3 {
		q.consumer = args[3]
	}
	return nil
}

func runXpending(c *command.Ctx) error {
	var q pendingQuery
	if len(c.Args) > 3 {
		if err := q.parse(c.Args[3:]); err != nil {
			return err
		}
	}
	_, g, err := openKeyAndGroup(c)
	if err != nil {
		return err
	}
	if len(c.Args) == 3 {
		return replyPendingSummary(c, g)
	}
	return q.reply(c, g)
}

func replyPendingSummary(c *command.Ctx, g *keyspace.Group) error {
	c.Out.Array(4)
	c.Out.Int(g.Pending)
	if g.Pending == 0 {
		c.Out.Null()
		c.Out.Null()
		c.Out.NullArray()
		return nil
	}
	first, last, err := g.PendingEnds()
	if err != nil {
		return err
	}
	writeID(c, first)
	writeID(c, last)
	list, n := c.Out.Later(), 0
	err = g.EachConsumer(func(consumer *keyspace.Consumer) error {
		if consumer.Pending > 0 {
			n++
			c.Out.Array(2)
			c.Out.Bulk(consumer.Name)
			c.Out.BulkInt(consumer.Pending)
		}
		return nil
	})
	c.Out.Close(list, n)
	return err
}

func (q *pendingQuery) reply(c *command.Ctx, g *keyspace.Group) error {
	now, n := c.Keys.Now(), int64(0)
	list := c.Out.Later()
	visit := func(p keyspace.PendingEntry) (bool, error) {
		if n >= q.count || q.end.Less(p.ID) {
			return false, nil
		}
		if idle := now - p.Time; q.minIdle == 0 || idle >= q.minIdle {
			n++
			c.Out.Array(4)
			writeID(c, p.ID)
			c.Out.Bulk(p.Consumer)
			c.Out.Int(max(idle, 0))
			c.Out.Int(p.Count)
		}
		return n < q.count, nil
	}
	if q.consumer == nil {
		err := g.EachPending(q.start, q.end, visit)
		c.Out.Close(list, int(n))
		return err
	}
	consumer, ok, err := g.Consumer(q.consumer)
	if err == nil && ok {
		err = g.EachPendingOf(consumer, q.start, visit)
	}
	c.Out.Close(list, int(n))
	return err
}

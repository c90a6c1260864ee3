package stream

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var xclaimSpec = &command.Spec{
	Name:     "xclaim",
	Arity:    -6,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "stream", "fast"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
	Summary:    "Changes (or acquires) ownership of a message in a consumer group, as if the message was delivered to the specified consumer.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "group", Type: "string"},
		{Name: "consumer", Type: "string"},
		{Name: "min-idle-time", Type: "string"},
		{Name: "id", Type: "string", Multiple: true},
		{Name: "ms", Type: "integer", Token: "IDLE", Optional: true},
		{Name: "unix-time-milliseconds", Type: "unix-time", Token: "TIME", Optional: true},
		{Name: "count", Type: "integer", Token: "RETRYCOUNT", Optional: true},
		{Name: "force", Type: "pure-token", Token: "FORCE", Optional: true},
		{Name: "justid", Type: "pure-token", Token: "JUSTID", Optional: true},
		{Name: "id", Type: "string", Token: "LASTID", Optional: true},
	},
	Handler: runXclaim,
}

const (
	errClaimIdle  command.Error = "ERR Invalid min-idle-time argument for XCLAIM"
	errIdleOption command.Error = "ERR Invalid IDLE option argument for XCLAIM"
	errTimeOption command.Error = "ERR Invalid TIME option argument for XCLAIM"
	errRetryCount command.Error = "ERR Invalid RETRYCOUNT option argument for XCLAIM"
)

// claim is how entries change hands in XCLAIM and XAUTOCLAIM.
type claim struct {
	c        *command.Ctx
	stream   *keyspace.Stream
	group    *keyspace.Group
	name     []byte
	minIdle  int64
	time     int64 // of the delivery
	retries  int64 // the new count, -1 to count on
	justID   bool
	force    bool
	lastID   keyspace.StreamID
	consumer *keyspace.Consumer
}

// parseOptions reads what follows the ids.
func (cl *claim) parseOptions(args [][]byte) error {
	now := cl.c.Keys.Now()
	cl.time, cl.retries = -1, -1
	for len(args) > 0 {
		n := 2
		var err error
		switch {
		case command.Is(args[0], "FORCE"):
			cl.force, n = true, 1
		case command.Is(args[0], "JUSTID"):
			cl.justID, n = true, 1
		case command.Is(args[0], "IDLE") && len(args) > 1:
			var idle int64
			idle, err = parseIntOr(args[1], errIdleOption)
			cl.time = now - idle
		case command.Is(args[0], "TIME") && len(args) > 1:
			cl.time, err = parseIntOr(args[1], errTimeOption)
		case command.Is(args[0], "RETRYCOUNT") && len(args) > 1:
			cl.retries, err = parseIntOr(args[1], errRetryCount)
		case command.Is(args[0], "LASTID") && len(args) > 1:
			cl.lastID, err = parseID(args[1], 0)
		default:
			err = command.Errorf("ERR Unrecognized XCLAIM option '%s'", args[0])
		}
		if err != nil {
			return err
		}
		args = args[n:]
	}
	if cl.time < 0 || cl.time > now {
		cl.time = now // the clocks of clients may be wrong
	}
	return nil
}

func parseIntOr(arg []byte, otherwise error) (int64, error) {
	n, err := command.ParseInt(arg)
	if err != nil {
		return 0, otherwise
	}
	return n, nil
}

func runXclaim(c *command.Ctx) error {
	s, g, err := openKeyAndGroup(c)
	if err != nil {
		return err
	}
	cl := claim{c: c, stream: &s, group: g, name: c.Args[3]}
	if cl.minIdle, err = parseIntOr(c.Args[4], errClaimIdle); err != nil {
		return err
	}
	rest := c.Args[5:]
	var ids []keyspace.StreamID
	for ; len(rest) > 0; rest = rest[1:] {
		id, err := parseID(rest[0], 0)
		if err != nil {
			break // an option, perhaps
		}
		ids = append(ids, id)
	}
	if err := cl.parseOptions(rest); err != nil {
		return err
	}
	c.PropagateNothing() // but the single claims
	moved := g.LastID.Less(cl.lastID)
	if moved {
		g.LastID = cl.lastID
	}
	list, n := c.Out.Later(), 0
	for _, id := range ids {
		p, pending, err := g.PendingEntry(id)
		if err != nil {
			return err
		}
		p.ID = id
		taken, gone, err := cl.take(p, pending)
		if err != nil {
			return err
		}
		moved = moved && !taken && !gone // a claim tells it
		if taken {
			n++
		}
	}
	if moved {
		propagateGroup(c, c.Args[1], c.Args[2], g)
	}
	c.Out.Close(list, n)
	return g.Save()
}

// take gives an entry to the claimer and writes it, if it exists and may change
// hands. A pending entry that no longer exists is forgotten: gone.
func (cl *claim) take(p keyspace.PendingEntry, pending bool) (taken, gone bool, err error) {
	pairs, exists, err := cl.stream.Get(p.ID)
	if err != nil {
		return false, false, err
	}
	if !exists {
		if pending {
			propagateClaim(cl.c, cl.c.Args[1], cl.c.Args[2], cl.group, p)
			err = cl.group.Acknowledge(p)
		}
		return false, pending, err
	}
	if !pending && !cl.force || pending && cl.minIdle > 0 && cl.c.Keys.Now()-p.Time < cl.minIdle {
		return false, false, nil
	}
	if cl.consumer == nil {
		if cl.consumer, _, err = cl.group.Use(cl.name, cl.c.Keys.Now()); err != nil {
			return false, false, err
		}
	}
	count := p.Count
	if !pending {
		count = 1 // FORCE makes it as if delivered before
	}
	if cl.retries >= 0 {
		count = cl.retries
	} else if !cl.justID {
		count++
	}
	if err := cl.group.Assign(p.ID, cl.consumer, cl.time, count); err != nil {
		return false, false, err
	}
	propagateClaim(cl.c, cl.c.Args[1], cl.c.Args[2], cl.group, keyspace.PendingEntry{
		ID: p.ID, Consumer: cl.name, Time: cl.time, Count: count,
	})
	if cl.justID {
		writeID(cl.c, p.ID)
	} else {
		writeEntry(cl.c, p.ID, pairs)
	}
	return true, false, nil
}

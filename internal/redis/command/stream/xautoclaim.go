package stream

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var xautoclaimSpec = &command.Spec{
	Name:     "xautoclaim",
	Arity:    -6,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "stream", "fast"},
	Group:      "stream",
	Since:      "6.2.0",
	Complexity: "O(1) if COUNT is small.",
	Summary:    "Changes (or acquires) ownership of messages in a consumer group, as if the messages were delivered to the specified consumer.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "group", Type: "string"},
		{Name: "consumer", Type: "string"},
		{Name: "min-idle-time", Type: "string"},
		{Name: "start", Type: "string"},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		{Name: "justid", Type: "pure-token", Token: "JUSTID", Optional: true},
	},
	Handler: runXautoclaim,
}

const (
	errAutoclaimIdle  command.Error = "ERR Invalid min-idle-time argument for XAUTOCLAIM"
	errAutoclaimCount command.Error = "ERR COUNT must be > 0"
)

// attemptsPerEntry bounds how many pending entries are looked at for each one
// that COUNT allows to claim.
const attemptsPerEntry = 10

func runXautoclaim(c *command.Ctx) error {
	cl := claim{c: c, name: c.Args[3], time: c.Keys.Now(), retries: -1}
	var err error
	if cl.minIdle, err = parseIntOr(c.Args[4], errAutoclaimIdle); err != nil {
		return err
	}
	start, err := parseStart(c.Args[5])
	if err != nil {
		return err
	}
	count := int64(100)
	for args := c.Args[6:]; len(args) > 0; {
		switch {
		case command.Is(args[0], "COUNT") && len(args) > 1:
			count, err = command.ParseInt(args[1])
			if err != nil || count < 1 || count > math.MaxInt64/16 {
				return errAutoclaimCount
			}
			args = args[2:]
		case command.Is(args[0], "JUSTID"):
			cl.justID, args = true, args[1:]
		default:
			return command.ErrSyntax
		}
	}
	s, g, err := openKeyAndGroup(c)
	if err != nil {
		return err
	}
	cl.stream, cl.group = &s, g
	return cl.sweep(start, count)
}

// sweep claims up to count entries from start on, and replies with where to go
// on, the entries, and those that no longer exist.
func (cl *claim) sweep(start keyspace.StreamID, count int64) error {
	out := cl.c.Out
	cl.c.PropagateNothing() // but the single claims
	attempts := count * attemptsPerEntry
	var next keyspace.StreamID
	var gone []keyspace.StreamID
	// The cursor comes first but is known last: the entries are written, and
	// moved behind it.
	from := out.Len()
	list, n := out.Later(), 0
	err := cl.group.EachPending(start, keyspace.MaxStreamID, func(p keyspace.PendingEntry) (bool, error) {
		if attempts == 0 || count == 0 {
			next = p.ID
			return false, nil
		}
		attempts--
		taken, lost, err := cl.take(p, true)
		if taken {
			n++
			count--
		}
		if lost {
			gone = append(gone, p.ID)
			count--
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	out.Close(list, n)
	entries := append([]byte(nil), out.Buf[from:]...)
	out.Truncate(from)
	out.Array(3)
	writeID(cl.c, next)
	out.Raw(entries)
	out.Array(len(gone))
	for _, id := range gone {
		writeID(cl.c, id)
	}
	return cl.group.Save()
}

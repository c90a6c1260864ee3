package generic

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scan"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var scanSpec = &command.Spec{
	Name:       "scan",
	Arity:      -2,
	Flags:      command.ReadOnly,
	Categories: []string{"keyspace", "read", "slow"},
	Group:      "generic",
	Since:      "2.8.0",
	Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
	Summary:    "Incrementally iterate the keys space",
	Args: []command.Arg{
		{Name: "cursor", Type: "integer"},
		{Name: "pattern", Type: "pattern", Token: "MATCH", Optional: true},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		{Name: "type", Type: "string", Token: "TYPE", Optional: true},
	},
	Handler: runScan,
}

// parseCursor reads a cursor as C's strtoul does: nothing is 0, and a minus sign
// counts from the end of the range.
func parseCursor(arg []byte) (uint64, error) {
	if len(arg) == 0 {
		return 0, nil
	}
	negative := arg[0] == '-'
	if negative || arg[0] == '+' {
		arg = arg[1:]
	}
	n, err := strconv.ParseUint(string(arg), 10, 64)
	if err != nil {
		return 0, command.ErrCursor
	}
	if negative {
		n = -n
	}
	return n, nil
}

// runScan walks keys in their order. A pattern that begins with plain text is a
// walk over the keys that begin with it alone.
func runScan(c *command.Ctx) error {
	cursor, err := parseCursor(c.Args[1])
	if err != nil {
		return err
	}
	o, err := scan.Parse(c.Args[2:], true, false)
	if err != nil {
		return err
	}
	prefix, _ := glob.Prefix(o.Pattern)
	var found [][]byte
	next, err := c.Keys.Scan(c.DB, cursor, prefix, o.Count, func(key []byte, m keyspace.Meta) error {
		if o.Type != nil && !command.Is(o.Type, m.Type.String()) {
			return nil
		}
		if o.Matches(key) {
			found = append(found, append([]byte(nil), key...))
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.Out.Array(2)
	c.Out.BulkString(strconv.FormatUint(next, 10))
	c.Out.Array(len(found))
	for _, key := range found {
		c.Out.Bulk(key)
	}
	return nil
}

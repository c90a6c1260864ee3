package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scan"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var sscanSpec = &command.Spec{
	Name:     "sscan",
	Arity:    -3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "set", "slow"},
	Group:      "set",
	Since:      "2.8.0",
	Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
	Summary:    "Incrementally iterate Set elements",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "cursor", Type: "integer"},
		{Name: "pattern", Type: "pattern", Token: "MATCH", Optional: true},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
	},
	Handler: runSscan,
}

func runSscan(c *command.Ctx) error {
	var s keyspace.Set
	open := func() (exists bool, err error) {
		s, err = c.Keys.Set(c.DB, c.Args[1])
		return s.Exists(), err
	}
	return scan.Collection(c, open, func(o *scan.Options, cursor uint64, emit func([]byte)) (uint64, error) {
		return s.Scan(cursor, o.Count, func(member []byte) error {
			if o.Matches(member) {
				emit(member)
			}
			return nil
		})
	})
}

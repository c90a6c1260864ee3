package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scan"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var zscanSpec = &command.Spec{
	Name:     "zscan",
	Arity:    -3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.8.0",
	Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
	Summary:    "Incrementally iterate sorted sets elements and associated scores",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "cursor", Type: "integer"},
		{Name: "pattern", Type: "pattern", Token: "MATCH", Optional: true},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
	},
	Handler: runZscan,
}

func runZscan(c *command.Ctx) error {
	var z keyspace.ZSet
	open := func() (exists bool, err error) {
		z, err = c.Keys.ZSet(c.DB, c.Args[1])
		return z.Exists(), err
	}
	return scan.Collection(c, open, func(o *scan.Options, cursor uint64, emit func([]byte)) (uint64, error) {
		return z.Scan(cursor, o.Count, func(member []byte, score float64) error {
			if o.Matches(member) {
				emit(member)
				emit(resp.AppendDouble(nil, score))
			}
			return nil
		})
	})
}

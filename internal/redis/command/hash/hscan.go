package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scan"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var hscanSpec = &command.Spec{
	Name:     "hscan",
	Arity:    -3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "slow"},
	Group:      "hash",
	Since:      "2.8.0",
	Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
	Summary:    "Incrementally iterate hash fields and associated values",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "cursor", Type: "integer"},
		{Name: "pattern", Type: "pattern", Token: "MATCH", Optional: true},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		{Name: "novalues", Type: "pure-token", Token: "NOVALUES", Optional: true},
	},
	Handler: runHscan,
}

func runHscan(c *command.Ctx) error {
	var h keyspace.Hash
	open := func() (exists bool, err error) {
		h, err = c.Keys.Hash(c.DB, c.Args[1])
		return h.Exists(), err
	}
	return scan.Collection(c, open, func(o *scan.Options, cursor uint64, emit func([]byte)) (uint64, error) {
		return h.Scan(cursor, o.Count, func(field, value []byte) error {
			if o.Matches(field) {
				emit(field)
				if !o.NoValues {
					emit(value)
				}
			}
			return nil
		})
	})
}

package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var sinterSpec = &command.Spec{
	Name:     "sinter",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"read", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
	Summary:    "Intersect multiple sets",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runSinter,
}

var sinterstoreSpec = &command.Spec{
	Name:     "sinterstore",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"write", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
	Summary:    "Intersect multiple sets and store the resulting set in a key",
	Args: []command.Arg{
		{Name: "destination", Type: "key", KeySpec: 1},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 2},
	},
	Handler: runSinterstore,
}

func runSinter(c *command.Ctx) error {
	return reply(c, c.Args[1:], intersect)
}

func runSinterstore(c *command.Ctx) error {
	return store(c, c.Args[1], c.Args[2:], intersect)
}

// intersect calls fn for every member that all sets have. It walks the smallest:
// O(N*M), N its size and M the number of sets.
func intersect(sets []keyspace.Set, fn func(member []byte) (bool, error)) error {
	smallest := 0
	for i := range sets {
		if !sets[i].Exists() {
			return nil
		}
		if sets[i].Len() < sets[smallest].Len() {
			smallest = i
		}
	}
	return sets[smallest].Each(func(member []byte) (bool, error) {
		for i := range sets {
			if i == smallest {
				continue
			}
			if has, err := sets[i].Has(member); err != nil || !has {
				return err == nil, err
			}
		}
		return fn(member)
	})
}

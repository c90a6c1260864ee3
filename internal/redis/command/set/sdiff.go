package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var sdiffSpec = &command.Spec{
	Name:     "sdiff",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"read", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the total number of elements in all given sets.",
	Summary:    "Subtract multiple sets",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runSdiff,
}

var sdiffstoreSpec = &command.Spec{
	Name:     "sdiffstore",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"write", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the total number of elements in all given sets.",
	Summary:    "Subtract multiple sets and store the resulting set in a key",
	Args: []command.Arg{
		{Name: "destination", Type: "key", KeySpec: 1},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 2},
	},
	Handler: runSdiffstore,
}

func runSdiff(c *command.Ctx) error {
	return reply(c, c.Args[1:], subtract)
}

func runSdiffstore(c *command.Ctx) error {
	return store(c, c.Args[1], c.Args[2:], subtract)
}

// subtract calls fn for every member of the first set that no other has.
// O(N*M), N the first set's size and M the number of sets.
func subtract(sets []keyspace.Set, fn func(member []byte) (bool, error)) error {
	return sets[0].Each(func(member []byte) (bool, error) {
		for i := range sets[1:] {
			if has, err := sets[1+i].Has(member); err != nil || has {
				return err == nil, err
			}
		}
		return fn(member)
	})
}

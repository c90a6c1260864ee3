package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var sunionSpec = &command.Spec{
	Name:     "sunion",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"read", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the total number of elements in all given sets.",
	Summary:    "Add multiple sets",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runSunion,
}

var sunionstoreSpec = &command.Spec{
	Name:     "sunionstore",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"write", "set", "slow"},
	Group:      "set",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the total number of elements in all given sets.",
	Summary:    "Add multiple sets and store the resulting set in a key",
	Args: []command.Arg{
		{Name: "destination", Type: "key", KeySpec: 1},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 2},
	},
	Handler: runSunionstore,
}

func runSunion(c *command.Ctx) error {
	return reply(c, c.Args[1:], unite)
}

func runSunionstore(c *command.Ctx) error {
	return store(c, c.Args[1], c.Args[2:], unite)
}

// unite calls fn for every member of any set, once: a member is left to the
// first set that has it. O(N*M), N all members and M the number of sets; no
// memory is taken for what was seen.
func unite(sets []keyspace.Set, fn func(member []byte) (bool, error)) error {
	for i := range sets {
		err := sets[i].Each(func(member []byte) (bool, error) {
			for j := range i {
				if has, err := sets[j].Has(member); err != nil || has {
					return err == nil, err
				}
			}
			return fn(member)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

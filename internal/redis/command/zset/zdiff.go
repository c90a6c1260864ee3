package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zdiffSpec = &command.Spec{
	Name:       "zdiff",
	Arity:      -3,
	Flags:      command.ReadOnly | command.MovableKeys,
	Keys:       readKeys,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "6.2.0",
	Complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
	Summary:    "Subtract multiple sorted sets",
	Args: []command.Arg{
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
		{Name: "withscores", Type: "pure-token", Token: "WITHSCORES", Optional: true},
	},
	Handler: runZdiff,
}

var zdiffstoreSpec = &command.Spec{
	Name:     "zdiffstore",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM | command.MovableKeys,
	FirstKey: 1, LastKey: 1, Step: 1,
	Keys:       storeKeys,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "6.2.0",
	Complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
	Summary:    "Subtract multiple sorted sets and store the resulting sorted set in a new key",
	Args: []command.Arg{
		{Name: "destination", Type: "key", KeySpec: 1},
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 2},
	},
	Handler: runZdiffstore,
}

func runZdiff(c *command.Ctx) error      { return replyOperation(c, subtract) }
func runZdiffstore(c *command.Ctx) error { return storeOperation(c, subtract) }

// subtract keeps the first input's members that no other has. O(N*M), N the
// first input's size and M the number of inputs.
func subtract(in []input, _ aggregate) ([]scored, error) {
	var result []scored
	err := in[0].each(func(member []byte, score float64) (bool, error) {
		for i := range in[1:] {
			if _, ok, err := in[1+i].score(member); err != nil || ok {
				return err == nil, err
			}
		}
		result = append(result, scored{string(member), score})
		return true, nil
	})
	return result, err
}

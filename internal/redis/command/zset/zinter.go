package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zinterSpec = &command.Spec{
	Name:       "zinter",
	Arity:      -3,
	Flags:      command.ReadOnly | command.MovableKeys,
	Keys:       readKeys,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "6.2.0",
	Complexity: "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.",
	Summary:    "Intersect multiple sorted sets",
	Args: []command.Arg{
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
		{Name: "weight", Type: "integer", Token: "WEIGHTS", Optional: true, Multiple: true},
		{Name: "aggregate", Type: "oneof", Token: "AGGREGATE", Optional: true, Args: []command.Arg{
			{Name: "sum", Type: "pure-token", Token: "SUM"},
			{Name: "min", Type: "pure-token", Token: "MIN"},
			{Name: "max", Type: "pure-token", Token: "MAX"},
		}},
		{Name: "withscores", Type: "pure-token", Token: "WITHSCORES", Optional: true},
	},
	Handler: runZinter,
}

var zinterstoreSpec = &command.Spec{
	Name:     "zinterstore",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM | command.MovableKeys,
	FirstKey: 1, LastKey: 1, Step: 1,
	Keys:       storeKeys,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.0.0",
	Complexity: "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.",
	Summary:    "Intersect multiple sorted sets and store the resulting sorted set in a new key",
	Args: []command.Arg{
		{Name: "destination", Type: "key", KeySpec: 1},
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 2},
		{Name: "weight", Type: "integer", Token: "WEIGHTS", Optional: true, Multiple: true},
		{Name: "aggregate", Type: "oneof", Token: "AGGREGATE", Optional: true, Args: []command.Arg{
			{Name: "sum", Type: "pure-token", Token: "SUM"},
			{Name: "min", Type: "pure-token", Token: "MIN"},
			{Name: "max", Type: "pure-token", Token: "MAX"},
		}},
	},
	Handler: runZinterstore,
}

func runZinter(c *command.Ctx) error      { return replyOperation(c, intersect) }
func runZinterstore(c *command.Ctx) error { return storeOperation(c, intersect) }

// intersect keeps the members that all inputs have. It walks the smallest:
// O(N*M), N its size and M the number of inputs.
func intersect(in []input, agg aggregate) ([]scored, error) {
	bySize(in)
	var result []scored
	err := in[0].each(func(member []byte, sum float64) (bool, error) {
		for i := range in[1:] {
			score, ok, err := in[1+i].score(member)
			if err != nil || !ok {
				return err == nil, err
			}
			sum = agg.combine(sum, score)
		}
		result = append(result, scored{string(member), sum})
		return true, nil
	})
	return result, err
}

package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zunionSpec = &command.Spec{
	Name:       "zunion",
	Arity:      -3,
	Flags:      command.ReadOnly | command.MovableKeys,
	Keys:       readKeys,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "6.2.0",
	Complexity: "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
	Summary:    "Add multiple sorted sets",
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
	Handler: runZunion,
}

var zunionstoreSpec = &command.Spec{
	Name:     "zunionstore",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM | command.MovableKeys,
	FirstKey: 1, LastKey: 1, Step: 1,
	Keys:       storeKeys,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.0.0",
	Complexity: "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
	Summary:    "Add multiple sorted sets and store the resulting sorted set in a new key",
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
	Handler: runZunionstore,
}

func runZunion(c *command.Ctx) error      { return replyOperation(c, unite) }
func runZunionstore(c *command.Ctx) error { return storeOperation(c, unite) }

// unite keeps the members of all inputs. O(N) memory and time, N all members.
func unite(in []input, agg aggregate) ([]scored, error) {
	bySize(in)
	at := map[string]int{}
	var result []scored
	for i := range in {
		err := in[i].each(func(member []byte, score float64) (bool, error) {
			if j, seen := at[string(member)]; seen {
				result[j].score = agg.combine(result[j].score, score)
				return true, nil
			}
			m := string(member)
			at[m] = len(result)
			result = append(result, scored{m, score})
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return result, nil
}

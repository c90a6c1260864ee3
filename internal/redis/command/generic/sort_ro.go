package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var sortRoSpec = &command.Spec{
	Name:     "sort_ro",
	Arity:    -2,
	Flags:    command.ReadOnly | command.MovableKeys,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "set", "sortedset", "list", "slow", "dangerous"},
	Group:      "generic",
	Since:      "7.0.0",
	Complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
	Summary:    "Sort the elements in a list, set or sorted set. Read-only variant of SORT.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "pattern", Type: "pattern", Token: "BY", Optional: true, KeySpec: 2},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
		{Name: "pattern", Type: "pattern", Token: "GET", Optional: true, Multiple: true, MultipleToken: true, KeySpec: 2},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
		{Name: "sorting", Type: "pure-token", Token: "ALPHA", Optional: true},
	},
	Long:    true,
	Handler: runSortRo,
}

func runSortRo(c *command.Ctx) error {
	o, err := parseSortOptions(c.Args[2:], false)
	if err != nil {
		return err
	}
	return sortKey(c, o)
}

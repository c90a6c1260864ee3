package zset

import "github.com/orbit-server/orbit/internal/redis/command"

var bzmpopSpec = &command.Spec{
	Name:  "bzmpop",
	Arity: -5,
	Flags: command.Write | command.Blocking | command.MovableKeys,
	Keys: func(args [][]byte) ([]int, error) {
		keys, err := mpopKeys(args[1:])
		for i := range keys {
			keys[i]++
		}
		return keys, err
	},
	Categories: []string{"write", "sortedset", "slow", "blocking"},
	Group:      "sorted-set",
	Since:      "7.0.0",
	Complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
	Summary:    "Remove and return members with scores in a sorted set or block until one is available",
	Args:       append([]command.Arg{{Name: "timeout", Type: "double"}}, zmpopSpec.Args...),
	Handler: func(c *command.Ctx) error {
		p, err := parseZmpop(c.Args[1:])
		if err != nil {
			return err
		}
		timeout, err := command.ParseTimeout(c.Args[1])
		if err != nil {
			return err
		}
		if found, err := p.pop(c); found || err != nil {
			return err
		}
		return await(c, p.keys, timeout)
	},
}

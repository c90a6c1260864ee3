package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var blmpopSpec = &command.Spec{
	Name:  "blmpop",
	Arity: -5,
	Flags: command.Write | command.Blocking | command.MovableKeys,
	Keys: func(args [][]byte) ([]int, error) {
		keys, err := lmpopKeys(args[1:])
		for i := range keys {
			keys[i]++
		}
		return keys, err
	},
	Categories: []string{"write", "list", "slow", "blocking"},
	Group:      "list",
	Since:      "7.0.0",
	Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
	Summary:    "Pop elements from a list, or block until one is available",
	Args:       append([]command.Arg{{Name: "timeout", Type: "double"}}, lmpopSpec.Args...),
	Handler: func(c *command.Ctx) error {
		p, err := parseLmpop(c.Args[1:])
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
		return await(c, p.keys, timeout, (*resp.Writer).NullArray)
	},
}

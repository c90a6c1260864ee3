package hyperloglog

import "github.com/orbit-server/orbit/internal/redis/command"

var pfmergeSpec = &command.Spec{
	Name:     "pfmerge",
	Arity:    -2,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"write", "hyperloglog", "slow"},
	Group:      "hyperloglog",
	Since:      "2.8.9",
	Complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
	Summary:    "Merge N different HyperLogLogs into a single one.",
	Args: []command.Arg{
		{Name: "destkey", Type: "key", KeySpec: 1},
		{Name: "sourcekey", Type: "key", Multiple: true, KeySpec: 2},
	},
	Handler: runPfmerge,
}

func runPfmerge(c *command.Ctx) error {
	var u union
	anyDense, err := mergeKeys(c, c.Args[1:], &u)
	if err != nil {
		return err
	}
	k, v, err := open(c, c.Args[1])
	if err != nil {
		return err
	}
	if anyDense {
		if err := v.toDense(); err != nil {
			return err
		}
	}
	for i, rank := range u {
		if rank == 0 {
			continue
		}
		if _, err := v.raise(i, rank); err != nil {
			return err
		}
	}
	v.invalidate()
	if err := k.SetString(v.b, k.Expire); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

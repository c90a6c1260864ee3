package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var zintercardSpec = &command.Spec{
	Name:       "zintercard",
	Arity:      -3,
	Flags:      command.ReadOnly | command.MovableKeys,
	Keys:       readKeys,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "7.0.0",
	Complexity: "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
	Summary:    "Intersect multiple sorted sets and return the cardinality of the result",
	Args: []command.Arg{
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
		{Name: "limit", Type: "integer", Token: "LIMIT", Optional: true},
	},
	Handler: runZintercard,
}

const errNegativeLimit command.Error = "ERR LIMIT can't be negative"

func runZintercard(c *command.Ctx) error {
	keys, err := readKeys(c.Args)
	if err != nil {
		return err
	}
	in, err := openInputs(c, c.Args[2:2+len(keys)])
	if err != nil {
		return err
	}
	var limit int64
	for rest := c.Args[2+len(keys):]; len(rest) > 0; rest = rest[2:] {
		if len(rest) < 2 || !command.Is(rest[0], "LIMIT") {
			return command.ErrSyntax
		}
		if limit, err = command.ParseInt(rest[1]); err != nil || limit < 0 {
			return errNegativeLimit
		}
	}
	smallest := 0
	for i := range in {
		if in[i].len() < in[smallest].len() {
			smallest = i
		}
	}
	var n int64
	err = in[smallest].each(func(member []byte, _ float64) (bool, error) {
		for i := range in {
			if _, ok, err := in[i].score(member); err != nil || !ok {
				return err == nil, err
			}
		}
		n++
		return limit == 0 || n < limit, nil
	})
	if err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

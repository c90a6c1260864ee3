package set

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var sintercardSpec = &command.Spec{
	Name:       "sintercard",
	Arity:      -3,
	Flags:      command.ReadOnly | command.MovableKeys,
	Keys:       sintercardKeys,
	Categories: []string{"read", "set", "slow"},
	Group:      "set",
	Since:      "7.0.0",
	Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
	Summary:    "Intersect multiple sets and return the cardinality of the result",
	Args: []command.Arg{
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
		{Name: "limit", Type: "integer", Token: "LIMIT", Optional: true},
	},
	Handler: runSintercard,
}

const errNegativeLimit command.Error = "ERR LIMIT can't be negative"

// sintercardKeys finds the keys after numkeys.
func sintercardKeys(args [][]byte) ([]int, error) {
	n, err := command.ParseInt(args[1])
	if err != nil || n <= 0 {
		return nil, command.ErrNumKeys
	}
	if n > int64(len(args)-2) {
		return nil, errTooManyKeys
	}
	positions := make([]int, n)
	for i := range positions {
		positions[i] = 2 + i
	}
	return positions, nil
}

const errTooManyKeys command.Error = "ERR Number of keys can't be greater than number of args"

func runSintercard(c *command.Ctx) error {
	keys, err := sintercardKeys(c.Args)
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
	sets, err := open(c, c.Args[2:2+len(keys)])
	if err != nil {
		return err
	}
	var n int64
	err = intersect(sets, func([]byte) (bool, error) {
		n++
		return limit == 0 || n < limit, nil
	})
	if err != nil {
		return err
	}
	c.Out.Int(n)
	return nil
}

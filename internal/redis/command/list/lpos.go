package list

import (
	"bytes"
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var lposSpec = &command.Spec{
	Name:     "lpos",
	Arity:    -3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "list", "slow"},
	Group:      "list",
	Since:      "6.0.6",
	Complexity: "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
	Summary:    "Return the index of matching elements on a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "element", Type: "string"},
		{Name: "rank", Type: "integer", Token: "RANK", Optional: true},
		{Name: "num-matches", Type: "integer", Token: "COUNT", Optional: true},
		{Name: "len", Type: "integer", Token: "MAXLEN", Optional: true},
	},
	Handler: runLpos,
}

const (
	errRankZero      command.Error = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
	errCountNegative command.Error = "ERR COUNT can't be negative"
	errLenNegative   command.Error = "ERR MAXLEN can't be negative"
)

// lposOptions are the options of LPOS; count -1 asks for one place.
type lposOptions struct {
	rank, count, maxLen int64
}

func parseLposOptions(args [][]byte) (lposOptions, error) {
	o := lposOptions{rank: 1, count: -1}
	for ; len(args) > 0; args = args[2:] {
		if len(args) < 2 {
			return o, command.ErrSyntax
		}
		var err error
		switch {
		case command.Is(args[0], "RANK"):
			if o.rank, err = command.ParseInt(args[1]); err != nil {
				return o, err
			}
			if o.rank == 0 {
				return o, errRankZero
			}
			if o.rank < -math.MaxInt64 {
				return o, command.ErrLongRange
			}
		case command.Is(args[0], "COUNT"):
			if o.count, err = command.ParseInt(args[1]); err != nil || o.count < 0 {
				return o, errCountNegative
			}
		case command.Is(args[0], "MAXLEN"):
			if o.maxLen, err = command.ParseInt(args[1]); err != nil || o.maxLen < 0 {
				return o, errLenNegative
			}
		default:
			return o, command.ErrSyntax
		}
	}
	return o, nil
}

func runLpos(c *command.Ctx) error {
	o, err := parseLposOptions(c.Args[3:])
	if err != nil {
		return err
	}
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	places, err := findPlaces(&l, c.Args[2], o)
	if err != nil {
		return err
	}
	switch {
	case o.count >= 0:
		c.Out.Array(len(places))
		for _, p := range places {
			c.Out.Int(p)
		}
	case len(places) > 0:
		c.Out.Int(places[0])
	default:
		c.Out.Null()
	}
	return nil
}

// findPlaces finds where the element is, from the rank-th match on.
func findPlaces(l *keyspace.List, element []byte, o lposOptions) ([]int64, error) {
	skip, wanted := max(o.rank, -o.rank)-1, o.count
	if wanted < 0 {
		wanted = 1
	}
	var places []int64
	var looked int64
	look := func(i int64, value []byte) (bool, error) {
		looked++
		if bytes.Equal(value, element) {
			if skip > 0 {
				skip--
			} else {
				places = append(places, i)
			}
		}
		return (wanted == 0 || int64(len(places)) < wanted) && (o.maxLen == 0 || looked < o.maxLen), nil
	}
	walk := l.Range
	if o.rank < 0 {
		walk = l.RangeBack
	}
	err := walk(0, l.Len()-1, look)
	return places, err
}

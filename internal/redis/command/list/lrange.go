package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var lrangeSpec = &command.Spec{
	Name:     "lrange",
	Arity:    4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "list", "slow"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
	Summary:    "Get a range of elements from a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "integer"},
		{Name: "stop", Type: "integer"},
	},
	Handler: runLrange,
}

var ltrimSpec = &command.Spec{
	Name:     "ltrim",
	Arity:    4,
	Flags:    command.Write,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the number of elements to be removed by the operation.",
	Summary:    "Trim a list to the specified range",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "integer"},
		{Name: "stop", Type: "integer"},
	},
	Handler: runLtrim,
}

func runLrange(c *command.Ctx) error {
	start, stop, err := parseRange(c)
	if err != nil {
		return err
	}
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	start, stop = clamp(start, stop, l.Len())
	if start > stop {
		c.Out.Array(0)
		return nil
	}
	c.Out.Array(int(stop - start + 1))
	return l.Range(start, stop, func(_ int64, value []byte) (bool, error) {
		c.Out.Bulk(value)
		return true, nil
	})
}

func runLtrim(c *command.Ctx) error {
	start, stop, err := parseRange(c)
	if err != nil {
		return err
	}
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if l.Exists() {
		start, stop = clamp(start, stop, l.Len())
		if err := l.Trim(start, stop); err != nil {
			return err
		}
		c.Keys.Touch()
	}
	c.Out.OK()
	return nil
}

func parseRange(c *command.Ctx) (start, stop int64, err error) {
	if start, err = command.ParseInt(c.Args[2]); err != nil {
		return 0, 0, err
	}
	stop, err = command.ParseInt(c.Args[3])
	return start, stop, err
}

// clamp turns indexes that may count from the end into places from 0 within a
// list of n elements; start is greater than stop when nothing is between them.
func clamp(start, stop, n int64) (first, last int64) {
	if start < 0 {
		start = max(start+n, 0)
	}
	if stop < 0 {
		stop += n
	}
	stop = min(stop, n-1)
	if start > stop {
		return 1, 0
	}
	return start, stop
}

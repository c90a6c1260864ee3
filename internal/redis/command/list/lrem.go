package list

import (
	"bytes"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var lremSpec = &command.Spec{
	Name:     "lrem",
	Arity:    4,
	Flags:    command.Write,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "1.0.0",
	Complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
	Summary:    "Remove elements from a list",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "count", Type: "integer"},
		{Name: "element", Type: "string"},
	},
	Handler: runLrem,
}

func runLrem(c *command.Ctx) error {
	count, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	l, err := c.Keys.List(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !l.Exists() {
		c.Out.Int(0)
		return nil
	}
	var places []int64
	find := func(i int64, value []byte) (bool, error) {
		if bytes.Equal(value, c.Args[3]) {
			places = append(places, i)
		}
		return count == 0 || int64(len(places)) != max(count, -count), nil
	}
	if count < 0 {
		err = l.RangeBack(0, l.Len()-1, find)
		slices.Reverse(places)
	} else {
		err = l.Range(0, l.Len()-1, find)
	}
	if err != nil {
		return err
	}
	if len(places) > 0 {
		if err := l.RemoveAt(places); err != nil {
			return err
		}
	}
	c.Out.Int(int64(len(places)))
	return nil
}

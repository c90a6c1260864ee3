package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// side is an end of a list: LEFT or RIGHT.
type side bool

const (
	front side = true
	back  side = false
)

// parseSide reads LEFT or RIGHT.
func parseSide(arg []byte) (side, error) {
	switch {
	case command.Is(arg, "LEFT"):
		return front, nil
	case command.Is(arg, "RIGHT"):
		return back, nil
	}
	return back, command.ErrSyntax
}

func (s side) push(l *keyspace.List, values ...[]byte) error {
	if s == front {
		return l.PushFront(values...)
	}
	return l.PushBack(values...)
}

func (s side) pop(l *keyspace.List) (value []byte, ok bool, err error) {
	if s == front {
		return l.PopFront()
	}
	return l.PopBack()
}

// popName is the command that pops at this end.
func (s side) popName() string {
	if s == front {
		return "LPOP"
	}
	return "RPOP"
}

// popMany writes the n elements nearest to the end, as an array, and removes
// them. n is at most the list's length.
func (s side) popMany(c *command.Ctx, l *keyspace.List, n int64) error {
	c.Out.Array(int(n))
	write := func(value []byte) { c.Out.Bulk(value) }
	if s == front {
		return l.PopFrontMany(n, write)
	}
	return l.PopBackMany(n, write)
}

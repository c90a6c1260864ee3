package list

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var lmpopSpec = &command.Spec{
	Name:       "lmpop",
	Arity:      -4,
	Flags:      command.Write | command.MovableKeys,
	Keys:       lmpopKeys,
	Categories: []string{"write", "list", "slow"},
	Group:      "list",
	Since:      "7.0.0",
	Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
	Summary:    "Pop elements from a list",
	Args: []command.Arg{
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
		{Name: "where", Type: "oneof", Args: []command.Arg{
			{Name: "left", Type: "pure-token", Token: "LEFT"},
			{Name: "right", Type: "pure-token", Token: "RIGHT"},
		}},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
	},
	Handler: runLmpop,
}

const errCount command.Error = "ERR count should be greater than 0"

// lmpopKeys finds the keys after numkeys.
func lmpopKeys(args [][]byte) ([]int, error) {
	n, err := command.ParseInt(args[1])
	if err != nil || n <= 0 {
		return nil, command.ErrNumKeys
	}
	if n > int64(len(args)-3) {
		return nil, command.ErrSyntax
	}
	positions := make([]int, n)
	for i := range positions {
		positions[i] = 2 + i
	}
	return positions, nil
}

// lmpop is what LMPOP's words after the name say.
type lmpop struct {
	keys  [][]byte
	from  side
	count int64
}

func parseLmpop(args [][]byte) (p lmpop, err error) {
	places, err := lmpopKeys(args)
	if err != nil {
		return p, err
	}
	p.keys, p.count = args[2:2+len(places)], 1
	rest := args[2+len(places):]
	if p.from, err = parseSide(rest[0]); err != nil {
		return p, err
	}
	if rest = rest[1:]; len(rest) > 1 && command.Is(rest[0], "COUNT") {
		if p.count, err = command.ParseInt(rest[1]); err != nil || p.count <= 0 {
			return p, errCount
		}
		rest = rest[2:]
	}
	if len(rest) > 0 {
		return p, command.ErrSyntax
	}
	return p, nil
}

// pop replies with elements of the first list that exists, if one does.
func (p *lmpop) pop(c *command.Ctx) (found bool, err error) {
	for _, key := range p.keys {
		if !c.Looks(key) {
			continue
		}
		l, err := c.Keys.List(c.DB, key)
		if err != nil {
			return false, err
		}
		if l.Exists() {
			c.Took = key
			count := min(p.count, l.Len())
			c.Propagate(p.from.popName(), key, count)
			c.Out.Array(2)
			c.Out.Bulk(key)
			return true, p.from.popMany(c, &l, count)
		}
	}
	return false, nil
}

func runLmpop(c *command.Ctx) error {
	p, err := parseLmpop(c.Args)
	if err != nil {
		return err
	}
	found, err := p.pop(c)
	if !found && err == nil {
		c.Out.NullArray()
	}
	return err
}

package zset

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var zaddSpec = &command.Spec{
	Name:     "zadd",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
	Summary:    "Add one or more members to a sorted set, or update its score if it already exists",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "condition", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "nx", Type: "pure-token", Token: "NX"},
			{Name: "xx", Type: "pure-token", Token: "XX"},
		}},
		{Name: "comparison", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "gt", Type: "pure-token", Token: "GT"},
			{Name: "lt", Type: "pure-token", Token: "LT"},
		}},
		{Name: "change", Type: "pure-token", Token: "CH", Optional: true},
		{Name: "increment", Type: "pure-token", Token: "INCR", Optional: true},
		{Name: "score_member", Type: "block", Multiple: true, Args: []command.Arg{
			{Name: "score", Type: "double"},
			{Name: "member", Type: "string"},
		}},
	},
	Handler: runZadd,
}

var zincrbySpec = &command.Spec{
	Name:     "zincrby",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "sortedset", "fast"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(log(N)) where N is the number of elements in the sorted set.",
	Summary:    "Increment the score of a member in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "increment", Type: "integer"},
		{Name: "member", Type: "string"},
	},
	Handler: runZincrby,
}

const (
	errNXandXX   command.Error = "ERR XX and NX options at the same time are not compatible"
	errGTLTandNX command.Error = "ERR GT, LT, and/or NX options at the same time are not compatible"
	errIncrPair  command.Error = "ERR INCR option supports a single increment-element pair"
	errScoreNaN  command.Error = "ERR resulting score is not a number (NaN)"
)

// zaddOptions are the options of ZADD.
type zaddOptions struct {
	nx, xx, gt, lt, ch, incr bool
}

// parseZaddOptions reads the options and returns what follows them.
func parseZaddOptions(args [][]byte) (o zaddOptions, rest [][]byte) {
	for len(args) > 0 {
		switch {
		case command.Is(args[0], "NX"):
			o.nx = true
		case command.Is(args[0], "XX"):
			o.xx = true
		case command.Is(args[0], "GT"):
			o.gt = true
		case command.Is(args[0], "LT"):
			o.lt = true
		case command.Is(args[0], "CH"):
			o.ch = true
		case command.Is(args[0], "INCR"):
			o.incr = true
		default:
			return o, args
		}
		args = args[1:]
	}
	return o, args
}

func (o *zaddOptions) check(pairs [][]byte) error {
	switch {
	case len(pairs) == 0 || len(pairs)%2 != 0:
		return command.ErrSyntax
	case o.nx && o.xx:
		return errNXandXX
	case o.gt && o.nx || o.lt && o.nx || o.gt && o.lt:
		return errGTLTandNX
	case o.incr && len(pairs) > 2:
		return errIncrPair
	}
	return nil
}

func runZadd(c *command.Ctx) error {
	o, pairs := parseZaddOptions(c.Args[2:])
	return add(c, o, pairs)
}

func runZincrby(c *command.Ctx) error {
	return add(c, zaddOptions{incr: true}, c.Args[2:])
}

// add is ZADD and ZINCRBY. Scores are read before anything is stored.
func add(c *command.Ctx, o zaddOptions, pairs [][]byte) error {
	if err := o.check(pairs); err != nil {
		return err
	}
	scores := make([]float64, len(pairs)/2)
	for i := range scores {
		var err error
		if scores[i], err = command.ParseFloat(pairs[2*i]); err != nil {
			return err
		}
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	var added, changed int64
	var result float64
	stored := false
	for i, score := range scores {
		r, err := o.put(&z, pairs[2*i+1], score)
		if err != nil {
			return err
		}
		if r.added {
			added++
		}
		if r.changed {
			changed++
		}
		result, stored = r.score, r.stored
	}
	switch {
	case o.incr && !stored:
		c.Out.Null()
	case o.incr:
		c.Out.Double(result)
	case o.ch:
		c.Out.Int(added + changed)
	default:
		c.Out.Int(added)
	}
	return nil
}

// putResult says what became of one member.
type putResult struct {
	score                  float64
	added, changed, stored bool // stored: the options let it pass
}

// put stores one member as the options say.
func (o *zaddOptions) put(z *keyspace.ZSet, member []byte, score float64) (r putResult, err error) {
	old, had, err := z.Score(member)
	if err != nil || had && o.nx || !had && o.xx {
		return r, err
	}
	if had && o.incr {
		if score += old; math.IsNaN(score) {
			return r, errScoreNaN
		}
	}
	if had && (o.gt && score <= old || o.lt && score >= old) {
		return r, nil
	}
	r = putResult{score: score, added: !had, changed: had && score != old, stored: true}
	_, err = z.Add(member, score)
	return r, err
}

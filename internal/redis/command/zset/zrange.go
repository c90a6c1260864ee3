package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var zrangeSpec = &command.Spec{
	Name:     "zrange",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
	Summary:    "Return a range of members in a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "string"},
		{Name: "stop", Type: "string"},
		{Name: "sortby", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "byscore", Type: "pure-token", Token: "BYSCORE"},
			{Name: "bylex", Type: "pure-token", Token: "BYLEX"},
		}},
		{Name: "rev", Type: "pure-token", Token: "REV", Optional: true},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
		{Name: "withscores", Type: "pure-token", Token: "WITHSCORES", Optional: true},
	},
	Handler: runZrange,
}

var zrangestoreSpec = &command.Spec{
	Name:     "zrangestore",
	Arity:    -5,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"write", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "6.2.0",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.",
	Summary:    "Store a range of members from sorted set into another key",
	Args: []command.Arg{
		{Name: "dst", Type: "key", KeySpec: 1},
		{Name: "src", Type: "key", KeySpec: 2},
		{Name: "min", Type: "string"},
		{Name: "max", Type: "string"},
		{Name: "sortby", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "byscore", Type: "pure-token", Token: "BYSCORE"},
			{Name: "bylex", Type: "pure-token", Token: "BYLEX"},
		}},
		{Name: "rev", Type: "pure-token", Token: "REV", Optional: true},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
	},
	Handler: runZrangestore,
}

var zrangebyscoreSpec = &command.Spec{
	Name:     "zrangebyscore",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "1.0.5",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
	Summary:    "Return a range of members in a sorted set, by score",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "min", Type: "double"},
		{Name: "max", Type: "double"},
		{Name: "withscores", Type: "pure-token", Token: "WITHSCORES", Optional: true},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
	},
	Handler: runZrangebyscore,
}

var zrangebylexSpec = &command.Spec{
	Name:     "zrangebylex",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.8.9",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
	Summary:    "Return a range of members in a sorted set, by lexicographical range",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "min", Type: "string"},
		{Name: "max", Type: "string"},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
	},
	Handler: runZrangebylex,
}

var zrevrangeSpec = &command.Spec{
	Name:     "zrevrange",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "1.2.0",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
	Summary:    "Return a range of members in a sorted set, by index, with scores ordered from high to low",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "integer"},
		{Name: "stop", Type: "integer"},
		{Name: "withscores", Type: "pure-token", Token: "WITHSCORES", Optional: true},
	},
	Handler: runZrevrange,
}

var zrevrangebyscoreSpec = &command.Spec{
	Name:     "zrevrangebyscore",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.2.0",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
	Summary:    "Return a range of members in a sorted set, by score, with scores ordered from high to low",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "max", Type: "double"},
		{Name: "min", Type: "double"},
		{Name: "withscores", Type: "pure-token", Token: "WITHSCORES", Optional: true},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
	},
	Handler: runZrevrangebyscore,
}

var zrevrangebylexSpec = &command.Spec{
	Name:     "zrevrangebylex",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "sortedset", "slow"},
	Group:      "sorted-set",
	Since:      "2.8.9",
	Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
	Summary:    "Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "max", Type: "string"},
		{Name: "min", Type: "string"},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
	},
	Handler: runZrevrangebylex,
}

const (
	errLimitNeedsBy   command.Error = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
	errScoresNotByLex command.Error = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
)

// order is what a range is over.
type order uint8

const (
	byRank order = iota
	byScore
	byLex
)

// rangeQuery is a range of a sorted set, as all the ZRANGE commands see it.
type rangeQuery struct {
	key                []byte
	by                 order
	reverse            bool
	withScores         bool
	offset, limit      int64 // limit -1: all
	start, stop        int64
	minScore, maxScore keyspace.ScoreBound
	minLex, maxLex     keyspace.LexBound
}

func newRangeQuery(by order, key []byte) *rangeQuery {
	return &rangeQuery{key: key, by: by, limit: -1}
}

func runZrange(c *command.Ctx) error {
	q := newRangeQuery(byRank, c.Args[1])
	if err := q.parse(c.Args[2:], true, true); err != nil {
		return err
	}
	return q.reply(c)
}

func runZrangestore(c *command.Ctx) error {
	q := newRangeQuery(byRank, c.Args[2])
	if err := q.parse(c.Args[3:], true, false); err != nil {
		return err
	}
	return q.store(c, c.Args[1])
}

func runZrangebyscore(c *command.Ctx) error    { return legacyRange(c, byScore, false) }
func runZrangebylex(c *command.Ctx) error      { return legacyRange(c, byLex, false) }
func runZrevrange(c *command.Ctx) error        { return legacyRange(c, byRank, true) }
func runZrevrangebyscore(c *command.Ctx) error { return legacyRange(c, byScore, true) }
func runZrevrangebylex(c *command.Ctx) error   { return legacyRange(c, byLex, true) }

// legacyRange is a command whose name says what ZRANGE's options say.
func legacyRange(c *command.Ctx, by order, reverse bool) error {
	q := newRangeQuery(by, c.Args[1])
	q.reverse = reverse
	if err := q.parse(c.Args[2:], false, true); err != nil {
		return err
	}
	return q.reply(c)
}

// parse reads the bounds and the options. choose allows BYSCORE, BYLEX and REV,
// scores WITHSCORES.
func (q *rangeQuery) parse(args [][]byte, choose, scores bool) error {
	for i := 2; i < len(args); i++ {
		left := len(args) - i - 1
		switch {
		case scores && command.Is(args[i], "WITHSCORES"):
			q.withScores = true
		case command.Is(args[i], "LIMIT") && left >= 2:
			var err error
			if q.offset, err = command.ParseInt(args[i+1]); err != nil {
				return err
			}
			if q.limit, err = command.ParseInt(args[i+2]); err != nil {
				return err
			}
			i += 2
		case choose && !q.reverse && command.Is(args[i], "REV"):
			q.reverse = true
		case choose && q.by == byRank && command.Is(args[i], "BYLEX"):
			q.by = byLex
		case choose && q.by == byRank && command.Is(args[i], "BYSCORE"):
			q.by = byScore
		default:
			return command.ErrSyntax
		}
	}
	if q.limit != -1 && q.by == byRank { // LIMIT n -1 is what is not given

		return errLimitNeedsBy
	}
	if q.by == byRank {
		q.offset = 0
	}
	if q.withScores && q.by == byLex {
		return errScoresNotByLex
	}
	return q.parseBounds(args[0], args[1])
}

// parseBounds reads the two ends; in reverse the greater one comes first, except
// for ranks.
func (q *rangeQuery) parseBounds(first, second []byte) (err error) {
	if q.reverse && q.by != byRank {
		first, second = second, first
	}
	switch q.by {
	case byRank:
		if q.start, err = command.ParseInt(first); err == nil {
			q.stop, err = command.ParseInt(second)
		}
	case byScore:
		if q.minScore, err = parseScoreBound(first); err == nil {
			q.maxScore, err = parseScoreBound(second)
		}
	default:
		if q.minLex, err = parseLexBound(first); err == nil {
			q.maxLex, err = parseLexBound(second)
		}
	}
	return err
}

// each calls fn for what the query asks for.
func (q *rangeQuery) each(z *keyspace.ZSet, fn func(member []byte, score float64) (bool, error)) error {
	if !z.Exists() || q.offset < 0 || q.limit == 0 {
		return nil
	}
	switch q.by {
	case byScore:
		return z.RangeByScore(q.minScore, q.maxScore, q.reverse, q.offset, q.limit, fn)
	case byLex:
		return z.RangeByLex(q.minLex, q.maxLex, q.reverse, q.offset, q.limit, fn)
	}
	start, stop := q.ranks(z)
	return z.RangeByRank(start, stop, q.reverse, fn)
}

// ranks are the ranks that the query asks for, within those there are; start is greater
// than stop when none are.
func (q *rangeQuery) ranks(z *keyspace.ZSet) (start, stop int64) {
	start, stop = q.start, q.stop
	if start < 0 {
		start = max(start+z.Len(), 0)
	}
	if stop < 0 {
		stop += z.Len()
	}
	return start, min(stop, z.Len()-1)
}

// remove removes what the query asks for, and returns how many members that were.
func (q *rangeQuery) remove(z *keyspace.ZSet) (int64, error) {
	switch q.by {
	case byScore:
		return z.RemoveByScore(q.minScore, q.maxScore)
	case byLex:
		return z.RemoveByLex(q.minLex, q.maxLex)
	}
	return z.RemoveByRank(q.ranks(z))
}

func (q *rangeQuery) reply(c *command.Ctx) error {
	z, err := c.Keys.ZSet(c.DB, q.key)
	if err != nil {
		return err
	}
	w := beginPairs(c, q.withScores)
	err = q.each(&z, func(member []byte, score float64) (bool, error) {
		w.add(member, score)
		return true, nil
	})
	if err != nil {
		return err
	}
	w.end()
	return nil
}

// store puts the range under dst, whatever was there.
func (q *rangeQuery) store(c *command.Ctx, dst []byte) error {
	z, err := c.Keys.ZSet(c.DB, q.key)
	if err != nil {
		return err
	}
	var result []scored
	err = q.each(&z, func(member []byte, score float64) (bool, error) {
		result = append(result, scored{string(member), score})
		return true, nil
	})
	if err != nil {
		return err
	}
	return replace(c, dst, result)
}

package zset

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

const errWeight command.Error = "ERR weight value is not a float"

// operation computes a result from its inputs, in no particular order.
type operation func(in []input, agg aggregate) ([]scored, error)

// aggregate is how scores of one member are put together.
type aggregate uint8

const (
	aggregateSum aggregate = iota
	aggregateMin
	aggregateMax
)

func (a aggregate) combine(x, y float64) float64 {
	switch a {
	case aggregateMin:
		if y < x {
			return y
		}
		return x
	case aggregateMax:
		if y > x {
			return y
		}
		return x
	}
	if x += y; math.IsNaN(x) {
		return 0 // inf and -inf, as in redis-server
	}
	return x
}

// input is one source: a sorted set, or a set whose members all score 1.
type input struct {
	zset   keyspace.ZSet
	set    keyspace.Set
	isSet  bool
	weight float64
}

func openInputs(c *command.Ctx, keys [][]byte) ([]input, error) {
	in := make([]input, len(keys))
	for i, key := range keys {
		t, err := c.Keys.Type(c.DB, key)
		if err != nil {
			return nil, err
		}
		in[i].weight = 1
		if t == keyspace.TypeSet {
			in[i].isSet = true
			in[i].set, err = c.Keys.Set(c.DB, key)
		} else {
			in[i].zset, err = c.Keys.ZSet(c.DB, key)
		}
		if err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (in *input) len() int64 {
	if in.isSet {
		return in.set.Len()
	}
	return in.zset.Len()
}

func (in *input) weighted(score float64) float64 {
	if score *= in.weight; math.IsNaN(score) {
		return 0 // 0 times inf, as in redis-server
	}
	return score
}

func (in *input) each(fn func(member []byte, score float64) (bool, error)) error {
	if in.isSet {
		return in.set.Each(func(member []byte) (bool, error) { return fn(member, in.weighted(1)) })
	}
	return in.zset.Each(func(member []byte, score float64) (bool, error) { return fn(member, in.weighted(score)) })
}

// score is a member's score times the weight. 0 times inf is NaN here, which
// combine takes as redis-server does.
func (in *input) score(member []byte) (float64, bool, error) {
	if in.isSet {
		ok, err := in.set.Has(member)
		return in.weight, ok, err
	}
	score, ok, err := in.zset.Score(member)
	return score * in.weight, ok, err
}

// bySize puts the smallest inputs first, as redis-server does: the order in which
// floating-point numbers are added can be seen in the sum.
func bySize(in []input) {
	slices.SortStableFunc(in, func(a, b input) int { return cmp.Compare(a.len(), b.len()) })
}

// replyOperation is ZUNION and its like.
func replyOperation(c *command.Ctx, op operation) error {
	result, withScores, err := evaluate(c, 1, op)
	if err != nil {
		return err
	}
	slices.SortFunc(result, func(a, b scored) int {
		if a.score != b.score {
			if a.score < b.score {
				return -1
			}
			return 1
		}
		return strings.Compare(a.member, b.member)
	})
	w := beginPairs(c, withScores)
	for _, m := range result {
		w.add([]byte(m.member), m.score)
	}
	w.end()
	return nil
}

// storeOperation is ZUNIONSTORE and its like.
func storeOperation(c *command.Ctx, op operation) error {
	result, _, err := evaluate(c, 2, op)
	if err != nil {
		return err
	}
	return replace(c, c.Args[1], result)
}

// evaluate reads the command from the number of keys at numkeys on and runs it.
func evaluate(c *command.Ctx, numkeys int, op operation) (result []scored, withScores bool, err error) {
	keys, err := inputKeys(c.Args, numkeys)
	if err != nil {
		return nil, false, err
	}
	first, rest := numkeys+1, numkeys+1+len(keys)
	in, err := openInputs(c, c.Args[first:rest])
	if err != nil {
		return nil, false, err
	}
	diff := strings.HasPrefix(c.Spec.Name, "zdiff")
	agg, withScores, err := parseOperation(c.Args[rest:], in, !diff, numkeys == 1)
	if err != nil {
		return nil, false, err
	}
	result, err = op(in, agg)
	return result, withScores, err
}

// parseOperation reads WEIGHTS, AGGREGATE (where weigh allows them) and
// WITHSCORES (where scores allows it).
func parseOperation(args [][]byte, in []input, weigh, scores bool) (agg aggregate, withScores bool, err error) {
	for len(args) > 0 {
		switch {
		case weigh && len(args) > len(in) && command.Is(args[0], "WEIGHTS"):
			for i := range in {
				if in[i].weight, err = command.ParseFloat(args[1+i]); err != nil {
					return agg, false, errWeight
				}
			}
			args = args[1+len(in):]
		case weigh && len(args) >= 2 && command.Is(args[0], "AGGREGATE"):
			switch {
			case command.Is(args[1], "SUM"):
				agg = aggregateSum
			case command.Is(args[1], "MIN"):
				agg = aggregateMin
			case command.Is(args[1], "MAX"):
				agg = aggregateMax
			default:
				return agg, false, command.ErrSyntax
			}
			args = args[2:]
		case scores && command.Is(args[0], "WITHSCORES"):
			withScores, args = true, args[1:]
		default:
			return agg, false, command.ErrSyntax
		}
	}
	return agg, withScores, nil
}

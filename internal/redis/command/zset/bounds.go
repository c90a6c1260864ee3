package zset

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

const (
	errScoreBound command.Error = "ERR min or max is not a float"
	errLexBound   command.Error = "ERR min or max not valid string range item"
)

// parseScoreBound reads a score, "(" before it to exclude it. It is what strtod
// reads: blanks may come first, what is too large is infinite, and nothing is 0.
func parseScoreBound(arg []byte) (keyspace.ScoreBound, error) {
	var b keyspace.ScoreBound
	if len(arg) > 0 && arg[0] == '(' {
		b.Exclusive, arg = true, arg[1:]
	}
	var err error
	if b.Score, err = command.ParseCFloat(arg); err != nil || math.IsNaN(b.Score) {
		return b, errScoreBound
	}
	return b, nil
}

// parseLexBound reads "[name", "(name", "-" or "+".
func parseLexBound(arg []byte) (keyspace.LexBound, error) {
	switch {
	case len(arg) == 1 && arg[0] == '-':
		return keyspace.LexBound{Infinite: -1}, nil
	case len(arg) == 1 && arg[0] == '+':
		return keyspace.LexBound{Infinite: 1}, nil
	case len(arg) > 0 && arg[0] == '[':
		return keyspace.LexBound{Member: arg[1:]}, nil
	case len(arg) > 0 && arg[0] == '(':
		return keyspace.LexBound{Member: arg[1:], Exclusive: true}, nil
	}
	return keyspace.LexBound{}, errLexBound
}

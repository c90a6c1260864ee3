package stream

import (
	"slices"
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

const (
	errTwoTrims    command.Error = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
	errMaxLen      command.Error = "ERR The MAXLEN argument must be >= 0."
	errLimit       command.Error = "ERR The LIMIT argument must be >= 0."
	errLimitAlone  command.Error = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
	errLimitExact  command.Error = "ERR syntax error, LIMIT cannot be used without the special ~ option"
	errTrimNothing command.Error = "ERR syntax error, XTRIM must be called with a trimming strategy"
)

// trimOptions are MAXLEN, MINID and LIMIT.
type trimOptions struct {
	trim       keyspace.Trim
	given      bool
	limitGiven bool
	behind     int // the number of arguments from ~ on, 0 without it
}

// parse reads one of the options, and returns how many arguments it took: 0 if
// it is another.
func (o *trimOptions) parse(args [][]byte) (n int, err error) {
	if len(args) < 2 {
		return 0, nil
	}
	byID := command.Is(args[0], "MINID")
	switch {
	case byID || command.Is(args[0], "MAXLEN"):
		if o.given {
			return 0, errTwoTrims
		}
		n, o.given = 2, true
		o.trim.ByID = byID
		if len(args) > 2 && (string(args[1]) == "~" || string(args[1]) == "=") {
			o.trim.Approx = args[1][0] == '~'
			o.behind = len(args) - 1
			n, args = 3, args[1:]
		}
		if byID {
			o.trim.MinID, err = parseID(args[1], 0)
			return n, err
		}
		if o.trim.MaxLen, err = command.ParseInt(args[1]); err == nil && o.trim.MaxLen < 0 {
			err = errMaxLen
		}
		return n, err
	case command.Is(args[0], "LIMIT"):
		o.limitGiven = true
		if o.trim.Limit, err = command.ParseInt(args[1]); err == nil && o.trim.Limit < 0 {
			err = errLimit
		}
		return 2, err
	}
	return 0, nil
}

// exact is a command's words with the trimming that it came to in place of the
// approximate one it asked for: a replica's nodes hold other numbers of entries. Its
// LIMIT stays, which a replica does not heed.
func (o *trimOptions) exact(args [][]byte, s *keyspace.Stream) [][]byte {
	if !o.trim.Approx {
		return args
	}
	args = slices.Clone(args)
	operator := len(args) - o.behind
	args[operator] = []byte("=")
	if o.trim.ByID {
		args[operator+1] = appendID(nil, s.FirstID())
	} else {
		args[operator+1] = strconv.AppendInt(nil, s.Len(), 10)
	}
	return args
}

// finish checks the options together and sets the limit that ~ has by itself.
func (o *trimOptions) finish(c *command.Ctx) error {
	switch {
	case o.trim.Limit > 0 && !o.given:
		return errLimitAlone
	case o.limitGiven && !o.trim.Approx:
		return errLimitExact
	case !o.limitGiven && o.trim.Approx:
		o.trim.Limit = 100 * min(nodeLimits(c).Entries, 10_000)
		if o.trim.Limit == 0 {
			o.trim.Limit = 10_000
		}
	}
	return nil
}

// nodeLimits are the server's parameters, or their defaults where there is no
// server (a test).
func nodeLimits(c *command.Ctx) keyspace.NodeLimits {
	if c.Server == nil {
		return keyspace.NodeLimits{Entries: 100, Bytes: 4096}
	}
	p := c.Server.Params()
	return keyspace.NodeLimits{Entries: p.Int("stream-node-max-entries"), Bytes: p.Int("stream-node-max-bytes")}
}

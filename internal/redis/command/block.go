package command

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Wait is what a blocking command that found nothing asks for: to be run again
// when one of its keys has something, or to be answered when the time is over.
type Wait struct {
	// Keys are waited for, in the command's database; Type is what they must hold
	// then. A key of a stream is reported at every change, of other types when it
	// is created.
	Keys [][]byte
	Type keyspace.Type
	// Gone has the command run again, too, when a key that held a stream is
	// deleted or holds something else.
	Gone bool
	// Timeout is in milliseconds; 0 is for ever.
	Timeout int64
	// Args replaces the command's words when it runs again: XREAD's $ becomes the
	// id it meant. Nil: the same words.
	Args [][]byte
	// Done, if set, is asked whenever a replica has acknowledged something: the
	// wait ends, as if the time were over, once it returns true.
	Done func() bool
	// Empty writes the reply when the time is over, and where commands may not
	// block: in transactions and scripts.
	Empty func(*resp.Writer)
}

// Block ends a handler that found nothing. It writes nothing, unless the command
// may not block here.
func (c *Ctx) Block(w Wait) error {
	if !c.MayBlock {
		w.Empty(c.Out)
		return nil
	}
	c.Wait = &w
	return nil
}

// Looks reports whether a handler is to look at a key: all of them, unless it runs
// again because of a certain one.
func (c *Ctx) Looks(key []byte) bool {
	return c.Ready == nil || string(c.Ready) == string(key)
}

// ParseTimeout reads a blocking command's timeout in seconds, and returns
// milliseconds.
func ParseTimeout(arg []byte) (int64, error) {
	seconds, err := ParseFloat(arg)
	if err != nil {
		return 0, ErrTimeout
	}
	switch ms := math.Ceil(seconds * 1000); {
	case ms < 0:
		return 0, ErrNegTimeout
	case ms > maxTimeout:
		return 0, ErrTimeoutRange
	default:
		return int64(ms), nil
	}
}

// maxTimeout leaves room to add the present time, in milliseconds.
const maxTimeout = math.MaxInt64/2 - 1

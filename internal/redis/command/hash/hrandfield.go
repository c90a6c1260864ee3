package hash

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var hrandfieldSpec = &command.Spec{
	Name:     "hrandfield",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "hash", "slow"},
	Group:      "hash",
	Since:      "6.2.0",
	Complexity: "O(N) where N is the number of fields returned",
	Summary:    "Get one or multiple random fields from a hash",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "options", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer"},
			{Name: "withvalues", Type: "pure-token", Token: "WITHVALUES", Optional: true},
		}},
	},
	Handler: runHrandfield,
}

func runHrandfield(c *command.Ctx) error {
	if len(c.Args) == 2 {
		return randomOne(c)
	}
	count, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if count < -math.MaxInt64 {
		return command.ErrLongRange
	}
	withValues := len(c.Args) == 4 && command.Is(c.Args[3], "WITHVALUES")
	if len(c.Args) > 4 || len(c.Args) == 4 && !withValues {
		return command.ErrSyntax
	}
	if count < -math.MaxInt64/2 || count > math.MaxInt64/2 && withValues {
		return command.ErrOutOfRange
	}
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	out := fieldWriter{c, withValues}
	if count < 0 {
		return out.repeated(&h, -count)
	}
	return out.distinct(&h, count)
}

func randomOne(c *command.Ctx) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	field, _, err := h.Random()
	if err != nil {
		return err
	}
	if field == nil {
		c.Out.Null()
	} else {
		c.Out.Bulk(field)
	}
	return nil
}

// fieldWriter writes random fields: pairs are nested arrays in RESP3 only.
type fieldWriter struct {
	c          *command.Ctx
	withValues bool
}

// length is that of a reply with n fields.
func (w fieldWriter) length(n int64) int {
	if w.withValues && w.c.Out.Proto < 3 {
		n *= 2
	}
	return int(n)
}

// distinct writes up to count different fields.
func (w fieldWriter) distinct(h *keyspace.Hash, count int64) error {
	list, n := w.c.Out.Later(), int64(0)
	err := h.RandomDistinct(min(count, h.Len()), func(field, value []byte) error {
		n++
		w.write(field, value)
		return nil
	})
	w.c.Out.Close(list, w.length(n))
	return err
}

func (w fieldWriter) write(field, value []byte) {
	if w.withValues && w.c.Out.Proto >= 3 {
		w.c.Out.Array(2)
	}
	w.c.Out.Bulk(field)
	if w.withValues {
		w.c.Out.Bulk(value)
	}
}

// repeated writes n fields, the same one perhaps several times. The reply grows
// with n, which the client chose; the limit on a client's output ends it.
func (w fieldWriter) repeated(h *keyspace.Hash, n int64) error {
	field, value, err := h.Random()
	if err != nil {
		return err
	}
	if field == nil {
		w.c.Out.Array(0)
		return nil
	}
	if n > maxRepeated {
		return command.ErrOutOfRange
	}
	w.c.Out.Array(w.length(n))
	for ; n > 1; n-- {
		w.write(field, value)
		if field, value, err = h.Random(); err != nil {
			return err
		}
	}
	w.write(field, value)
	return nil
}

// maxRepeated bounds the reply to a negative count: it is made in memory whole.
const maxRepeated = 10_000_000

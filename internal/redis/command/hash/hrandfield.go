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
	count = min(count, h.Len())
	out.begin(count)
	return h.RandomDistinct(count, func(field, value []byte) error {
		out.write(field, value)
		return nil
	})
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

func (w fieldWriter) begin(n int64) {
	if w.withValues && w.c.Out.Proto < 3 {
		n *= 2
	}
	w.c.Out.Array(int(n))
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
	if !h.Exists() {
		w.c.Out.Array(0)
		return nil
	}
	if n > maxRepeated {
		return command.ErrOutOfRange
	}
	w.begin(n)
	for range n {
		field, value, err := h.Random()
		if err != nil {
			return err
		}
		w.write(field, value)
	}
	return nil
}

// maxRepeated bounds the reply to a negative count: it is made in memory whole.
const maxRepeated = 10_000_000

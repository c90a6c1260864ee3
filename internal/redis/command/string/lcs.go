package str

import (
	"errors"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var lcsSpec = &command.Spec{
	Name:     "lcs",
	Arity:    -3,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"read", "string", "slow"},
	Group:      "string",
	Since:      "7.0.0",
	Complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
	Summary:    "Find longest common substring",
	Args: []command.Arg{
		{Name: "key1", Type: "key", KeySpec: 1},
		{Name: "key2", Type: "key", KeySpec: 1},
		{Name: "len", Type: "pure-token", Token: "LEN", Optional: true},
		{Name: "idx", Type: "pure-token", Token: "IDX", Optional: true},
		{Name: "len", Type: "integer", Token: "MINMATCHLEN", Optional: true},
		{Name: "withmatchlen", Type: "pure-token", Token: "WITHMATCHLEN", Optional: true},
	},
	Long:    true,
	Handler: runLcs,
}

const (
	errLCSStrings command.Error = "ERR The specified keys must contain string values"
	errLCSBoth    command.Error = "ERR If you want both the length and indexes, please just use IDX."
	errLCSMemory  command.Error = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
)

type lcsOptions struct {
	length, indexes, matchLengths bool
	minMatch                      int64
}

func parseLCSOptions(args [][]byte) (o lcsOptions, err error) {
	for i := 0; i < len(args); i++ {
		switch {
		case command.Is(args[i], "IDX"):
			o.indexes = true
		case command.Is(args[i], "LEN"):
			o.length = true
		case command.Is(args[i], "WITHMATCHLEN"):
			o.matchLengths = true
		case command.Is(args[i], "MINMATCHLEN") && i+1 < len(args):
			i++
			if o.minMatch, err = command.ParseInt(args[i]); err != nil {
				return o, err
			}
			o.minMatch = max(o.minMatch, 0)
		default:
			return o, command.ErrSyntax
		}
	}
	if o.indexes && o.length {
		return o, errLCSBoth
	}
	return o, nil
}

func runLcs(c *command.Ctx) error {
	var keys [2]keyspace.Key
	for i := range keys {
		var err error
		keys[i], err = c.Keys.String(c.DB, c.Args[1+i])
		if errors.Is(err, command.ErrWrongType) {
			return errLCSStrings
		}
		if err != nil {
			return err
		}
	}
	o, err := parseLCSOptions(c.Args[3:])
	if err != nil {
		return err
	}
	if uint64(keys[0].Len()+1)*uint64(keys[1].Len()+1)*4 > keyspace.MaxString {
		return errLCSMemory
	}
	a, err := keys[0].Value()
	if err != nil {
		return err
	}
	b, err := keys[1].Value()
	if err != nil {
		return err
	}
	table := newLCSTable(a, b)
	switch {
	case o.indexes:
		table.writeMatches(c, o)
	case o.length:
		c.Out.Int(int64(table.at(len(a), len(b))))
	default:
		c.Out.Bulk(table.subsequence())
	}
	return nil
}

// lcsTable holds the length of the longest common subsequence of every pair of
// prefixes of a and b.
type lcsTable struct {
	a, b    []byte
	lengths []uint32
}

func newLCSTable(a, b []byte) *lcsTable {
	t := &lcsTable{a, b, make([]uint32, (len(a)+1)*(len(b)+1))}
	width := len(b) + 1
	for i := 1; i <= len(a); i++ {
		row, above := t.lengths[i*width:(i+1)*width], t.lengths[(i-1)*width:i*width]
		for j := 1; j <= len(b); j++ {
			if a[i-1] == b[j-1] {
				row[j] = above[j-1] + 1
			} else {
				row[j] = max(above[j], row[j-1])
			}
		}
	}
	return t
}

func (t *lcsTable) at(i, j int) uint32 { return t.lengths[i*(len(t.b)+1)+j] }

// walk goes back from the ends of both strings and calls match for each place
// where they agree.
func (t *lcsTable) walk(match func(i, j int)) {
	i, j := len(t.a), len(t.b)
	for i > 0 && j > 0 {
		switch {
		case t.a[i-1] == t.b[j-1]:
			i--
			j--
			match(i, j)
		case t.at(i-1, j) > t.at(i, j-1):
			i--
		default:
			j--
		}
	}
}

func (t *lcsTable) subsequence() []byte {
	n := t.at(len(t.a), len(t.b))
	s := make([]byte, n)
	t.walk(func(i, _ int) {
		n--
		s[n] = t.a[i]
	})
	return s
}

// lcsMatch is a stretch that both strings have in common.
type lcsMatch struct{ a, b, n int64 }

// writeMatches replies with the matching stretches, the last one first.
func (t *lcsTable) writeMatches(c *command.Ctx, o lcsOptions) {
	var matches []lcsMatch
	t.walk(func(i, j int) {
		a, b := int64(i), int64(j)
		if n := len(matches); n > 0 && matches[n-1].a == a+1 && matches[n-1].b == b+1 {
			matches[n-1] = lcsMatch{a, b, matches[n-1].n + 1}
			return
		}
		matches = append(matches, lcsMatch{a, b, 1})
	})
	long := matches[:0]
	for _, m := range matches {
		if m.n >= o.minMatch {
			long = append(long, m)
		}
	}
	c.Out.Map(2)
	c.Out.BulkString("matches")
	c.Out.Array(len(long))
	for _, m := range long {
		if o.matchLengths {
			c.Out.Array(3)
		} else {
			c.Out.Array(2)
		}
		for _, start := range []int64{m.a, m.b} {
			c.Out.Array(2)
			c.Out.Int(start)
			c.Out.Int(start + m.n - 1)
		}
		if o.matchLengths {
			c.Out.Int(m.n)
		}
	}
	c.Out.BulkString("len")
	c.Out.Int(int64(t.at(len(t.a), len(t.b))))
}

package stream

import (
	"bytes"
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var xaddSpec = &command.Spec{
	Name:     "xadd",
	Arity:    -5,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "stream", "fast"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
	Summary:    "Appends a new entry to a stream",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "nomkstream", Type: "pure-token", Token: "NOMKSTREAM", Optional: true},
		{Name: "trim", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "strategy", Type: "oneof", Args: []command.Arg{
				{Name: "maxlen", Type: "pure-token", Token: "MAXLEN"},
				{Name: "minid", Type: "pure-token", Token: "MINID"},
			}},
			{Name: "operator", Type: "oneof", Optional: true, Args: []command.Arg{
				{Name: "equal", Type: "pure-token", Token: "="},
				{Name: "approximately", Type: "pure-token", Token: "~"},
			}},
			{Name: "threshold", Type: "string"},
			{Name: "count", Type: "integer", Token: "LIMIT", Optional: true},
		}},
		{Name: "id_or_auto", Type: "oneof", Args: []command.Arg{
			{Name: "auto_id", Type: "pure-token", Token: "*"},
			{Name: "id", Type: "string"},
		}},
		{Name: "field_value", Type: "block", Multiple: true, Args: []command.Arg{
			{Name: "field", Type: "string"},
			{Name: "value", Type: "string"},
		}},
	},
	Handler: runXadd,
}

const (
	errAddZero   command.Error = "ERR The ID specified in XADD must be greater than 0-0"
	errAddSmall  command.Error = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
	errExhausted command.Error = "ERR The stream has exhausted the last possible ID, unable to add more items"
	errTooLarge  command.Error = "ERR Elements are too large to be stored"
)

// maxEntry is the size of an entry's fields and values that redis-server refuses
// to exceed.
const maxEntry = 1 << 30

// addOptions are XADD's.
type addOptions struct {
	trimOptions
	noMkStream bool
	id         keyspace.StreamID
	auto       bool // *: the whole id is made
	autoSeq    bool // ms-*: its number is
}

// parseAdd reads the options and the id, and returns the fields and values.
func parseAdd(c *command.Ctx) (o addOptions, pairs [][]byte, err error) {
	args := c.Args[2:]
	for {
		if len(args) == 0 {
			return o, nil, command.ErrArity("xadd")
		}
		if string(args[0]) == "*" {
			o.auto = true
			break
		}
		n, err := o.parse(args)
		if err != nil {
			return o, nil, err
		}
		if n == 0 && command.Is(args[0], "NOMKSTREAM") {
			o.noMkStream, n = true, 1
		}
		if n == 0 {
			if err := o.parseNewID(args[0]); err != nil {
				return o, nil, err
			}
			break
		}
		args = args[n:]
	}
	if err := o.finish(c); err != nil {
		return o, nil, err
	}
	pairs = args[1:]
	switch {
	case len(pairs) == 0 || len(pairs)%2 != 0:
		return o, nil, command.ErrArity("xadd")
	case !o.auto && !o.autoSeq && o.id.IsZero():
		return o, nil, errAddZero
	}
	return o, pairs, nil
}

func (o *addOptions) parseNewID(arg []byte) (err error) {
	if ms, ok := bytes.CutSuffix(arg, []byte("-*")); ok && bytes.IndexByte(ms, '-') < 0 {
		o.autoSeq = true
		arg = ms
	}
	o.id, err = parseID(arg, 0)
	return err
}

// choose is the id of the new entry.
func (o *addOptions) choose(last keyspace.StreamID, now int64) (keyspace.StreamID, error) {
	id := o.id
	switch {
	case last == keyspace.MaxStreamID:
		return id, errExhausted
	case o.auto:
		id = keyspace.StreamID{Ms: uint64(max(now, 0))}
		if !last.Less(id) {
			id, _ = last.Next()
		}
	case o.autoSeq && id.Ms == last.Ms:
		if last.Seq == math.MaxUint64 {
			return id, errAddSmall
		}
		id.Seq = last.Seq + 1
	}
	if !last.Less(id) {
		return id, errAddSmall
	}
	return id, nil
}

func runXadd(c *command.Ctx) error {
	o, pairs, err := parseAdd(c)
	if err != nil {
		return err
	}
	s, err := c.Keys.Stream(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !s.Exists() && o.noMkStream {
		c.Out.Null()
		return nil
	}
	id, err := o.choose(s.LastID(), c.Keys.Now())
	if err != nil {
		return err
	}
	size := 0
	for _, p := range pairs {
		if size += len(p); size > maxEntry {
			return errTooLarge
		}
	}
	if err := s.Append(id, pairs, nodeLimits(c)); err != nil {
		return err
	}
	if o.given {
		if _, err := s.Trim(o.trim); err != nil {
			return err
		}
	}
	if c.Followed() {
		words := o.exact(c.Args, &s)
		words = slices.Clone(words)
		words[len(words)-len(pairs)-1] = appendID(nil, id)
		c.Propagate(words)
	}
	writeID(c, id)
	return nil
}

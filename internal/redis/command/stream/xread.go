package stream

import (
	"bytes"
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var xreadSpec = &command.Spec{
	Name:       "xread",
	Arity:      -4,
	Flags:      command.ReadOnly | command.Blocking | command.MovableKeys,
	Keys:       streamsKeys,
	Categories: []string{"read", "stream", "slow", "blocking"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD will pay O(M) time in order to serve the M clients blocked on the stream getting new data.",
	Summary:    "Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each stream. Can block.",
	Args: []command.Arg{
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		{Name: "milliseconds", Type: "integer", Token: "BLOCK", Optional: true},
		{Name: "streams", Type: "block", Token: "STREAMS", Args: []command.Arg{
			{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
			{Name: "id", Type: "string", Multiple: true},
		}},
	},
	Handler: runXread,
}

var xreadgroupSpec = &command.Spec{
	Name:       "xreadgroup",
	Arity:      -7,
	Flags:      command.Write | command.Blocking | command.MovableKeys,
	Keys:       streamsKeys,
	Categories: []string{"write", "stream", "slow", "blocking"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
	Summary:    "Return new entries from a stream using a consumer group, or access the history of the pending entries for a given consumer. Can block.",
	Args: []command.Arg{
		{Name: "group_consumer", Type: "block", Token: "GROUP", Args: []command.Arg{
			{Name: "group", Type: "string"},
			{Name: "consumer", Type: "string"},
		}},
		{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		{Name: "milliseconds", Type: "integer", Token: "BLOCK", Optional: true},
		{Name: "noack", Type: "pure-token", Token: "NOACK", Optional: true},
		{Name: "streams", Type: "block", Token: "STREAMS", Args: []command.Arg{
			{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
			{Name: "id", Type: "string", Multiple: true},
		}},
	},
	Handler: runXreadgroup,
}

const (
	errUnbalanced   command.Error = "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."
	errReadGroup    command.Error = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
	errReadNoack    command.Error = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
	errMissingGroup command.Error = "ERR Missing GROUP option for XREADGROUP"
	errDollar       command.Error = "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set."
	errPlus         command.Error = "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set."
	errGreater      command.Error = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
	errBlockTimeout command.Error = "ERR timeout is not an integer or out of range"
	errKeyGone      command.Error = "UNBLOCKED the stream key no longer exists"
	errGroupGone    command.Error = "NOGROUP the consumer group this client was blocked on no longer exists"
)

// blockedCount is how many entries a client that waited gets at most, unless it
// said: its id may be far back.
const blockedCount = 1000

// streamsKeys finds the keys after STREAMS: the first half of what follows.
func streamsKeys(args [][]byte) ([]int, error) {
	for i := 1; i < len(args); i++ {
		switch {
		case command.Is(args[i], "BLOCK"), command.Is(args[i], "COUNT"):
			i++
		case command.Is(args[i], "GROUP"):
			i += 2
		case command.Is(args[i], "STREAMS"):
			n := (len(args) - i - 1) / 2
			keys := make([]int, n)
			for j := range keys {
				keys[j] = i + 1 + j
			}
			return keys, nil
		}
	}
	return nil, nil
}

// reading is an XREAD or XREADGROUP.
type reading struct {
	group, consumer []byte // nil for XREAD
	noack           bool
	block           int64 // milliseconds; -1: do not
	count           int64
	first           int // the argument that is the first key
	sources         []source
}

// source is one stream to read.
type source struct {
	key    []byte
	stream keyspace.Stream
	group  *keyspace.Group
	after  keyspace.StreamID
	news   bool // ">"
}

func runXread(c *command.Ctx) error      { return read(c, false) }
func runXreadgroup(c *command.Ctx) error { return read(c, true) }

func parseReading(c *command.Ctx, grouped bool) (r reading, err error) {
	args := c.Args
	r.block = -1
	for i := 1; i < len(args) && r.first == 0; i++ {
		left := len(args) - i - 1
		switch {
		case command.Is(args[i], "BLOCK") && left > 0:
			i++
			if _, scripted := c.Session.(command.Scripted); scripted {
				return r, command.Errorf("ERR %s command is not allowed with BLOCK option from scripts", args[0])
			}
			if r.block, err = parseBlock(args[i]); err != nil {
				return r, err
			}
		case command.Is(args[i], "COUNT") && left > 0:
			i++
			if r.count, err = command.ParseInt(args[i]); err != nil {
				return r, err
			}
			r.count = max(r.count, 0)
		case command.Is(args[i], "STREAMS") && left > 0:
			if left%2 != 0 {
				return r, errUnbalanced
			}
			r.first = i + 1
			r.sources = make([]source, left/2)
		case command.Is(args[i], "GROUP") && left > 1:
			if !grouped {
				return r, errReadGroup
			}
			r.group, r.consumer = args[i+1], args[i+2]
			i += 2
		case command.Is(args[i], "NOACK"):
			if !grouped {
				return r, errReadNoack
			}
			r.noack = true
		default:
			return r, command.ErrSyntax
		}
	}
	if r.first == 0 {
		return r, command.ErrSyntax
	}
	if grouped && r.group == nil {
		return r, errMissingGroup
	}
	return r, nil
}

func parseBlock(arg []byte) (int64, error) {
	ms, err := command.ParseInt(arg)
	switch {
	case err != nil || ms > math.MaxInt64/2:
		return 0, errBlockTimeout
	case ms < 0:
		return 0, command.ErrNegTimeout
	}
	return ms, nil
}

// open opens the streams and finds what to read of each.
func (r *reading) open(c *command.Ctx) (err error) {
	for i := range r.sources {
		src := &r.sources[i]
		src.key = c.Args[r.first+i]
		if r.reopen(src, r.sources[:i]) {
			if err := src.parseAfter(c.Args[r.first+len(r.sources)+i], r.group != nil); err != nil {
				return err
			}
			continue
		}
		if src.stream, err = c.Keys.Stream(c.DB, src.key); err != nil {
			if c.Ready != nil && r.group != nil {
				return errKeyGone
			}
			return err
		}
		if r.group != nil {
			var ok bool
			if src.group, ok, err = src.stream.Group(r.group); err != nil {
				return err
			}
			if !ok {
				return r.noGroup(c, src)
			}
		}
		if err := src.parseAfter(c.Args[r.first+len(r.sources)+i], r.group != nil); err != nil {
			return err
		}
	}
	return nil
}

// reopen has a stream that is named again share its group with the first, so that
// neither undoes what the other saves.
func (r *reading) reopen(src *source, before []source) bool {
	for i := range before {
		if r.group != nil && bytes.Equal(before[i].key, src.key) {
			src.stream, src.group = before[i].stream, before[i].group
			return true
		}
	}
	return false
}

func (r *reading) noGroup(c *command.Ctx, src *source) error {
	switch {
	case c.Ready != nil && !src.stream.Exists():
		return errKeyGone
	case c.Ready != nil:
		return errGroupGone
	}
	return command.Errorf("NOGROUP No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option", src.key, r.group)
}

// parseAfter reads the id after which to read.
func (src *source) parseAfter(arg []byte, grouped bool) (err error) {
	switch {
	case string(arg) == "$" && grouped:
		return errDollar
	case string(arg) == "$":
		src.after = src.stream.LastID()
	case string(arg) == "+" && grouped:
		return errPlus
	case string(arg) == "+":
		src.after = src.stream.LastID()
		if top, ok, err := src.stream.TopID(); err != nil {
			return err
		} else if ok {
			src.after, _ = top.Prev()
		}
	case string(arg) == ">" && !grouped:
		return errGreater
	case string(arg) == ">":
		src.news, src.after = true, src.group.LastID
	default:
		src.after, err = parseID(arg, 0)
	}
	return err
}

func read(c *command.Ctx, grouped bool) error {
	r, err := parseReading(c, grouped)
	if err != nil {
		return err
	}
	if err := r.open(c); err != nil {
		return err
	}
	c.PropagateNothing() // but what it does to groups
	if c.Ready != nil && r.count == 0 {
		r.count = blockedCount
	}
	start := c.Out.Len()
	answer, n := c.Out.LaterMap(), 0
	if c.Out.Proto < 3 {
		answer = c.Out.Later()
	}
	for i := range r.sources {
		src := &r.sources[i]
		if !c.Looks(src.key) {
			continue
		}
		serves, err := r.serves(src)
		if err != nil {
			return err
		}
		if !serves {
			continue
		}
		n++
		if c.Out.Proto < 3 {
			c.Out.Array(2)
		}
		c.Out.Bulk(src.key)
		if err := r.serve(c, src); err != nil {
			return err
		}
	}
	if n > 0 {
		c.Out.Close(answer, n)
		return nil
	}
	c.Out.Truncate(start)
	if r.block < 0 {
		c.Out.NullArray()
		return nil
	}
	return r.wait(c)
}

// serves says whether there is something to reply for a stream. A consumer's
// history always is, even if it is empty.
func (r *reading) serves(src *source) (bool, error) {
	if r.group != nil && !src.news {
		return true, nil
	}
	if src.news {
		src.after = src.group.LastID // the same stream may have been read just now
	}
	top, ok, err := src.stream.TopID()
	return ok && src.after.Less(top), err
}

func (r *reading) serve(c *command.Ctx, src *source) error {
	from, ok := src.after.Next()
	if !ok {
		from = keyspace.MaxStreamID
	}
	if src.group == nil {
		return writeRange(c, &src.stream, from, keyspace.MaxStreamID, false, r.count, nil)
	}
	consumer, created, err := src.group.Use(r.consumer, c.Keys.Now())
	if err != nil {
		return err
	}
	if created && (r.noack || !src.news) {
		// Otherwise the first claim makes it.
		c.Propagate("XGROUP", "CREATECONSUMER", src.key, r.group, r.consumer)
	}
	if src.news {
		err = writeRange(c, &src.stream, from, keyspace.MaxStreamID, false, r.count, func(id keyspace.StreamID) error {
			advance(&src.stream, src.group, id)
			if r.noack {
				return nil
			}
			propagateClaim(c, src.key, r.group, src.group, keyspace.PendingEntry{
				ID: id, Consumer: r.consumer, Time: c.Keys.Now(), Count: 1,
			})
			return src.group.Assign(id, consumer, c.Keys.Now(), 1)
		})
		if err == nil && r.noack {
			propagateGroup(c, src.key, r.group, src.group)
		}
	} else {
		err = writeHistory(c, src, consumer, from, r.count)
	}
	if err != nil {
		return err
	}
	return src.group.Save()
}

// writeHistory replies with what the consumer was given and did not acknowledge;
// an entry that is gone since has null in the place of its fields.
func writeHistory(c *command.Ctx, src *source, consumer *keyspace.Consumer, from keyspace.StreamID, count int64) error {
	list, n := c.Out.Later(), 0
	err := src.group.EachPendingOf(consumer, from, func(p keyspace.PendingEntry) (bool, error) {
		pairs, ok, err := src.stream.Get(p.ID)
		if err != nil {
			return false, err
		}
		n++
		if !ok {
			c.Out.Array(2)
			writeID(c, p.ID)
			c.Out.NullArray()
		} else {
			writeEntry(c, p.ID, pairs)
			if err := src.group.Assign(p.ID, consumer, c.Keys.Now(), p.Count+1); err != nil {
				return false, err
			}
		}
		return count <= 0 || int64(n) < count, nil
	})
	c.Out.Close(list, n)
	return err
}

// wait blocks until one of the streams has news. What $ meant is kept.
func (r *reading) wait(c *command.Ctx) error {
	args := slices.Clone(c.Args)
	w := command.Wait{Type: keyspace.TypeStream, Gone: r.group != nil, Timeout: r.block, Args: args, Empty: (*resp.Writer).NullArray}
	for i := range r.sources {
		src := &r.sources[i]
		w.Keys = append(w.Keys, src.key)
		if !src.news {
			args[r.first+len(r.sources)+i] = appendID(nil, src.after)
		}
	}
	return c.Block(w)
}

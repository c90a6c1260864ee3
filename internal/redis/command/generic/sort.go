package generic

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var sortSpec = &command.Spec{
	Name:     "sort",
	Arity:    -2,
	Flags:    command.Write | command.DenyOOM | command.MovableKeys,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "set", "sortedset", "list", "slow", "dangerous"},
	Group:      "generic",
	Since:      "1.0.0",
	Complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
	Summary:    "Sort the elements in a list, set or sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "pattern", Type: "pattern", Token: "BY", Optional: true, KeySpec: 2},
		{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []command.Arg{
			{Name: "offset", Type: "integer"},
			{Name: "count", Type: "integer"},
		}},
		{Name: "pattern", Type: "pattern", Token: "GET", Optional: true, Multiple: true, MultipleToken: true, KeySpec: 2},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
		{Name: "sorting", Type: "pure-token", Token: "ALPHA", Optional: true},
		{Name: "destination", Type: "key", Token: "STORE", Optional: true, KeySpec: 3},
	},
	Long:    true,
	Keys:    sortKeys,
	Handler: runSort,
}

const errSortScore command.Error = "ERR One or more scores can't be converted into double"

// sortOptions are the options of SORT.
type sortOptions struct {
	by          []byte // nil: by the elements themselves
	unsorted    bool   // BY a pattern without *
	gets        [][]byte
	store       []byte
	descending  bool
	alpha       bool
	limit       bool
	start, size int64
}

func parseSortOptions(args [][]byte, mayStore bool) (o sortOptions, err error) {
	for ; len(args) > 0; args = args[1:] {
		switch {
		case command.Is(args[0], "ASC"):
			o.descending = false
		case command.Is(args[0], "DESC"):
			o.descending = true
		case command.Is(args[0], "ALPHA"):
			o.alpha = true
		case command.Is(args[0], "LIMIT") && len(args) > 2:
			if o.start, err = command.ParseInt(args[1]); err != nil {
				return o, err
			}
			if o.size, err = command.ParseInt(args[2]); err != nil {
				return o, err
			}
			o.limit, args = true, args[2:]
		case mayStore && command.Is(args[0], "STORE") && len(args) > 1:
			o.store, args = args[1], args[1:]
		case command.Is(args[0], "BY") && len(args) > 1:
			o.by, args = args[1], args[1:]
			o.unsorted = bytes.IndexByte(o.by, '*') < 0
		case command.Is(args[0], "GET") && len(args) > 1:
			o.gets, args = append(o.gets, args[1]), args[1:]
		default:
			return o, command.ErrSyntax
		}
	}
	return o, nil
}

// sortKeys are the key to sort and, where there is one, the key to store to: the
// last STORE counts.
func sortKeys(args [][]byte) ([]int, error) {
	keys, store := []int{1}, 0
	for i := 2; i < len(args); i++ {
		switch {
		case command.Is(args[i], "LIMIT"):
			i += 2
		case command.Is(args[i], "BY"), command.Is(args[i], "GET"):
			i++
		case command.Is(args[i], "STORE") && i+1 < len(args):
			i++
			store = i
		}
	}
	if store > 0 {
		keys = append(keys, store)
	}
	return keys, nil
}

// sortItem is an element and what it is sorted by.
type sortItem struct {
	value   []byte
	score   float64
	by      []byte
	missing bool // there is no key to sort by
}

func runSort(c *command.Ctx) error {
	o, err := parseSortOptions(c.Args[2:], true)
	if err != nil {
		return err
	}
	return sortKey(c, o)
}

// permitPatterns refuses patterns to a user who may not read every key: which keys
// they name is not known before they are read.
func permitPatterns(c *command.Ctx, o sortOptions) error {
	if c.Session == nil || c.Session.User().Unlimited() || c.Session.User().ReadsAllKeys(c.Spec.Request(c.Args)) {
		return nil
	}
	switch {
	case o.by != nil && !o.unsorted:
		return command.Errorf("ERR BY option of SORT denied due to insufficient ACL permissions.")
	case len(o.gets) > 0:
		return command.Errorf("ERR GET option of SORT denied due to insufficient ACL permissions.")
	}
	return nil
}

func sortKey(c *command.Ctx, o sortOptions) error {
	if err := permitPatterns(c, o); err != nil {
		return err
	}
	items, ordered, err := sortInput(c, o)
	if err != nil {
		return err
	}
	start, end := o.window(int64(len(items)))
	if !o.unsorted || ordered {
		if err := sortItems(c, items, o, ordered); err != nil {
			return err
		}
	}
	items = items[start:end]
	if o.store != nil {
		return storeSorted(c, items, o)
	}
	c.Out.Array(len(items) * max(1, len(o.gets)))
	return eachSorted(c, items, o, func(value []byte, ok bool) error {
		if ok {
			c.Out.Bulk(value)
		} else {
			c.Out.Null()
		}
		return nil
	})
}

// window is the part of n elements that LIMIT leaves.
func (o *sortOptions) window(n int64) (start, end int64) {
	if !o.limit {
		return 0, n
	}
	start = min(max(o.start, 0), n)
	if o.size < 0 {
		return start, n
	}
	return start, start + min(o.size, n-start)
}

// enough is the number of elements that decide the result: all, unless they keep their
// order.
func (o *sortOptions) enough(ordered bool) int64 {
	start := max(o.start, 0)
	if !o.unsorted || ordered || !o.limit || o.size < 0 || o.size > math.MaxInt64-start {
		return math.MaxInt64
	}
	return start + o.size
}

// sortInput reads the elements, as many as it takes. ordered says that they must be sorted by their
// bytes although the command says not to sort: a set has no order, and STORE
// must give the same result each time.
func sortInput(c *command.Ctx, o sortOptions) (items []sortItem, ordered bool, err error) {
	key := c.Args[1]
	k, err := c.Keys.Key(c.DB, key)
	if err != nil {
		return nil, false, err
	}
	_, inScript := c.Session.(command.Scripted)
	ordered = k.Type == keyspace.TypeSet && o.unsorted && (o.store != nil || inScript)
	most := o.enough(ordered)
	add := func(value []byte) (more bool) {
		if int64(len(items)) < most {
			items = append(items, sortItem{value: bytes.Clone(value)})
		}
		return int64(len(items)) < most
	}
	switch k.Type {
	case keyspace.TypeNone:
	case keyspace.TypeList:
		l, err := c.Keys.List(c.DB, key)
		if err != nil {
			return nil, false, err
		}
		walk := l.Range
		if o.unsorted && o.descending {
			walk = l.RangeBack
		}
		err = walk(0, l.Len()-1, func(_ int64, value []byte) (bool, error) { return add(value), nil })
		return items, false, err
	case keyspace.TypeSet:
		s, err := c.Keys.Set(c.DB, key)
		if err != nil {
			return nil, false, err
		}
		err = s.Each(func(member []byte) (bool, error) { return add(member), nil })
		return items, ordered, err
	case keyspace.TypeZSet:
		z, err := c.Keys.ZSet(c.DB, key)
		if err != nil {
			return nil, false, err
		}
		err = z.RangeByRank(0, z.Len()-1, o.unsorted && o.descending, func(member []byte, _ float64) (bool, error) { return add(member), nil })
		return items, false, err
	default:
		return nil, false, command.ErrWrongType
	}
	return nil, false, nil
}

func sortItems(c *command.Ctx, items []sortItem, o sortOptions, ordered bool) error {
	if ordered {
		o.by, o.alpha = nil, true
	}
	for i := range items {
		if err := items[i].weigh(c, o); err != nil {
			return err
		}
	}
	slices.SortStableFunc(items, func(a, b sortItem) int {
		if o.descending {
			return b.compare(&a, o.alpha)
		}
		return a.compare(&b, o.alpha)
	})
	return nil
}

// weigh finds what the item is sorted by.
func (s *sortItem) weigh(c *command.Ctx, o sortOptions) error {
	s.by = s.value
	if o.by != nil {
		value, ok, err := lookupPattern(c, o.by, s.value)
		if err != nil {
			return err
		}
		s.by, s.missing = value, !ok
	}
	if o.alpha || s.missing {
		return nil
	}
	if len(s.by) == 0 {
		return nil // as strtod has it
	}
	score, err := command.ParseFloat(bytes.TrimLeft(s.by, " \t\n\v\f\r"))
	if err != nil {
		return errSortScore
	}
	s.score = score
	return nil
}

func (s *sortItem) compare(other *sortItem, alpha bool) int {
	if !alpha {
		switch {
		case s.score < other.score:
			return -1
		case s.score > other.score:
			return 1
		}
		return bytes.Compare(s.value, other.value)
	}
	switch {
	case s.missing && other.missing:
		return 0
	case s.missing:
		return -1
	case other.missing:
		return 1
	}
	return bytes.Compare(s.by, other.by)
}

// lookupPattern is the value that a BY or GET pattern names for an element: the
// element itself for "#", else the string, or the field after "->" of the hash,
// whose key is the pattern with the element in the place of its first "*". Such
// keys are read without a lock, one at a time.
func lookupPattern(c *command.Ctx, pattern, element []byte) (value []byte, ok bool, err error) {
	if string(pattern) == "#" {
		return element, true, nil
	}
	before, after, found := bytes.Cut(pattern, []byte("*"))
	if !found {
		return nil, false, nil
	}
	after, field, isHash := bytes.Cut(after, []byte("->"))
	if isHash && len(field) == 0 {
		after, isHash = append(after[:len(after):len(after)], "->"...), false
	}
	key := slices.Concat(before, element, after)
	if isHash {
		h, err := c.Keys.Hash(c.DB, key)
		if err == nil {
			value, ok, err = h.Get(field)
		}
		return value, ok, orMissing(err)
	}
	value, ok, err = c.Keys.GetString(c.DB, key)
	return value, ok, orMissing(err)
}

// orMissing lets a key of the wrong type count as none.
func orMissing(err error) error {
	if errors.Is(err, command.ErrWrongType) {
		return nil
	}
	return err
}

// eachSorted calls fn with what the GET patterns give for each item.
func eachSorted(c *command.Ctx, items []sortItem, o sortOptions, fn func(value []byte, ok bool) error) error {
	for i := range items {
		if len(o.gets) == 0 {
			if err := fn(items[i].value, true); err != nil {
				return err
			}
			continue
		}
		for _, pattern := range o.gets {
			value, ok, err := lookupPattern(c, pattern, items[i].value)
			if err != nil {
				return err
			}
			if err := fn(value, ok); err != nil {
				return err
			}
		}
	}
	return nil
}

// storeSorted puts the result into the list o.store; a missing value is "".
func storeSorted(c *command.Ctx, items []sortItem, o sortOptions) error {
	var values [][]byte
	err := eachSorted(c, items, o, func(value []byte, _ bool) error {
		values = append(values, value)
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := c.Keys.Delete(c.DB, o.store); err != nil {
		return err
	}
	l, err := c.Keys.List(c.DB, o.store)
	if err != nil {
		return err
	}
	if err := l.PushBack(values...); err != nil {
		return err
	}
	c.Out.Int(int64(len(values)))
	return nil
}

package differential

import (
	"slices"
	"strings"
)

// exception is a command whose replies may differ in a way that is told here,
// and why.
type exception struct {
	commands string // names, separated by blanks
	why      string
	settle   func(words []string, want, got *node)
}

var exceptions = []exception{
	{
		"keys smembers sinter sunion sdiff hkeys hvals",
		"the order of a set is the hash table's or, in a small one, that of insertion; ours is by name",
		func(_ []string, want, got *node) { want.sort(1); got.sort(1) },
	},
	{
		"hgetall",
		"as above, in pairs",
		func(_ []string, want, got *node) { want.sort(2); got.sort(2) },
	},
	{
		"scan hscan sscan zscan spop srandmember hrandfield zrandmember randomkey",
		"the choice is the server's; scans are compared when they are followed to their end",
		func(_ []string, want, got *node) { sameShape(want, got) },
	},
	{
		"sort sort_ro",
		"BY a constant, or BY weights that are the same, leaves a set in its own order, as above",
		func(words []string, want, got *node) {
			for i, w := range words {
				if i+1 == len(words) || !strings.EqualFold(w, "BY") {
					continue
				}
				want.sort(1)
				got.sort(1)
				if slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "LIMIT") }) {
					sameShape(want, got)
				}
			}
		},
	},
	{
		"ttl pttl expiretime pexpiretime",
		"the two servers' clocks are read a moment apart",
		func(_ []string, want, got *node) { closeNumbers(want, got, 20_000) },
	},
	{
		"object|encoding",
		"redis-server keeps the encoding that a value once needed; ours is what it needs now",
		func(_ []string, want, got *node) {
			for _, sizes := range []string{"raw embstr int", "hashtable listpack", "skiplist listpack", "hashtable intset"} {
				_, smaller, ok := strings.Cut(sizes, want.text)
				if ok && strings.Contains(smaller, got.text) {
					got.text = want.text
				}
			}
		},
	},
	{
		"object|idletime",
		"as above",
		func(_ []string, want, got *node) { closeNumbers(want, got, 20) },
	},
	{
		"xpending",
		"as above, for how long an entry is pending",
		func(_ []string, want, got *node) {
			for i := range min(len(want.items), len(got.items)) {
				if w, g := want.items[i].items, got.items[i].items; len(w) == 4 && len(g) == 4 {
					closeNumbers(w[2], g[2], 20_000)
				}
			}
		},
	},
	{
		"xinfo",
		"as above, for idle times and the times of deliveries",
		closeTimes,
	},
}

// newerTexts are error texts of redis-server 7.0 and what 7.2 has in their place.
var newerTexts = map[string]string{
	"ERR timeout is negative": "ERR timeout is out of range",
}

// normalize changes replies that may differ so that they are equal if they
// differ only so.
func normalize(words []string, want, got *node) {
	if inner, ok := passedToScript(words); ok {
		normalize(inner, want, got)
		return
	}
	if want.kind == '-' {
		for older, newer := range newerTexts {
			want.text = strings.Replace(want.text, older, newer, 1)
			got.text = strings.Replace(got.text, older, newer, 1)
		}
	}
	name := strings.ToLower(words[0])
	sub := ""
	if len(words) > 1 {
		sub = name + "|" + strings.ToLower(words[1])
	}
	for _, e := range exceptions {
		names := strings.Fields(e.commands)
		if slices.Contains(names, name) || sub != "" && slices.Contains(names, sub) {
			e.settle(words, want, got)
		}
	}
}

// sameShape leaves of two replies their types and lengths.
func sameShape(want, got *node) {
	for _, n := range []*node{want, got} {
		if n.kind != '-' && !n.null {
			n.text, n.items = "(any)", nil
		}
	}
}

// closeNumbers makes integers that are nearly the same the same.
func closeNumbers(want, got *node, within int64) {
	w, ok1 := want.number()
	g, ok2 := got.number()
	if ok1 && ok2 && w >= 0 && g >= 0 && w-g <= within && g-w <= within {
		got.text = want.text
	}
	if len(want.items) == len(got.items) {
		for i := range want.items {
			closeNumbers(want.items[i], got.items[i], within)
		}
	}
}

// firstTime is less than any time of this century in milliseconds.
const firstTime = 1_000_000_000_000

// closeTimes makes times and idle times that are nearly the same the same.
func closeTimes(words []string, want, got *node) {
	if w, ok := want.number(); ok && w > firstTime {
		closeNumbers(want, got, 20_000)
	}
	for i := range min(len(want.items), len(got.items)) {
		switch {
		case i == 0:
		case want.items[i-1].text == "idle":
			closeNumbers(want.items[i], got.items[i], 20_000)
		case want.items[i-1].text == "radix-tree-nodes": // there is no such tree
			got.items[i].text = want.items[i].text
		}
		closeTimes(words, want.items[i], got.items[i])
	}
}

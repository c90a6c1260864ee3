package differential

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// node is a reply taken apart.
type node struct {
	kind  byte
	text  string
	null  bool // $-1 or *-1
	items []*node
}

func parse(b []byte) (*node, error) {
	n, rest, err := parseNode(string(b))
	if err == nil && rest != "" {
		err = fmt.Errorf("more than a reply: %q", rest)
	}
	return n, err
}

func parseNode(s string) (n *node, rest string, err error) {
	line, rest, ok := strings.Cut(s, "\r\n")
	if !ok || line == "" {
		return nil, "", fmt.Errorf("not a reply: %q", s)
	}
	n = &node{kind: line[0], text: line[1:]}
	if !strings.ContainsRune("$=*~%>", rune(n.kind)) {
		return n, rest, nil
	}
	size, err := strconv.Atoi(n.text)
	if err != nil {
		return nil, "", err
	}
	if size < 0 {
		n.null = true
		return n, rest, nil
	}
	if n.kind == '$' || n.kind == '=' {
		n.text = rest[:size]
		return n, rest[size+2:], nil
	}
	if n.text = ""; n.kind == '%' {
		size *= 2
	}
	for range size {
		var item *node
		if item, rest, err = parseNode(rest); err != nil {
			return nil, "", err
		}
		n.items = append(n.items, item)
	}
	return n, rest, nil
}

// String is the whole reply on a line; two replies are equal if their strings
// are.
func (n *node) String() string {
	switch n.kind {
	case '$', '=':
		if n.null {
			return "nil"
		}
		return strings.Trim(string(n.kind), "$") + strconv.Quote(n.text)
	case '*', '~', '%', '>':
		if n.null {
			return "nil-array"
		}
		parts := make([]string, len(n.items))
		for i, item := range n.items {
			parts[i] = item.String()
		}
		return strings.Trim(string(n.kind), "*") + "[" + strings.Join(parts, " ") + "]"
	}
	return string(n.kind) + n.text
}

// sort orders the items in groups of so many.
func (n *node) sort(size int) {
	var groups [][]*node
	for chunk := range slices.Chunk(n.items, size) {
		groups = append(groups, chunk)
	}
	key := func(group []*node) string { return (&node{kind: '*', items: group}).String() }
	slices.SortFunc(groups, func(a, b []*node) int { return strings.Compare(key(a), key(b)) })
	n.items = slices.Concat(groups...)
}

// number is an integer reply's value.
func (n *node) number() (int64, bool) {
	if n.kind != ':' {
		return 0, false
	}
	v, err := strconv.ParseInt(n.text, 10, 64)
	return v, err == nil
}

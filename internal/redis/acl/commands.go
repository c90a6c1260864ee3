package acl

import "strings"

// Categories are the categories of commands, in the order ACL CAT lists them.
var Categories = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo", "stream",
	"pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
}

// Command is what rules need to know of a command.
type Command struct {
	ID         int    // small, and its own
	Name       string // lower case: "get", "config|get"
	Categories []string
	Sub        []*Command

	parent     *Command
	categories uint32 // bits by position in Categories
}

// Table is all commands. It is immutable.
type Table struct {
	list   []*Command // subcommands after their command
	byName map[string]*Command
	words  int // of a set of commands
}

// NewTable makes the table of top-level commands. They belong to it then.
func NewTable(commands []*Command) *Table {
	t := &Table{byName: make(map[string]*Command)}
	for _, c := range commands {
		t.add(c, nil)
	}
	return t
}

func (t *Table) add(c, parent *Command) {
	c.parent = parent
	for _, name := range c.Categories {
		c.categories |= categoryBit(name)
	}
	t.list = append(t.list, c)
	t.byName[c.Name] = c
	t.words = max(t.words, c.ID/64+1)
	for _, sub := range c.Sub {
		t.add(sub, c)
	}
}

// find looks a command up by its full name in any case.
func (t *Table) find(name string) *Command { return t.byName[strings.ToLower(name)] }

// categoryBit is the bit of a category's name in any case, 0 if there is none.
func categoryBit(name string) uint32 {
	for i, category := range Categories {
		if strings.EqualFold(name, category) {
			return 1 << i
		}
	}
	return 0
}

// commandSet is a set of commands by ID.
type commandSet []uint64

func (s commandSet) has(c *Command) bool { return s.hasID(c.ID) }

func (s commandSet) hasID(id int) bool { return id/64 < len(s) && s[id/64]&(1<<(id%64)) != 0 }

func (s commandSet) put(c *Command, in bool) {
	if in {
		s[c.ID/64] |= 1 << (c.ID % 64)
	} else {
		s[c.ID/64] &^= 1 << (c.ID % 64)
	}
}

func (s commandSet) fill(in bool) {
	for i := range s {
		s[i] = 0
		if in {
			s[i] = ^uint64(0)
		}
	}
}

package tree

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
)

// node is a line and what is known of it. One without a world stands for lines that
// are not there: more of its parent's children, or why there are none.
type node struct {
	pane.Node
	world    pane.World
	parent   *node
	depth    int
	open     bool
	note     bool
	nodes    []*node
	more     bool
	failed   string
	children pane.Fetch[batch]
	counted  bool // its detail is final
	asked    time.Time
}

// batch is some of a node's children.
type batch struct {
	nodes []pane.Node
	more  bool
	fresh bool // they take the place of those there were
}

const fetchTimeout = 30 * time.Second

// expand opens a branch; its children are fetched if they are not there.
func (t *Tree) expand(n *node) tea.Cmd {
	if !n.Branch || n.open {
		return nil
	}
	n.open = true
	t.layout()
	if n.nodes != nil {
		return t.count()
	}
	return t.fetch(n, true)
}

func (t *Tree) collapse(n *node) tea.Cmd {
	n.open = false
	n.children.Cancel()
	t.layout()
	return nil
}

// more fetches the children behind those that are there.
func (t *Tree) more(n *node) tea.Cmd {
	if n == nil || !n.more || n.children.Busy() {
		return nil
	}
	return t.fetch(n, false)
}

func (t *Tree) fetch(n *node, fresh bool) tea.Cmd {
	after := ""
	if !fresh && len(n.nodes) > 0 {
		after = n.nodes[len(n.nodes)-1].ID
	}
	world, at := n.world, n.Node
	return n.children.Start(fetchTimeout, func(ctx context.Context) (batch, error) {
		nodes, more, err := world.Children(ctx, at, after)
		return batch{nodes, more, fresh}, err
	})
}

// reload fetches the children of a branch again, or those of all that are open if it
// has no name.
func (t *Tree) reload(id string) tea.Cmd {
	var cmds []tea.Cmd
	t.each(func(n *node) {
		n.asked, n.counted = time.Time{}, false
		switch {
		case id != "" && n.ID != id:
		case n.open:
			cmds = append(cmds, t.fetch(n, true))
		default:
			n.nodes = nil
		}
	})
	return tea.Batch(cmds...)
}

func (t *Tree) each(f func(n *node)) {
	var walk func(list []*node)
	walk = func(list []*node) {
		for _, n := range list {
			f(n)
			walk(n.nodes)
		}
	}
	walk(t.roots)
}

// Place is a line of the tree by its name and those above it.
type Place struct{ ID, Path string }

// Places are up to limit of the lines that are known, whether their branches are open or
// not.
func (t *Tree) Places(limit int) (list []Place) {
	var walk func(nodes []*node, above string)
	walk = func(nodes []*node, above string) {
		for _, n := range nodes {
			if len(list) >= limit {
				return
			}
			path := above + n.Label
			list = append(list, Place{n.ID, path})
			walk(n.nodes, path+" · ")
		}
	}
	walk(t.roots, "")
	return list
}

// fetched takes what has come.
func (t *Tree) fetched(msg tea.Msg) tea.Cmd {
	if d, err, ok := t.counts.Take(msg); ok {
		return t.counted(d, err)
	}
	if tick, ok := msg.(tickMsg); ok && tick.clock == t.counts.clock {
		return t.count()
	}
	var cmd tea.Cmd
	t.each(func(n *node) {
		b, err, ok := n.children.Take(msg)
		if !ok {
			return
		}
		if err != nil {
			n.failed = err.Error()
			cmd = pane.Fail(err)
			return
		}
		n.failed = ""
		t.put(n, b)
		t.layout()
		cmds := []tea.Cmd{t.count()}
		for _, c := range n.nodes {
			if c.Expanded && !c.open {
				c.Expanded = false
				cmds = append(cmds, t.expand(c))
			}
		}
		cmd = tea.Batch(cmds...)
	})
	return cmd
}

// put gives a node its children. Those that were there stay as they are: what is open
// stays open.
func (t *Tree) put(n *node, b batch) {
	old := map[string]*node{}
	if b.fresh {
		for _, c := range n.nodes {
			old[c.ID] = c
		}
		n.nodes = []*node{}
	}
	n.more = b.more
	for _, c := range b.nodes {
		known := old[c.ID]
		if known == nil {
			known = &node{world: n.world, parent: n, depth: n.depth + 1}
		}
		if c.Counted {
			c.Detail = known.Detail
		}
		known.Node = c
		n.nodes = append(n.nodes, known)
	}
}

// layout puts the open lines in order. The cursor stays on its line.
func (t *Tree) layout() {
	at := t.at(t.scroll.Cursor)
	t.lines = t.lines[:0:0]
	var walk func(list []*node)
	walk = func(list []*node) {
		for _, n := range list {
			t.lines = append(t.lines, n)
			if !n.open {
				continue
			}
			walk(n.nodes)
			switch {
			case n.more:
				t.lines = append(t.lines, &node{Node: pane.Node{Label: "… more"}, parent: n, depth: n.depth + 1})
			case n.nodes != nil && len(n.nodes) == 0:
				t.lines = append(t.lines, &node{Node: pane.Node{Label: n.Empty}, parent: n, depth: n.depth + 1})
			}
		}
	}
	walk(t.roots)
	line := t.scroll.Cursor
	for i, n := range t.lines {
		if n == at {
			line = i
		}
	}
	t.scroll.To(line, len(t.lines), t.height)
}

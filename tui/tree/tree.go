package tree

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// Tree is a pane.
type Tree struct {
	env     *pane.Env
	worlds  []pane.World
	roots   []*node
	lines   []*node // those that are open, in order
	scroll  widget.Scroll
	focused bool
	height  int
	counts  counts
	clock   int // tells previews that are out of date
}

// New is a tree of some worlds.
func New(env *pane.Env, worlds ...pane.World) *Tree {
	t := &Tree{env: env, worlds: worlds, height: 20}
	for _, w := range worlds {
		for _, n := range w.Roots() {
			t.roots = append(t.roots, &node{Node: n, world: w})
		}
	}
	t.layout()
	return t
}

// Init implements pane.Pane.
func (t *Tree) Init() tea.Cmd {
	var cmds []tea.Cmd
	for _, n := range t.roots {
		if n.Expanded && !n.open {
			cmds = append(cmds, t.expand(n))
		}
	}
	return tea.Batch(append(cmds, t.count())...)
}

// Title implements pane.Pane.
func (t *Tree) Title() string { return "orbit" }

// Focus implements pane.Focuser.
func (t *Tree) Focus(focused bool) { t.focused = focused }

// Keys implements pane.Pane.
func (t *Tree) Keys() []keymap.Action {
	return t.env.Keys.List(keymap.Open, keymap.TreeToggle, keymap.TreeSeparator, keymap.Left, keymap.Right, keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)
}

// Selected is the line under the cursor.
func (t *Tree) Selected() (pane.Node, bool) {
	if n := t.at(t.scroll.Cursor); n != nil && n.world != nil {
		return n.Node, true
	}
	return pane.Node{}, false
}

func (t *Tree) at(line int) *node {
	if line < 0 || line >= len(t.lines) {
		return nil
	}
	return t.lines[line]
}

// Update implements pane.Pane.
func (t *Tree) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return t, t.key(msg)
	case tea.MouseClickMsg:
		return t, t.click(msg)
	case tea.MouseWheelMsg:
		by := 3
		if msg.Button == tea.MouseWheelUp {
			by = -3
		}
		t.scroll.Wheel(by, len(t.lines), t.height)
		return t, t.arrived()
	case pane.Reload:
		return t, t.reload(msg.ID)
	case pane.Changed:
		return t, t.reload("")
	case previewMsg:
		if msg.clock == t.clock {
			return t, t.show(true)
		}
		return t, nil
	}
	return t, t.fetched(msg)
}

func (t *Tree) key(msg tea.KeyPressMsg) tea.Cmd {
	n := t.at(t.scroll.Cursor)
	if n == nil {
		return nil
	}
	switch {
	case t.env.Keys.Is(msg, keymap.Open):
		if n.world == nil {
			return t.more(n.parent)
		}
		return t.show(false)
	case t.env.Keys.Is(msg, keymap.TreeSeparator):
		return t.askSeparator()
	case t.env.Keys.Is(msg, keymap.TreeToggle):
		if n.open {
			return t.collapse(n)
		}
		return t.expand(n)
	case t.env.Keys.Is(msg, keymap.Right):
		if n.open {
			t.scroll.Move(1, len(t.lines), t.height)
			return t.arrived()
		}
		return t.expand(n)
	case t.env.Keys.Is(msg, keymap.Left):
		if n.open {
			return t.collapse(n)
		}
		for i, l := range t.lines {
			if l == n.parent {
				t.scroll.To(i, len(t.lines), t.height)
			}
		}
		return t.arrived()
	case t.scroll.Key(t.env.Keys, msg, len(t.lines), t.height):
		return t.arrived()
	}
	return nil
}

// askSeparator changes what makes branches of names.
func (t *Tree) askSeparator() tea.Cmd {
	return t.env.Ask(pane.Prompt{
		Title: "What separates the parts of key names", Initial: t.env.State.Get(pane.Separator, ":"), Hint: "one or more characters",
		Check: func(text string) error {
			if text == "" {
				return errors.New("there has to be one")
			}
			return nil
		},
		Done: func(text string) tea.Cmd {
			t.env.State.Set(pane.Separator, text)
			return pane.Ask(pane.Changed{})
		},
	})
}

func (t *Tree) click(msg tea.MouseClickMsg) tea.Cmd {
	n := t.at(t.scroll.Offset + msg.Y)
	if n == nil || msg.Button != tea.MouseLeft {
		return nil
	}
	t.scroll.To(t.scroll.Offset+msg.Y, len(t.lines), t.height)
	if n.world == nil {
		return t.more(n.parent)
	}
	// The mark before the label opens and closes; the label shows.
	if n.Branch && msg.X <= 2*n.depth+1 {
		if n.open {
			return t.collapse(n)
		}
		return t.expand(n)
	}
	return t.show(true)
}

// show opens what is behind the line under the cursor.
func (t *Tree) show(preview bool) tea.Cmd {
	n := t.at(t.scroll.Cursor)
	if n == nil || n.world == nil {
		return nil
	}
	p, _ := n.world.Open(t.env, n.ID)
	if p == nil {
		if preview {
			return nil
		}
		return t.expand(n)
	}
	return t.env.Ask(pane.Open{Pane: p, Preview: preview})
}

// View implements pane.Pane.
func (t *Tree) View(width, height int) string {
	if t.height != height {
		t.height = height
		t.scroll.To(t.scroll.Cursor, len(t.lines), height)
	}
	lines := make([]string, 0, height)
	for i := t.scroll.Offset; i < len(t.lines) && len(lines) < height; i++ {
		lines = append(lines, t.line(t.lines[i], i == t.scroll.Cursor, width))
	}
	return widget.Frame(lines, width, height)
}

func (t *Tree) line(n *node, selected bool, width int) string {
	th := t.env.Theme
	mark := "  "
	switch {
	case n.children.Slow():
		mark = "◌ "
	case n.open:
		mark = "▾ "
	case n.Branch:
		mark = "▸ "
	}
	indent := strings.Repeat("  ", n.depth)
	label, detail := widget.Clean(n.Label), n.Detail
	if n.failed != "" {
		detail = "!"
	}
	if selected {
		style := th.SelectedBlur
		if t.focused {
			style = th.Selected
		}
		return style.Render(widget.Spread(indent+mark+label, detail+" ", width))
	}
	text := th.Text
	switch {
	case n.depth == 0:
		text = th.Title
	case n.world == nil || n.note:
		text = th.Faint
	}
	return widget.Spread(indent+th.Faint.Render(mark)+text.Render(label), th.Dim.Render(detail)+" ", width)
}

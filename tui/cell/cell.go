package cell

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// Value is what is shown.
type Value struct {
	Text []byte
	Null bool
	Note string // such as that Text is only the beginning
}

// Cell is the screen.
type Cell struct {
	env    *pane.Env
	title  string
	load   func(ctx context.Context) (Value, error)
	viewer *widget.Viewer
	fetch  pane.Fetch[Value]
	found  *Value
	failed error
	query  string
}

// New makes the screen of a value that load gets, outside of Update.
func New(env *pane.Env, title string, load func(ctx context.Context) (Value, error)) *Cell {
	return &Cell{env: env, title: widget.Clean(title), load: load, viewer: widget.NewViewer(widget.ViewerStyles{})}
}

// Init implements pane.Pane.
func (c *Cell) Init() tea.Cmd { return c.fetch.Start(0, c.load) }

// Close implements pane.Closer.
func (c *Cell) Close() { c.fetch.Cancel() }

// Title implements pane.Pane.
func (c *Cell) Title() string { return c.title }

// Note implements pane.Noter.
func (c *Cell) Note() string {
	switch {
	case c.found == nil || c.found.Null:
		return ""
	case c.found.Note != "":
		return c.found.Note + " · " + c.viewer.Place()
	}
	return c.viewer.Place()
}

// Keys implements pane.Pane.
func (c *Cell) Keys() []keymap.Action { return c.env.Keys.Of(keymap.Cell) }

// Searching implements pane.Searcher.
func (c *Cell) Searching() string { return c.query }

// Search implements pane.Searcher.
func (c *Cell) Search(query string, _ bool) tea.Cmd {
	c.query = query
	c.viewer.Search(query)
	return nil
}

// Update implements pane.Pane.
func (c *Cell) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if found, err, ok := c.fetch.Take(msg); ok {
		if c.failed = err; err == nil {
			c.found = &found
			c.viewer.Set(found.Text)
		}
		return c, nil
	}
	switch msg := msg.(type) {
	case pane.Changed:
		return c, c.Init()
	case tea.MouseMsg:
		c.viewer.Mouse(msg)
	case tea.KeyPressMsg:
		return c, c.key(msg)
	}
	return c, nil
}

func (c *Cell) key(msg tea.KeyPressMsg) tea.Cmd {
	switch c.env.Keys.In(msg, keymap.Cell) {
	case keymap.CellForm:
		c.viewer.NextForm()
	case keymap.CellWrap:
		c.viewer.Wrap()
	case keymap.CellNext:
		c.viewer.NextMatch(1)
	case keymap.CellPrevious:
		c.viewer.NextMatch(-1)
	case keymap.CellCopy:
		if c.found != nil && !c.found.Null {
			return tea.Batch(tea.SetClipboard(string(c.found.Text)), pane.Say("the value is on the clipboard"))
		}
	default:
		c.viewer.Key(c.env.Keys, msg)
	}
	return nil
}

// View implements pane.Pane.
func (c *Cell) View(width, height int) string {
	t := c.env.Theme
	switch {
	case c.failed != nil:
		return widget.Frame([]string{t.Bad.Render(widget.Clean(c.failed.Error()))}, width, height)
	case c.found == nil:
		return widget.Frame([]string{t.Dim.Render("reading the value…")}, width, height)
	case c.found.Null:
		return widget.Frame([]string{t.Null.Render("NULL: there is no value")}, width, height)
	}
	c.viewer.Theme(t)
	return c.viewer.View(width, height)
}

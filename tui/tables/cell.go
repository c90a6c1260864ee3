package tables

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// cell is the screen of one value.
type cell struct {
	of     *rows
	row    *source.PageRow
	column int
	viewer *widget.Viewer
	fetch  pane.Fetch[wholeCell]
	found  *wholeCell
	failed error
	query  string
}

// wholeCell is a value and how many characters it has.
type wholeCell struct {
	value  source.Value
	length int64
}

func newCell(of *rows, row *source.PageRow, column int) *cell {
	return &cell{of: of, row: row, column: column, viewer: widget.NewViewer(widget.ViewerStyles{})}
}

// Init implements pane.Pane.
func (c *cell) Init() tea.Cmd {
	q, l := c.of.q, c.of.list
	return c.fetch.Start(0, func(ctx context.Context) (wholeCell, error) {
		v, n, err := q.CellValue(ctx, l, c.row, c.column)
		return wholeCell{v, n}, err
	})
}

// Close implements pane.Closer.
func (c *cell) Close() { c.fetch.Cancel() }

// Title implements pane.Pane.
func (c *cell) Title() string {
	rel := c.of.list.Relation
	return widget.Clean(rel.Name + "." + rel.Columns[c.column].Name + " (" + rel.Columns[c.column].Type + ")")
}

// Note implements pane.Noter.
func (c *cell) Note() string {
	switch {
	case c.found == nil || c.found.value.Null:
		return ""
	case c.found.value.Cut:
		return fmt.Sprintf("%s of %s characters · %s", widget.Grouped(source.MaxValue), widget.Grouped(c.found.length), c.viewer.Place())
	}
	return c.viewer.Place()
}

// Keys implements pane.Pane.
func (c *cell) Keys() []keymap.Action {
	return c.of.env.Keys.List(keymap.CellForm, keymap.CellWrap, keymap.CellCopy, keymap.CellNext, keymap.CellPrevious)
}

// Searching implements pane.Searcher.
func (c *cell) Searching() string { return c.query }

// Search implements pane.Searcher.
func (c *cell) Search(query string, _ bool) tea.Cmd {
	c.query = query
	c.viewer.Search(query)
	return nil
}

// Update implements pane.Pane.
func (c *cell) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if found, err, ok := c.fetch.Take(msg); ok {
		if c.failed = err; err == nil {
			c.found = &found
			c.viewer.Set([]byte(found.value.Text))
		}
		return c, nil
	}
	switch msg := msg.(type) {
	case pane.Changed:
		return c, c.Init()
	case tea.MouseMsg:
		c.viewer.Mouse(msg)
	case tea.KeyPressMsg:
		switch c.of.env.Keys.In(msg, keymap.Cell) {
		case keymap.CellForm:
			c.viewer.NextForm()
		case keymap.CellWrap:
			c.viewer.Wrap()
		case keymap.CellNext:
			c.viewer.NextMatch(1)
		case keymap.CellPrevious:
			c.viewer.NextMatch(-1)
		case keymap.CellCopy:
			if c.found != nil {
				return c, tea.Batch(tea.SetClipboard(c.found.value.Text), pane.Say("the value is on the clipboard"))
			}
		default:
			c.viewer.Key(c.of.env.Keys, msg)
		}
	}
	return c, nil
}

// View implements pane.Pane.
func (c *cell) View(width, height int) string {
	t := c.of.env.Theme
	switch {
	case c.failed != nil:
		return widget.Frame([]string{t.Bad.Render(widget.Clean(c.failed.Error()))}, width, height)
	case c.found == nil:
		return widget.Frame([]string{t.Dim.Render("reading the value…")}, width, height)
	case c.found.value.Null:
		return widget.Frame([]string{t.Null.Render("NULL: there is no value")}, width, height)
	}
	c.viewer.Theme(t)
	return c.viewer.View(width, height)
}

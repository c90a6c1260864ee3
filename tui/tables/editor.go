package tables

import (
	"context"

	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// editor is the screen in which a value of several lines is edited.
type editor struct {
	of     *rows
	row    *source.PageRow
	column int
	fetch  pane.Fetch[source.Value]
	old    *source.Value
	text   textarea.Model
	failed error
}

func newEditor(of *rows, row *source.PageRow, column int) *editor {
	e := &editor{of: of, row: row, column: column, text: textarea.New()}
	e.text.CharLimit, e.text.MaxHeight = 0, 0
	e.text.ShowLineNumbers = false
	e.text.Prompt = ""
	return e
}

// Init implements pane.Pane.
func (e *editor) Init() tea.Cmd {
	if e.old != nil {
		return e.text.Focus()
	}
	q, l := e.of.q, e.of.list
	return e.fetch.Start(0, func(ctx context.Context) (source.Value, error) {
		v, _, err := q.CellValue(ctx, l, e.row, e.column)
		return v, err
	})
}

// Close implements pane.Closer.
func (e *editor) Close() { e.fetch.Cancel() }

// Title implements pane.Pane.
func (e *editor) Title() string {
	rel := e.of.list.Relation
	return "Edit " + widget.Clean(rel.Name+"."+rel.Columns[e.column].Name)
}

// Note implements pane.Noter.
func (e *editor) Note() string { return "Ctrl-S saves, Esc gives up" }

// Keys implements pane.Pane.
func (e *editor) Keys() []keymap.Action { return e.of.env.Keys.List(keymap.Close) }

// Typing implements pane.Typer.
func (e *editor) Typing() bool { return true }

// Holding implements pane.Holder: while there is nothing to type into yet.
func (e *editor) Holding() bool { return e.fetch.Busy() }

// Update implements pane.Pane.
func (e *editor) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if found, err, ok := e.fetch.Take(msg); ok {
		switch {
		case err != nil:
			e.failed = err
		case found.Cut:
			return e, tea.Batch(warn("the value is too long to be edited here"), e.of.env.Ask(pane.Back{}))
		default:
			e.old = &found
			e.text.SetValue(found.Text)
			e.text.MoveToBegin()
			return e, e.text.Focus()
		}
		return e, nil
	}
	if key, ok := msg.(tea.KeyPressMsg); ok {
		switch key.String() {
		case "esc":
			return e, e.of.env.Ask(pane.Back{})
		case "ctrl+s":
			if e.old == nil {
				return e, nil
			}
			return e, tea.Batch(e.of.env.Ask(pane.Back{}), e.of.setTo(e.row, e.column, *e.old, source.Value{Text: e.text.Value()}))
		}
	}
	var cmd tea.Cmd
	e.text, cmd = e.text.Update(msg)
	return e, cmd
}

// View implements pane.Pane.
func (e *editor) View(width, height int) string {
	t := e.of.env.Theme
	switch {
	case e.failed != nil:
		return widget.Frame([]string{t.Bad.Render(widget.Clean(e.failed.Error()))}, width, height)
	case e.old == nil:
		return widget.Frame([]string{t.Dim.Render("reading the value…")}, width, height)
	}
	e.text.SetWidth(width)
	e.text.SetHeight(height)
	return widget.Place(widget.Frame(nil, width, height), e.text.View(), 0, 0)
}

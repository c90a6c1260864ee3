package tables

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// draft is the screen of a row that is to be inserted: a line for each column.
type draft struct {
	of      *rows
	values  []*source.Value // nil: the column's default
	grid    *widget.Grid
	focused bool
	work    pane.Fetch[int64]
	width   int
}

// newDraft begins a row, with values if there are any; those that the server makes are
// left to it.
func newDraft(of *rows, values []source.Value) *draft {
	rel := of.list.Relation
	d := &draft{of: of, values: make([]*source.Value, len(rel.Columns)), grid: widget.NewGrid(widget.GridStyles{})}
	for i := range values {
		if c := &rel.Columns[i]; !c.Generated && !c.Identity {
			d.values[i] = &values[i]
		}
	}
	d.grid.SetColumns([]widget.Column{{Title: "column"}, {Title: "type"}, {Title: "value", Width: 40}})
	d.show()
	return d
}

// show fills the grid.
func (d *draft) show() {
	w := widget.Window{First: true, Last: true}
	rel := d.of.list.Relation
	for i := range rel.Columns {
		c := &rel.Columns[i]
		value := widget.Cell{Text: "default"}
		switch {
		case d.values[i] != nil:
			value = widget.Cell{Text: d.values[i].Text, Null: d.values[i].Null}
		case c.Generated:
			value.Text = "computed by the server"
		case c.Identity:
			value.Text = "counted by the server"
		case c.Default != "":
			value.Text = "default: " + c.Default
		case c.NotNull:
			value.Text = "needs a value"
		}
		w.Rows = append(w.Rows, widget.Row{ID: c.Name, Cells: []widget.Cell{{Text: c.Name}, {Text: c.Type}, value}})
	}
	d.grid.Reload(w)
}

// Init implements pane.Pane.
func (d *draft) Init() tea.Cmd { return nil }

// Close implements pane.Closer.
func (d *draft) Close() { d.work.Cancel() }

// Title implements pane.Pane.
func (d *draft) Title() string { return "New row of " + widget.Clean(d.of.list.Relation.Name) }

// Holding implements pane.Holder: while the row is inserted.
func (d *draft) Holding() bool { return d.work.Busy() }

// Focus implements pane.Focuser.
func (d *draft) Focus(focused bool) { d.focused = focused }

// Keys implements pane.Pane.
func (d *draft) Keys() []keymap.Action { return d.of.env.Keys.Of(keymap.Draft) }

// Update implements pane.Pane.
func (d *draft) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if _, err, ok := d.work.Take(msg); ok {
		if err != nil {
			return d, pane.Fail(err)
		}
		return d, tea.Batch(pane.Say("1 row inserted"), d.of.env.Ask(pane.Back{}))
	}
	switch msg := msg.(type) {
	case typed:
		if msg.to == d {
			d.values[msg.column] = &source.Value{Text: msg.text}
			d.show()
			d.grid.Down(1)
		}
	case insert:
		if msg.to == d {
			q := d.of.q
			return d, d.work.Start(0, func(ctx context.Context) (int64, error) { return q.Apply(ctx, msg.change) })
		}
	case tea.MouseMsg:
		d.grid.Mouse(msg, d.width)
	case tea.KeyPressMsg:
		return d, d.key(msg)
	}
	return d, nil
}

// Messages that dialogs send to the draft which opened them.
type (
	typed struct {
		to     *draft
		column int
		text   string
	}
	insert struct {
		to     *draft
		change *source.Change
	}
)

func (d *draft) key(msg tea.KeyPressMsg) tea.Cmd {
	id := d.of.env.Keys.In(msg, keymap.Draft)
	if id == "" {
		d.grid.Key(d.of.env.Keys, msg)
		return nil
	}
	at, _ := d.grid.Position()
	column := at - 1
	switch {
	case id == keymap.DraftSave:
		return d.save()
	case column < 0:
		return nil
	case d.of.list.Relation.Columns[column].Generated:
		return warn("the server computes this column")
	}
	switch id {
	case keymap.DraftNull:
		d.values[column] = &source.Value{Null: true}
	case keymap.DraftDefault:
		d.values[column] = nil
	case keymap.DraftEdit:
		c, initial := &d.of.list.Relation.Columns[column], ""
		if d.values[column] != nil {
			initial = d.values[column].Text
		}
		return d.of.env.Ask(pane.Prompt{Title: c.Name + " (" + c.Type + ")", Initial: initial, Done: func(text string) tea.Cmd {
			return pane.Ask(typed{d, column, text})
		}})
	}
	d.show()
	return nil
}

// save shows the INSERT, and runs it if the user agrees.
func (d *draft) save() tea.Cmd {
	var columns []int
	var row []source.Value
	for i, v := range d.values {
		if v != nil {
			columns, row = append(columns, i), append(row, *v)
		}
	}
	change, err := d.of.list.Relation.Insert(columns, row)
	if err != nil {
		return pane.Fail(err)
	}
	return d.of.env.Ask(pane.Confirm{Question: "Insert this row?", Detail: changeText(change), Count: 1, Yes: pane.Ask(insert{d, change})})
}

// View implements pane.Pane.
func (d *draft) View(width, height int) string {
	d.width = width
	d.grid.Theme(d.of.env.Theme, d.focused)
	return d.grid.View(width, height)
}

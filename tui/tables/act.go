package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/cell"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// keys are what works now.
func (r *rows) keys() []keymap.Action {
	ids := []keymap.ID{keymap.Open, keymap.RowsSort}
	if r.list.Relation.Editable() == "" {
		ids = append(ids, keymap.RowsEdit, keymap.RowsNull, keymap.RowsDelete)
	}
	ids = append(ids, keymap.RowsInsert, keymap.RowsDuplicate, keymap.RowsMark, keymap.RowsCopy, keymap.RowsCopyRow,
		keymap.RowsExport, keymap.RowsWider, keymap.RowsNarrower, keymap.RowsFit)
	if r.work.Busy() || r.page.Busy() && !r.fresh || r.failed != nil && !r.fresh || len(r.grid.Marked()) > 0 {
		ids = append(ids, keymap.Close)
	}
	return r.env.Keys.List(ids...)
}

// act does what a key means here; false is that it means nothing here.
func (r *rows) act(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	if r.env.Keys.Is(msg, keymap.Close) {
		return nil, r.escape()
	}
	if r.env.Keys.Is(msg, keymap.Open) {
		return r.open(), true
	}
	id := r.env.Keys.In(msg, keymap.Rows)
	if writes := id != "" && r.env.Keys.Action(id).Writes; writes && r.env.ReadOnly {
		return warn("read-only: nothing is changed"), true
	}
	switch id {
	case keymap.RowsSort:
		return r.sort(), true
	case keymap.RowsMark:
		r.grid.Mark()
		r.grid.Down(1)
		return r.want(), true
	case keymap.RowsWider:
		r.grid.Widen(4)
	case keymap.RowsNarrower:
		r.grid.Widen(-4)
	case keymap.RowsFit:
		r.grid.FitColumn()
	case keymap.RowsEdit:
		return r.edit(), true
	case keymap.RowsNull:
		return r.set(source.Value{Null: true}), true
	case keymap.RowsDelete:
		return r.delete(), true
	case keymap.RowsInsert:
		return r.env.Ask(pane.Open{Pane: newDraft(r, nil)}), true
	case keymap.RowsDuplicate:
		return r.duplicate(), true
	case keymap.RowsCopy:
		return r.copyCell(), true
	case keymap.RowsCopyRow:
		return r.copyRows(), true
	case keymap.RowsExport:
		return r.export(), true
	default:
		return nil, false
	}
	return nil, true
}

func warn(text string) tea.Cmd { return pane.Ask(pane.Toast{Text: text, Level: pane.Warning}) }

// at is the row and the value under the cursor, nil if there is none.
func (r *rows) at() (*source.PageRow, source.Value) {
	row := rowOf(r.grid.Current())
	if row == nil || r.grid.Column() >= len(row.Values) {
		return nil, source.Value{}
	}
	return row, row.Values[r.grid.Column()]
}

// open shows the value under the cursor, whole.
func (r *rows) open() tea.Cmd {
	row, _ := r.at()
	if row == nil {
		return nil
	}
	q, l, column := r.q, r.list, r.grid.Column()
	c := &l.Relation.Columns[column]
	return r.env.Ask(pane.Open{Pane: cell.New(r.env, l.Relation.Name+"."+c.Name+" ("+c.Type+")", func(ctx context.Context) (cell.Value, error) {
		v, n, err := q.CellValue(ctx, l, row, column)
		shown := cell.Value{Text: []byte(v.Text), Null: v.Null}
		if v.Cut {
			shown.Note = fmt.Sprintf("the first of %s characters", widget.Grouped(n))
		}
		return shown, err
	})})
}

// start does something outside of Update.
func (r *rows) start(doing string, do func(ctx context.Context) (worked, error)) tea.Cmd {
	if r.work.Busy() {
		return warn(r.doing + " is still under way: Esc gives it up")
	}
	r.doing = doing
	return r.work.Start(0, do)
}

// worked says what was done.
func (r *rows) worked(done worked, err error) tea.Cmd {
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return pane.Fail(err)
	}
	cmds := []tea.Cmd{done.cmd}
	if done.draft != nil {
		r.env.Ask(pane.Open{Pane: done.draft})
	}
	if done.said != "" {
		cmds = append(cmds, pane.Say(done.said))
	}
	if done.changed {
		r.grid.Unmark()
		cmds = append(cmds, r.reload())
	}
	return tea.Batch(cmds...)
}

// apply asks whether changes are to be made, shows how, and makes them.
func (r *rows) apply(question string, changes ...*source.Change) tea.Cmd {
	detail := changeText(changes[0])
	if len(changes) > 1 {
		detail += fmt.Sprintf("\nand %d more like it, all or none", len(changes)-1)
	}
	q := r.q
	return r.env.Ask(pane.Confirm{Question: question, Detail: detail, Count: len(changes), Yes: func() tea.Msg {
		return applyMsg{r, "changing rows", func(ctx context.Context) (worked, error) {
			n, err := q.Apply(ctx, changes...)
			return worked{said: rowCount(n, "changed"), changed: true}, err
		}}
	}})
}

// changeText is a change as it is shown, its long values cut.
func changeText(c *source.Change) string {
	sql, params := c.Text()
	detail := append([]string{sql}, params...)
	for i := range detail {
		if runes := []rune(detail[i]); len(runes) > shownChange {
			detail[i] = string(runes[:shownChange]) + "…"
		}
		detail[i] = widget.Clean(detail[i])
	}
	return strings.Join(detail, "\n")
}

// shownChange is how many characters of a change's text, and of each of its values,
// are shown.
const shownChange = 300

// applyMsg comes when the user said yes.
type applyMsg struct {
	to    *rows
	doing string
	do    func(ctx context.Context) (worked, error)
}

func rowCount(n int64, done string) string {
	if n == 1 {
		return "1 row " + done
	}
	return widget.Grouped(n) + " rows " + done
}

// mayEdit says why not.
func (r *rows) mayEdit() (*source.PageRow, source.Value, tea.Cmd) {
	rel := r.list.Relation
	row, v := r.at()
	switch {
	case rel.Editable() != "":
		return nil, v, warn(rel.Editable())
	case row != nil && rel.Columns[r.grid.Column()].Generated:
		return nil, v, warn("the server computes this column")
	}
	return row, v, nil
}

// edit has the value under the cursor typed anew.
func (r *rows) edit() tea.Cmd {
	row, v, refused := r.mayEdit()
	if row == nil {
		return refused
	}
	column := r.grid.Column()
	if v.Cut || strings.ContainsAny(v.Text, "\n\r\t") {
		return r.env.Ask(pane.Open{Pane: newEditor(r, row, column)})
	}
	c := &r.list.Relation.Columns[column]
	return r.env.Ask(pane.Prompt{
		Title: c.Name + " (" + c.Type + ")", Initial: v.Text, Hint: "Enter shows the UPDATE first",
		Done: func(text string) tea.Cmd { return r.setTo(row, column, v, source.Value{Text: text}) },
	})
}

// set changes the value under the cursor.
func (r *rows) set(value source.Value) tea.Cmd {
	row, old, refused := r.mayEdit()
	if row == nil {
		return refused
	}
	return r.setTo(row, r.grid.Column(), old, value)
}

func (r *rows) setTo(row *source.PageRow, column int, old, value source.Value) tea.Cmd {
	if old == value {
		return pane.Ask(pane.Toast{Text: "nothing changed", Level: pane.Info})
	}
	change, err := r.list.Relation.Update(row.Key, column, old, value)
	if err != nil {
		return pane.Fail(err)
	}
	return r.apply("Change this value?", change)
}

func (r *rows) delete() tea.Cmd {
	if why := r.list.Relation.Editable(); why != "" {
		return warn(why)
	}
	var changes []*source.Change
	for _, chosen := range r.grid.Chosen() {
		row := rowOf(chosen)
		if row == nil {
			continue
		}
		change, err := r.list.Relation.Delete(row.Key)
		if err != nil {
			return pane.Fail(err)
		}
		changes = append(changes, change)
	}
	if len(changes) == 0 {
		return nil
	}
	question := "Delete this row?"
	if len(changes) > 1 {
		question = "Delete these rows?"
	}
	return r.apply(question, changes...)
}

// readingRow is what is done before a row like another is shown.
const readingRow = "reading the row"

// holding tells whether what is typed is for the row that will be shown.
func (r *rows) holding() bool { return r.work.Busy() && r.doing == readingRow }

// duplicate begins a new row with the values of the one under the cursor.
func (r *rows) duplicate() tea.Cmd {
	row, _ := r.at()
	if row == nil {
		return nil
	}
	q, l := r.q, r.list
	return r.start(readingRow, func(ctx context.Context) (worked, error) {
		all, err := q.WholeRow(ctx, l, row)
		return worked{draft: newDraft(r, all)}, err
	})
}

// export writes all rows of the listing into a file.
func (r *rows) export() tea.Cmd {
	q, query := r.q, r.list.Query()
	return r.env.Ask(pane.Prompt{
		Title: "Write the rows into a file", Initial: r.list.Relation.Name + ".csv", Hint: "its name ends with .csv or .jsonl",
		Done: func(path string) tea.Cmd {
			return func() tea.Msg {
				return applyMsg{r, "writing " + path, func(ctx context.Context) (worked, error) {
					n, err := q.Export(ctx, query, path)
					return worked{said: rowCount(n, "written to "+path)}, err
				}}
			}
		},
	})
}

package prompt

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/orbit-server/orbit/tui/cell"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// editorRows is how many lines the editor is given, of so many.
func (p *sqlPane) editorRows(height int) int {
	return max(min(max(p.edit.area.LineCount(), 3), height*2/5), 1)
}

func (p *sqlPane) view(width, height int) string {
	t := p.env.Theme
	rows := p.editorRows(height)
	lines, x, y := p.edit.view(t, width, rows, p.focused && !p.below)
	picture := widget.Frame(lines, width, rows)
	if height > rows {
		style := t.Dim
		if len(p.results.failed) > 0 && !p.results.running {
			style = t.Bad
		}
		rule := t.Faint.Render("── ") + style.Render(widget.Clean(p.results.summary())) + " "
		picture += "\n" + widget.Fit(rule+t.Faint.Render(strings.Repeat("─", max(width-lipgloss.Width(rule), 0))), width)
	}
	if height > rows+1 {
		picture += "\n" + p.results.view(t, width, height-rows-1, p.focused && p.below)
	}
	if list := p.offered.view(t, width); list != "" {
		picture = widget.Place(picture, list, max(min(x-p.offered.typed-1, width-20), 0), y+1)
	}
	return picture
}

func (p *sqlPane) mouse(msg tea.MouseMsg) {
	now := p.results.now()
	if now == nil {
		return
	}
	if click, ok := msg.(tea.MouseClickMsg); ok {
		rows := p.editorRows(p.height) + 1 + p.results.above
		if p.below = click.Y >= rows; !p.below {
			return
		}
		click.Y -= rows
		msg = click
	}
	switch {
	case now.grid != nil:
		now.grid.Mouse(msg, p.width)
	case now.text != nil:
		now.text.Mouse(msg)
	}
}

// belowKey is a key press in the results.
func (p *sqlPane) belowKey(msg tea.KeyPressMsg) tea.Cmd {
	keys, now := p.env.Keys, p.results.now()
	switch {
	case keys.Is(msg, keymap.PromptEdit) || now == nil:
		p.below = false
		return nil
	case keys.Is(msg, keymap.PromptNextResult):
		p.results.next()
		return nil
	case now.text != nil:
		now.text.Key(keys, msg)
		return nil
	case now.grid == nil:
		return nil
	case keys.Is(msg, keymap.Open):
		return p.open(now)
	case keys.Is(msg, keymap.RowsCopy):
		if c, ok := now.grid.CurrentCell(); ok {
			return tea.Batch(tea.SetClipboard(c.Text), pane.Say("the value is on the clipboard"))
		}
	case keys.Is(msg, keymap.RowsWider):
		now.grid.Widen(4)
	case keys.Is(msg, keymap.RowsNarrower):
		now.grid.Widen(-4)
	case keys.Is(msg, keymap.RowsFit):
		now.grid.FitColumn()
	case keys.Is(msg, keymap.PromptExport):
		return p.askExport()
	default:
		now.grid.Key(keys, msg)
	}
	return nil
}

// open shows the value under the cursor.
func (p *sqlPane) open(now *result) tea.Cmd {
	c, ok := now.grid.CurrentCell()
	if !ok {
		return nil
	}
	v := cell.Value{Text: []byte(c.Text), Null: c.Null}
	if c.Cut {
		v.Note = fmt.Sprintf("the first %s", widget.Bytes(int64(len(c.Text))))
	}
	title := now.Columns[now.grid.Column()].Name
	return p.env.Ask(pane.Open{Pane: cell.New(p.env, title, func(context.Context) (cell.Value, error) { return v, nil })})
}

// exportTo comes when a file was named.
type exportTo struct {
	to          *sqlPane
	query, path string
}

// askExport has a file named for the rows of the last statement, which is run again.
func (p *sqlPane) askExport() tea.Cmd {
	query := strings.TrimRight(strings.TrimSpace(p.last), "; \t\r\n")
	switch first := strings.ToUpper(query[:strings.IndexFunc(query+" ", unicode.IsSpace)]); first {
	case "SELECT", "VALUES", "TABLE", "WITH":
	default:
		return pane.Ask(pane.Toast{Text: "only the rows of a query can be written into a file: it is run again", Level: pane.Warning})
	}
	return p.env.Ask(pane.Prompt{
		Title: "Run the query again, and write its rows into a file", Initial: "rows.csv", Hint: "its name ends with .csv or .jsonl",
		Done: func(path string) tea.Cmd { return pane.Ask(exportTo{p, query, path}) },
	})
}

func (p *sqlPane) exportTo(to exportTo) tea.Cmd {
	p.path = to.path
	q := p.q
	return p.export.Start(0, func(ctx context.Context) (int64, error) { return q.Export(ctx, to.query, to.path) })
}

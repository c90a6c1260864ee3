package tables

import (
	"context"
	"encoding/json"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/postgres/dump"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
)

// copyCell puts the value under the cursor on the clipboard.
func (r *rows) copyCell() tea.Cmd {
	row, v := r.at()
	if row == nil {
		return nil
	}
	if !v.Cut {
		return tea.Batch(tea.SetClipboard(v.Text), pane.Say("the value is on the clipboard"))
	}
	q, l, column := r.q, r.list, r.grid.Column()
	return r.start("reading the value", func(ctx context.Context) (worked, error) {
		v, _, err := q.CellValue(ctx, l, row, column)
		said := "the value is on the clipboard"
		if v.Cut {
			said = "the first megabyte of the value is on the clipboard"
		}
		return worked{said: said, cmd: tea.SetClipboard(v.Text)}, err
	})
}

// rowForms are the forms in which rows are copied.
var rowForms = []string{"text, tabs between the values", "JSON, a line each", "INSERT statements"}

// copyRows puts the chosen rows on the clipboard.
func (r *rows) copyRows() tea.Cmd {
	chosen := r.grid.Chosen()
	if len(chosen) == 0 {
		return nil
	}
	return r.env.Ask(pane.Choose{Title: "Copy " + rowCount(int64(len(chosen)), "as"), Options: rowForms, Done: func(form int) tea.Cmd {
		q, l := r.q, r.list
		return func() tea.Msg {
			return applyMsg{r, "reading rows", func(ctx context.Context) (worked, error) {
				var b strings.Builder
				for _, c := range chosen {
					all, err := q.WholeRow(ctx, l, rowOf(c))
					if err != nil {
						return worked{}, err
					}
					if err := writeRow(&b, l.Relation, all, form); err != nil {
						return worked{}, err
					}
				}
				return worked{said: rowCount(int64(len(chosen)), "on the clipboard"), cmd: tea.SetClipboard(b.String())}, nil
			}}
		}
	}})
}

// writeRow writes a row in one of rowForms.
func writeRow(b *strings.Builder, rel *source.Relation, all []source.Value, form int) error {
	switch form {
	case 0:
		for i, v := range all {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(strings.NewReplacer("\t", `\t`, "\n", `\n`).Replace(v.Text))
		}
	case 1:
		for i, v := range all {
			b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
			name, err := json.Marshal(rel.Columns[i].Name)
			if err != nil {
				return err
			}
			var text []byte
			if !v.Null {
				text = []byte(v.Text)
			}
			value, err := dump.JSONCell(text, rel.Columns[i].OID)
			if err != nil {
				return err
			}
			b.Write(append(append(name, ':'), value...))
		}
		b.WriteByte('}')
	default:
		b.WriteString(rel.InsertText(all))
	}
	b.WriteByte('\n')
	return nil
}

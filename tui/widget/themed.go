package widget

import (
	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/theme"
)

// look is what styles depend on.
type look struct{ dark, colours, focused bool }

// Theme has the grid look like the rest; it costs nothing while that does not change.
func (g *Grid) Theme(t *theme.Theme, focused bool) {
	now := &look{t.Dark(), t.Colours(), focused}
	if g.look != nil && *g.look == *now {
		return
	}
	g.look = now
	cursor := t.Selected
	if !focused {
		cursor = t.SelectedBlur
	}
	g.Restyle(GridStyles{
		Header: t.Column, KeyHeader: t.Column.Underline(true), Rule: t.Faint, Text: t.Text, Null: t.Null, Number: t.Number,
		CursorRow: t.SelectedBlur, CursorNull: t.SelectedBlur.Italic(true), Cursor: cursor, Marked: t.Marked, Gutter: t.Faint, Tones: t.Tones(),
	})
}

// Key moves the cursor as a key says, within the rows that are loaded; false is that
// the key does not move.
func (g *Grid) Key(m *keymap.Map, msg tea.KeyPressMsg) bool {
	switch m.In(msg, keymap.Move) {
	case keymap.Up:
		g.Down(-1)
	case keymap.Down:
		g.Down(1)
	case keymap.Left:
		g.Right(-1)
	case keymap.Right:
		g.Right(1)
	case keymap.PageUp:
		g.Page(-1)
	case keymap.PageDown:
		g.Page(1)
	case keymap.HalfUp:
		g.Down(-max(g.height/2, 1))
	case keymap.HalfDown:
		g.Down(max(g.height/2, 1))
	case keymap.Top:
		g.Home()
	case keymap.Bottom:
		g.End()
	case keymap.Start:
		g.FirstColumn()
	case keymap.End:
		g.LastColumn()
	default:
		return false
	}
	return true
}

// Mouse moves the cursor as the mouse says: wheels scroll, a click chooses a cell.
func (g *Grid) Mouse(msg tea.MouseMsg, width int) bool {
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			g.Down(-wheelRows)
		case tea.MouseWheelDown:
			g.Down(wheelRows)
		case tea.MouseWheelLeft:
			g.Right(-1)
		case tea.MouseWheelRight:
			g.Right(1)
		default:
			return false
		}
		return true
	case tea.MouseClickMsg:
		return g.Click(m.X, m.Y, width)
	}
	return false
}

const wheelRows = 3

// Theme has the viewer look like the rest.
func (v *Viewer) Theme(t *theme.Theme) {
	now := &look{t.Dark(), t.Colours(), true}
	if v.look != nil && *v.look == *now {
		return
	}
	v.look = now
	v.Restyle(ViewerStyles{
		Text: t.Text, Number: t.Number, Key: t.Name, String: t.String, Literal: t.Word, Offset: t.Faint, Match: t.Match,
		CurrentMatch: t.Selected,
	})
}

// Key scrolls as a key says; false is that the key does not scroll.
func (v *Viewer) Key(m *keymap.Map, msg tea.KeyPressMsg) bool {
	switch m.In(msg, keymap.Move) {
	case keymap.Up:
		v.Down(-1)
	case keymap.Down:
		v.Down(1)
	case keymap.Left:
		v.Right(-8)
	case keymap.Right:
		v.Right(8)
	case keymap.PageUp:
		v.Page(-1)
	case keymap.PageDown:
		v.Page(1)
	case keymap.HalfUp:
		v.Down(-max(v.height/2, 1))
	case keymap.HalfDown:
		v.Down(max(v.height/2, 1))
	case keymap.Top:
		v.Home()
	case keymap.Bottom:
		v.End()
	default:
		return false
	}
	return true
}

// Mouse scrolls as a wheel says.
func (v *Viewer) Mouse(msg tea.MouseMsg) {
	switch msg.Mouse().Button {
	case tea.MouseWheelUp:
		v.Down(-wheelRows)
	case tea.MouseWheelDown:
		v.Down(wheelRows)
	}
}

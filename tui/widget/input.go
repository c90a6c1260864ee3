package widget

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/theme"
)

// Input is a line to type in.
type Input struct{ m textinput.Model }

// NewInput makes one with a text in it.
func NewInput(t *theme.Theme, prompt, text string) *Input {
	m := textinput.New()
	m.Prompt = prompt
	s := m.Styles()
	s.Focused.Prompt, s.Focused.Text, s.Focused.Placeholder = t.Key, t.Text, t.Faint
	s.Cursor.Blink = false
	m.SetStyles(s)
	m.SetValue(text)
	m.CursorEnd()
	_ = m.Focus() // begins to blink, which it does not
	return &Input{m}
}

// Value is what was typed.
func (i *Input) Value() string { return i.m.Value() }

// SetValue replaces what was typed.
func (i *Input) SetValue(text string) {
	i.m.SetValue(text)
	i.m.CursorEnd()
}

// Update takes a key press or a paste.
func (i *Input) Update(msg tea.Msg) (changed bool) {
	before := i.m.Value()
	i.m, _ = i.m.Update(msg)
	return i.m.Value() != before
}

// View is the line.
func (i *Input) View(width int) string {
	i.m.SetWidth(max(1, width-len([]rune(i.m.Prompt))-1))
	return Fit(i.m.View(), width)
}

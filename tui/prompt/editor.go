package prompt

import (
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/orbit-server/orbit/tui/theme"
	"github.com/orbit-server/orbit/tui/widget"
)

// editor is a text of several lines. The library's text area edits; how it looks, with
// highlighting, is drawn here, each line on one line of the screen.
type editor struct {
	area textarea.Model
	left int // first cell that is shown of the lines
	bad  int // place of an error in the text, -1: none
	top  int
}

// noWrap is wider than lines are, so that the text area wraps none; it draws for itself
// what is not shown, so that wider costs time.
const noWrap = 2000

func newEditor() *editor {
	e := &editor{area: textarea.New(), bad: -1}
	e.area.CharLimit, e.area.MaxHeight, e.area.MaxWidth = 0, 0, 0
	e.area.Prompt, e.area.ShowLineNumbers = "", false
	e.area.SetWidth(noWrap)
	e.area.Focus()
	return e
}

func (e *editor) text() string { return e.area.Value() }

// set replaces the text, the cursor behind it.
func (e *editor) set(text string) {
	e.area.SetValue(text)
	e.bad = -1
}

// cursor is the place of the cursor in the text, in bytes.
func (e *editor) cursor() int {
	at := 0
	lines := strings.Split(e.text(), "\n")
	for i := 0; i < e.area.Line() && i < len(lines); i++ {
		at += len(lines[i]) + 1
	}
	if e.area.Line() < len(lines) {
		at += runeOffset(lines[e.area.Line()], e.area.Column())
	}
	return at
}

// runeOffset is where the rune of a number begins.
func runeOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func (e *editor) update(msg tea.Msg) tea.Cmd {
	before := e.area.Length()
	var cmd tea.Cmd
	e.area, cmd = e.area.Update(msg)
	if e.area.Length() != before {
		e.bad = -1
	}
	return cmd
}

// insert puts a text where the cursor is, in place of the bytes before it.
func (e *editor) insert(text string, replace int) {
	for range utf8.RuneCountInString(e.text()[e.cursor()-replace : e.cursor()]) {
		e.area, _ = e.area.Update(tea.KeyPressMsg{Code: tea.KeyBackspace})
	}
	e.area.InsertString(text)
	e.bad = -1
}

func styleOf(t *theme.Theme, c class) lipgloss.Style {
	switch c {
	case wordText:
		return t.Word.Bold(true)
	case stringText:
		return t.String
	case numberText:
		return t.Number
	case commentText:
		return t.Faint
	case nameText:
		return t.Name
	case plainText:
	}
	return t.Text
}

// view draws the text in width by height cells. column is where the cursor is drawn.
func (e *editor) view(t *theme.Theme, width, height int, focused bool) (lines []string, column, row int) {
	text, cursor := e.text(), e.cursor()
	at := e.area.Line()
	e.top = max(min(e.top, at), at-height+1, 0)
	start := strings.LastIndexByte(text[:cursor], '\n') + 1
	column = lipgloss.Width(widget.Clean(text[start:cursor]))
	// Where there is room for more of the line, no room stays empty behind it.
	stop := start + len(strings.SplitN(text[start:], "\n", 2)[0])
	e.left = min(e.left, max(lipgloss.Width(widget.Clean(text[start:stop]))+1-width, 0))
	if column < e.left || column >= e.left+width {
		e.left = max(column-width/2, 0)
	}
	parts := tokens(text)
	pos, part := 0, 0
	for i, line := range strings.Split(text, "\n") {
		end := pos + len(line)
		if i >= e.top && i < e.top+height {
			lines = append(lines, e.line(t, text, pos, end, cursor, width, focused, parts, &part))
		}
		pos = end + 1
	}
	return lines, column - e.left, at - e.top
}

// line draws what of a line is in sight.
func (e *editor) line(t *theme.Theme, text string, from, end, cursor, width int, focused bool, parts []token, part *int) string {
	var b strings.Builder
	x := 0
	for at := from; at <= end && x < e.left+width; {
		for *part < len(parts) && parts[*part].to <= at {
			*part++
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		drawn := " "
		if at < end {
			drawn = widget.Clean(text[at : at+n])
		} else if at != cursor {
			break
		}
		style := t.Text
		if *part < len(parts) {
			style = styleOf(t, parts[*part].class)
		}
		if at == e.bad {
			style = t.Bad.Underline(true).Reverse(true)
		}
		if at == cursor && focused {
			style = style.Reverse(true)
		}
		if x >= e.left {
			b.WriteString(style.Render(drawn))
		}
		x += lipgloss.Width(drawn)
		at += max(n, 1)
	}
	return widget.Fit(b.String(), width)
}

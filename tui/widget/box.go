package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/tui/theme"
)

// Box draws a frame of rounded corners around a content that is two cells narrower and
// two lines lower, with a title in its upper edge and a note to the right of it.
func Box(t *theme.Theme, title, note, content string, width, height int, focused bool) string {
	edge, name := t.Border, t.TitleBlur
	if focused {
		edge, name = t.BorderFocus, t.Title
	}
	if width < 4 || height < 3 {
		return Frame(strings.Split(content, "\n"), width, height)
	}
	inner := width - 2
	title = ansi.Truncate(title, inner-2, "…")
	rest := inner - 2 - ansi.StringWidth(title)
	if title == "" {
		rest = inner
	} else {
		title = " " + name.Render(title) + " "
	}
	if n := ansi.StringWidth(note); note != "" && n+3 <= rest {
		note = " " + note + " "
		rest -= n + 2
	} else {
		note = ""
	}
	lead := min(1, rest)
	var b strings.Builder
	b.WriteString(edge.Render("╭"+strings.Repeat("─", lead)) + title)
	b.WriteString(edge.Render(strings.Repeat("─", rest-lead)) + note + edge.Render("╮"))
	side := edge.Render("│")
	lines := strings.Split(content, "\n")
	for i := range height - 2 {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		b.WriteString("\n" + side + Fit(line, inner) + side)
	}
	b.WriteString("\n" + edge.Render("╰"+strings.Repeat("─", inner)+"╯"))
	return b.String()
}

// Over puts a smaller picture into the middle of a larger one.
func Over(under, over string, width, height int) string {
	lines := strings.Split(over, "\n")
	w := 0
	for _, l := range lines {
		w = max(w, ansi.StringWidth(l))
	}
	return Place(under, over, max(0, (width-w)/2), max(0, (height-len(lines))/2))
}

// Place puts a picture over another with its upper left corner at x and y.
func Place(under, over string, x, y int) string {
	lines := strings.Split(under, "\n")
	for i, l := range strings.Split(over, "\n") {
		if y+i >= len(lines) {
			break
		}
		below := lines[y+i]
		end := x + ansi.StringWidth(l)
		lines[y+i] = Fit(ansi.Truncate(below, x, ""), x) + l + ansi.TruncateLeft(below, end, "")
	}
	return strings.Join(lines, "\n")
}

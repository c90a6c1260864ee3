package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Fit makes a line exactly width cells wide: cut with an ellipsis, or filled with
// spaces. Styles in it stay.
func Fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	w := ansi.StringWidth(s)
	if w > width {
		s = ansi.Truncate(s, width, "…")
		w = ansi.StringWidth(s) // a wide character may not have had room
	}
	return s + strings.Repeat(" ", width-w)
}

// FitRight is Fit for what is written to the right, as numbers are.
func FitRight(s string, width int) string {
	w := ansi.StringWidth(s)
	if w >= width {
		return Fit(s, width)
	}
	return strings.Repeat(" ", width-w) + s
}

// Spread puts one text to the left and one to the right of a line; the right one goes
// first when there is no room.
func Spread(left, right string, width int) string {
	r := ansi.StringWidth(right)
	if right == "" || r+2 > width {
		return Fit(left, width)
	}
	return Fit(left, width-r) + right
}

// Frame makes lines exactly as many and as wide as told.
func Frame(lines []string, width, height int) string {
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		b.WriteString(Fit(line, width))
	}
	return b.String()
}

// Clean makes bytes from outside fit to be shown in a line, as the cells of a grid are.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	drawPart(&b, s, len(s))
	return b.String()
}

// Wrap breaks a text at its spaces into lines that are not wider than told, as far as
// its words are not.
func Wrap(text string, width int) (lines []string) {
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		w := ansi.StringWidth(word)
		if used > 0 && used+1+w > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if used > 0 {
			line += " "
			used++
		}
		line += word
		used += w
	}
	return append(lines, line)
}

package widget

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// pen is a style as the sequences before and behind what is drawn with it: styles are
// worked out once, not for each cell.
type pen struct{ open, close string }

func newPen(s lipgloss.Style) pen {
	open, shut, _ := strings.Cut(s.Render("x"), "x")
	return pen{open, shut}
}

// brush draws pieces, and changes the pen only where it differs from the last one.
type brush struct {
	strings.Builder
	now pen
}

func (b *brush) use(p pen) {
	if b.now == p {
		return
	}
	b.WriteString(b.now.close)
	b.WriteString(p.open)
	b.now = p
}

// endLine puts the pen down: no style goes over a line's end.
func (b *brush) endLine() { b.use(pen{}) }

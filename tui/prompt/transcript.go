package prompt

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/tui/theme"
	"github.com/orbit-server/orbit/tui/widget"
)

// lineKind is who said a line.
type lineKind byte

const (
	replyLine lineKind = iota
	askedLine
	badLine
	factLine
)

// Bounds of what is kept and shown.
const (
	maxLines      = 5000 // of the transcript
	maxReplyItems = 1000 // of a reply, all of its levels together
	maxReplyText  = 4096 // bytes of each of its strings
)

// transcript is what was said at the prompt.
type transcript struct {
	lines  []saidLine
	back   int // lines between what is in sight and the end
	height int
}

type saidLine struct {
	kind lineKind
	text string
}

// add adds lines, and goes to the end.
func (s *transcript) add(kind lineKind, text string) {
	for l := range strings.SplitSeq(text, "\n") {
		s.lines = append(s.lines, saidLine{kind, l})
	}
	if drop := len(s.lines) - maxLines; drop > 0 {
		s.lines = append([]saidLine(nil), s.lines[drop:]...)
	}
	s.back = 0
}

// reply adds a reply, as much of it as a person may look at.
func (s *transcript) reply(r *resp.Reply) {
	room := maxReplyItems
	dropped := shorten(r, &room)
	kind := replyLine
	if _, failed := r.Error(); failed {
		kind = badLine
	}
	s.add(kind, strings.TrimSuffix(r.String(), "\n"))
	if dropped > 0 {
		s.add(factLine, fmt.Sprintf("%s more elements are not shown", widget.Grouped(int64(dropped))))
	}
}

// shorten cuts a reply to what there is room for, and tells how many elements it took
// away.
func shorten(r *resp.Reply, room *int) (dropped int) {
	if len(r.Text) > maxReplyText {
		r.Text = append(append([]byte(nil), r.Text[:maxReplyText]...), fmt.Sprintf("… (%d bytes)", len(r.Text))...)
	}
	for i := range r.Items {
		if *room <= 0 {
			if r.Kind == '%' {
				i -= i % 2
			}
			dropped += len(r.Items) - i
			r.Items = r.Items[:i]
			return dropped
		}
		*room--
		dropped += shorten(&r.Items[i], room)
	}
	return dropped
}

// scroll goes back by n lines, or on if n is negative; as far as there are lines to fill
// what is in sight, which only view knows.
func (s *transcript) scroll(n int) { s.back = max(s.back+n, 0) }

// view is what is in sight, no more lines than there are.
func (s *transcript) view(t *theme.Theme, width, height int) (shown []string) {
	s.height = height
	first := 0 // lines that fill what is in sight from the beginning on
	for rows := 0; first < len(s.lines) && rows < height; first++ {
		rows += len(s.lines[first].fold(width))
	}
	s.back = max(min(s.back, len(s.lines)-first), 0)
	end := len(s.lines) - s.back
	for _, l := range s.lines[max(end-height, 0):end] {
		for _, text := range l.fold(width) {
			shown = append(shown, widget.Fit(s.style(t, l).Render(text), width))
		}
	}
	return shown[max(len(shown)-height, 0):]
}

// fold is the line as it is drawn: an error on as many lines as it needs.
func (l saidLine) fold(width int) []string {
	text := widget.Clean(l.text)
	if l.kind != badLine || lipgloss.Width(text) <= width {
		return []string{text}
	}
	return widget.Wrap(text, width)
}

func (s *transcript) style(t *theme.Theme, l saidLine) lipgloss.Style {
	switch l.kind {
	case askedLine:
		return t.Accent
	case badLine:
		return t.Bad
	case factLine:
		return t.Faint
	case replyLine:
	}
	switch text := strings.TrimLeft(l.text, " "); {
	case strings.HasPrefix(text, `"`):
		return t.String
	case strings.HasPrefix(text, "(integer)"), strings.HasPrefix(text, "(double)"):
		return t.Number
	case strings.HasPrefix(text, "(nil)"):
		return t.Null
	}
	return t.Text
}

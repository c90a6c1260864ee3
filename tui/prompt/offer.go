package prompt

import (
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/orbit-server/orbit/tui/theme"
	"github.com/orbit-server/orbit/tui/widget"
)

// offer is a list of words to choose one from.
type offer struct {
	words []string
	typed int    // bytes of each that stand there already
	at    int    // the one that is marked
	taken string // the one that was chosen
}

// offerRows is how many words are seen at a time.
const offerRows = 7

// key moves in the list; false is that the key is not for it, and that it goes away.
func (o *offer) key(msg tea.KeyPressMsg) bool {
	if len(o.words) == 0 {
		return false
	}
	n := len(o.words)
	switch msg.String() {
	case "down", "ctrl+n":
		o.at = (o.at + 1) % n
	case "up", "ctrl+p":
		o.at = (o.at + n - 1) % n
	case "tab", "enter":
		o.taken = o.words[o.at]
	case "esc":
		*o = offer{}
	default:
		return false
	}
	return true
}

// view draws the list, "" if there is none.
func (o *offer) view(t *theme.Theme, width int) string {
	if len(o.words) == 0 {
		return ""
	}
	from := max(min(o.at-offerRows/2, len(o.words)-offerRows), 0)
	shown := o.words[from:min(from+offerRows, len(o.words))]
	w := 0
	for _, word := range shown {
		w = max(w, lipgloss.Width(word))
	}
	w = min(w+2, width)
	picture := ""
	for i, word := range shown {
		style := t.Header
		if from+i == o.at {
			style = t.Selected
		}
		if i > 0 {
			picture += "\n"
		}
		picture += style.Render(widget.Fit(" "+widget.Clean(word), w))
	}
	return picture
}

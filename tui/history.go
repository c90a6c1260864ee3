package tui

import "github.com/orbit-server/orbit/tui/pane"

// history is the screens that were shown, and where in them the user is.
type history struct {
	panes   []pane.Pane
	at      int
	preview bool // the present one is a preview, which another preview replaces
}

// maxHistory is how many screens can be gone back to.
const maxHistory = 50

func (h *history) now() pane.Pane { return h.panes[h.at] }

// show puts a screen in place of the present one. What was ahead is forgotten.
func (h *history) show(p pane.Pane, preview bool) {
	if len(h.panes) == 0 {
		h.panes, h.preview = []pane.Pane{p}, true
		return
	}
	leave(h.now())
	h.panes = h.panes[:h.at+1]
	if h.preview && preview {
		h.panes = h.panes[:h.at]
	}
	h.panes = append(h.panes, p)
	if len(h.panes) > maxHistory {
		h.panes = h.panes[1:]
	}
	h.at, h.preview = len(h.panes)-1, preview
}

// move goes back or forward, and tells whether it could.
func (h *history) move(by int) bool {
	to := h.at + by
	if to < 0 || to >= len(h.panes) {
		return false
	}
	leave(h.now())
	h.at, h.preview = to, false
	return true
}

func leave(p pane.Pane) {
	if c, ok := p.(pane.Closer); ok {
		c.Close()
	}
}

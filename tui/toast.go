package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
)

// toast is a sentence that is shown for a while.
type toast struct {
	text  string
	level pane.Level
	n     int
}

type toastOver struct{ n int }

func (t *toast) show(m pane.Toast) tea.Cmd {
	t.n++
	t.text, t.level = m.Text, m.Level
	n, stays := t.n, 3*time.Second
	if m.Level == pane.Failure {
		stays = 8 * time.Second
	}
	return tea.Tick(stays, func(time.Time) tea.Msg { return toastOver{n} })
}

func (t *toast) over(m toastOver) {
	if m.n == t.n {
		t.text = ""
	}
}

package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
)

// statusTick is when the server is asked again.
type statusTick struct{ clock int }

const (
	statusEvery   = 2 * time.Second
	statusTimeout = 3 * time.Second
	maxBackOff    = 15 * time.Second
)

func (a *App) askStatus() tea.Cmd { return a.server.Start(statusTimeout, a.env.Source.Status) }

// statusMessage takes what the server says of itself. One that does not answer is
// asked again, less and less often.
func (a *App) statusMessage(msg tea.Msg) (tea.Cmd, bool) {
	if t, ok := msg.(statusTick); ok {
		if t.clock != a.clock || a.server.Busy() {
			return nil, true
		}
		return a.askStatus(), true
	}
	s, err, ok := a.server.Take(msg)
	if !ok {
		return nil, false
	}
	again := statusEvery
	var cmds []tea.Cmd
	switch {
	case err != nil:
		if a.lost == nil {
			a.lostAt = time.Now()
		}
		a.lost = err
		again = min(statusEvery/4<<min(a.attempts, 10), maxBackOff)
		a.attempts++
	case a.lost != nil:
		a.lost, a.attempts, a.status = nil, 0, s
		cmds = append(cmds, pane.Say("the server is back"), pane.Ask(pane.Changed{}))
	default:
		a.status = s
	}
	a.clock++ // one clock, however often it was asked besides
	clock := a.clock
	cmds = append(cmds, tea.Tick(again, func(time.Time) tea.Msg { return statusTick{clock} }))
	return tea.Batch(cmds...), true
}

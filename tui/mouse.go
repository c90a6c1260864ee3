package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
)

// mouse gives a mouse event to the pane that is under it, with its place in the pane.
// A click focuses the pane too.
func (a *App) mouse(msg tea.MouseMsg) tea.Cmd {
	if a.overlay != nil {
		return a.overlay.update(a, msg)
	}
	at := msg.Mouse()
	left, right := a.body()
	onTree := left.has(at.X, at.Y)
	if !onTree && !right.has(at.X, at.Y) {
		return nil
	}
	in, to := a.inside(right), a.history.now()
	if onTree {
		in, to = a.inside(left), pane.Pane(a.tree)
	}
	inside := in.has(at.X, at.Y)
	at.X, at.Y = at.X-in.x, at.Y-in.y
	var moved tea.Msg
	switch msg.(type) {
	case tea.MouseClickMsg:
		a.focus(onTree)
		moved = tea.MouseClickMsg(at)
	case tea.MouseWheelMsg:
		moved = tea.MouseWheelMsg(at)
	case tea.MouseMotionMsg:
		moved = tea.MouseMotionMsg(at)
	case tea.MouseReleaseMsg:
		moved = tea.MouseReleaseMsg(at)
	}
	if !inside {
		return nil
	}
	if onTree {
		_, cmd := to.Update(moved)
		return cmd
	}
	return a.toPane(moved)
}

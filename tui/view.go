package tui

import (
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// place is a rectangle of the screen.
type place struct{ x, y, width, height int }

func (p place) has(x, y int) bool {
	return x >= p.x && x < p.x+p.width && y >= p.y && y < p.y+p.height
}

// Below these the tree and the screen take turns, and boxes have no room.
const (
	narrow = 64
	low    = 12
)

// sideBySide tells whether tree and screen are both shown.
func (a *App) sideBySide() bool { return a.width >= narrow && !a.hideTree }

// treeShown tells whether the tree is shown, or would be if it had the focus.
func (a *App) treeShown() bool { return !a.hideTree }

func (a *App) boxed() bool { return a.height >= low && a.width >= 40 }

// body is where tree and screen are, with their boxes.
func (a *App) body() (left, right place) {
	height := max(0, a.height-2)
	if !a.sideBySide() {
		all := place{0, 1, a.width, height}
		if a.onTree && a.treeShown() {
			return all, place{}
		}
		return place{}, all
	}
	w := max(24, min(a.width*3/10, 44))
	gap := 0
	if !a.boxed() {
		gap = 1
	}
	return place{0, 1, w, height}, place{w + gap, 1, a.width - w - gap, height}
}

// inside is where the content of a box is.
func (a *App) inside(p place) place {
	if !a.boxed() {
		return p
	}
	return place{p.x + 1, p.y + 1, max(0, p.width-2), max(0, p.height-2)}
}

// View implements tea.Model.
func (a *App) View() tea.View {
	v := tea.NewView(a.render())
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "orbit " + a.env.Source.Dir()
	if a.timing != nil {
		a.timing.drawn(v.Content != a.frame, a.ready())
	}
	a.frame = v.Content
	return v
}

// ready tells whether there is something to see.
func (a *App) ready() bool { return a.width > 0 && a.status.Version != "" }

func (a *App) render() string {
	if a.width <= 0 || a.height <= 0 {
		return ""
	}
	if a.height < 3 {
		return widget.Frame([]string{a.header()}, a.width, a.height)
	}
	left, right := a.body()
	var sides []string
	if left.width > 0 {
		sides = append(sides, a.box(a.tree, left, a.onTree))
		if gap := right.x - left.width; gap > 0 && right.width > 0 {
			sides = append(sides, widget.Frame(nil, gap, left.height))
		}
	}
	if right.width > 0 {
		sides = append(sides, a.box(a.history.now(), right, !a.onTree || !a.treeShown()))
	}
	screen := a.header() + "\n" + lipgloss.JoinHorizontal(lipgloss.Top, sides...) + "\n" + a.footer()
	if a.overlay != nil {
		screen = widget.Over(screen, a.overlay.view(a), a.width, a.height)
	}
	return screen
}

func (a *App) box(p pane.Pane, at place, focused bool) string {
	in := a.inside(at)
	content := p.View(in.width, in.height)
	if !a.boxed() {
		return content
	}
	note := ""
	if n, ok := p.(pane.Noter); ok {
		note = n.Note()
	}
	return widget.Box(a.env.Theme, p.Title(), note, content, at.width, at.height, focused)
}

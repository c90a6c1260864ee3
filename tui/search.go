package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// searchLine is where what is searched for is typed: the footer.
type searchLine struct {
	of    pane.Searcher
	input *widget.Input
}

func (a *App) beginSearch() tea.Cmd {
	s, ok := a.focused().(pane.Searcher)
	if !ok {
		// The tree has nothing to search in: the screen beside it may have.
		if s, ok = a.history.now().(pane.Searcher); !ok {
			return pane.Ask(pane.Toast{Text: "there is nothing to search here", Level: pane.Info})
		}
		a.focus(false)
	}
	a.search = &searchLine{s, widget.NewInput(a.env.Theme, "/", s.Searching())}
	return nil
}

func (s *searchLine) key(a *App, msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "esc":
		a.search = nil
		return s.of.Search("", true)
	case "enter":
		a.search = nil
		return s.of.Search(s.input.Value(), true)
	case "up", "down", "pgup", "pgdown":
		return a.toFocused(msg)
	}
	if s.input.Update(msg) {
		return s.of.Search(s.input.Value(), false)
	}
	return nil
}

func (s *searchLine) paste(_ *App, msg tea.PasteMsg) tea.Cmd {
	if s.input.Update(msg) {
		return s.of.Search(s.input.Value(), false)
	}
	return nil
}

func (s *searchLine) view(_ *pane.Env, width int) string { return s.input.View(width) }

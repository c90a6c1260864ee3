package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
)

// Update implements tea.Model.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	holder := a.focused()
	cmds := []tea.Cmd{a.take(msg), a.answer()}
	for len(a.held) > 0 && !a.holding() {
		if a.overlay == nil && a.focused() == holder && !a.typing() {
			a.held = nil // what they were typed for did not come
			break
		}
		press := a.held[0]
		a.held = a.held[1:]
		cmds = append(cmds, a.key(press), a.answer())
	}
	return a, tea.Batch(cmds...)
}

// answer does what screens asked for at once.
func (a *App) answer() tea.Cmd {
	var cmds []tea.Cmd
	for asked := a.env.Asked(); len(asked) > 0; asked = a.env.Asked() {
		for _, msg := range asked {
			cmds = append(cmds, a.take(msg))
		}
	}
	return tea.Batch(cmds...)
}

// take does what a message says.
func (a *App) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
		a.focus(a.onTree)
		return nil
	case tea.BackgroundColorMsg:
		a.dark = msg.IsDark()
		a.env.Theme.Set(a.dark, a.env.Theme.Colours())
		return nil
	case tea.ColorProfileMsg:
		a.env.Theme.Set(a.dark, msg.Profile > colorprofile.ASCII)
		return nil
	case tea.KeyPressMsg:
		return a.key(msg)
	case tea.PasteMsg:
		return a.paste(msg)
	case tea.MouseMsg:
		return a.mouse(msg)
	}
	if cmd, ok := a.asked(msg); ok {
		return cmd
	}
	if _, ok := msg.(pane.Changed); ok {
		return tea.Batch(a.askStatus(), a.broadcast(msg))
	}
	if cmd, ok := a.statusMessage(msg); ok {
		return cmd
	}
	if t, ok := msg.(toastOver); ok {
		a.toast.over(t)
		return nil
	}
	return a.broadcast(msg)
}

// broadcast gives a message to all that is shown.
func (a *App) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if a.overlay != nil {
		cmds = append(cmds, a.overlay.update(a, msg))
	}
	_, cmd := a.tree.Update(msg)
	return tea.Batch(append(cmds, cmd, a.toPane(msg))...)
}

func (a *App) toPane(msg tea.Msg) tea.Cmd {
	p, cmd := a.history.now().Update(msg)
	a.history.panes[a.history.at] = p
	return cmd
}

func (a *App) toFocused(msg tea.Msg) tea.Cmd {
	if a.focused() == pane.Pane(a.tree) {
		_, cmd := a.tree.Update(msg)
		return cmd
	}
	return a.toPane(msg)
}

// asked does what a screen asks for.
func (a *App) asked(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case pane.Open:
		return a.show(msg.Pane, msg.Preview), true
	case pane.Back:
		return a.back(-1), true
	case pane.Toast:
		return a.toast.show(msg), true
	case pane.Confirm:
		a.overlay = &confirm{Confirm: msg}
		return nil, true
	case pane.Prompt:
		a.overlay = newPrompt(a.env, msg)
		return nil, true
	case pane.Choose:
		a.overlay = newChoose(msg)
		return nil, true
	}
	return nil, false
}

// show puts a screen to the right.
func (a *App) show(p pane.Pane, preview bool) tea.Cmd {
	a.search = nil
	if there, ok := a.history.now().(pane.Placer); ok {
		if to, ok := p.(pane.Placer); ok && to.Place() == there.Place() {
			a.history.preview = a.history.preview && preview
			a.focus(a.onTree && preview)
			return nil
		}
	}
	a.history.show(p, preview)
	a.focus(a.onTree && preview)
	return p.Init()
}

func (a *App) back(by int) tea.Cmd {
	if !a.history.move(by) {
		if by < 0 && a.treeShown() {
			a.focus(true)
		}
		return nil
	}
	a.search = nil
	a.focus(false)
	return a.history.now().Init()
}

// maxHeld bounds what is kept of what is typed ahead.
const maxHeld = 100

// holding tells whether keys are kept for what the screen waits for.
func (a *App) holding() bool {
	h, ok := a.focused().(pane.Holder)
	return ok && a.overlay == nil && a.search == nil && h.Holding()
}

func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == "ctrl+c" || a.env.Keys.Is(msg, keymap.Close) {
		a.held = nil
	}
	keys := a.env.Keys
	switch {
	case msg.String() == "ctrl+c":
		if c, ok := a.focused().(pane.Canceller); ok && a.overlay == nil && c.Cancel() {
			return nil
		}
		return tea.Quit
	case a.overlay != nil:
		return a.overlay.update(a, msg)
	case a.search != nil:
		return a.search.key(a, msg)
	case a.holding() && !keys.Is(msg, keymap.Close):
		if len(a.held) < maxHeld {
			a.held = append(a.held, msg)
		}
		return nil
	case a.typing():
		if msg.Text == "" && keys.Is(msg, keymap.Help) {
			a.overlay = newHelp(a)
			return nil
		}
		return a.toFocused(msg)
	}
	// What the screen does with a key comes before what it means elsewhere.
	for _, act := range a.focused().Keys() {
		if !keys.Is(msg, act.ID) {
			continue
		}
		if act.Writes && a.env.ReadOnly {
			return pane.Ask(pane.Toast{Text: "read-only: " + act.Help + " is switched off", Level: pane.Warning})
		}
		return a.toFocused(msg)
	}
	switch keys.In(msg, keymap.App) {
	case keymap.Quit:
		return tea.Quit
	case keymap.Help:
		a.overlay = newHelp(a)
		return nil
	case keymap.Palette:
		a.overlay = newPalette(a)
		return nil
	case keymap.Search:
		return a.beginSearch()
	case keymap.NextPane, keymap.PrevPane:
		if a.treeShown() {
			a.focus(!a.onTree)
		}
		return nil
	case keymap.Back:
		return a.back(-1)
	case keymap.Forward:
		return a.back(1)
	case keymap.ToggleBar:
		a.hideTree = !a.hideTree
		a.focus(!a.hideTree)
		return nil
	case keymap.Refresh:
		return a.take(pane.Changed{})
	}
	if keys.Is(msg, keymap.Close) {
		return a.escape(msg)
	}
	return a.toFocused(msg)
}

// escape leaves what is innermost: a toast, a search, the screen, the pane.
func (a *App) escape(msg tea.KeyPressMsg) tea.Cmd {
	if a.toast.text != "" {
		a.toast.text = ""
		return nil
	}
	if s, ok := a.focused().(pane.Searcher); ok && s.Searching() != "" {
		return s.Search("", true)
	}
	if !a.onTree && a.treeShown() {
		if a.history.at > 0 && !a.history.preview {
			return a.back(-1)
		}
		a.focus(true)
		return nil
	}
	return a.toFocused(msg)
}

func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case a.overlay != nil:
		return a.overlay.update(a, msg)
	case a.search != nil:
		return a.search.paste(a, msg)
	}
	return a.toFocused(msg)
}

// plural words a question about some things.
func plural(question string, count int) string {
	if count < 2 {
		return question
	}
	return fmt.Sprintf("%s (%d)", question, count)
}

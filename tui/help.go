package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/widget"
)

// help lists what the keys do where the user is.
type help struct {
	lines  []string
	scroll widget.Scroll
}

func newHelp(a *App) *help {
	t := a.env.Theme
	h := &help{}
	own := a.focused().Keys()
	add := func(title string, actions []keymap.Action) {
		if len(actions) == 0 {
			return
		}
		if len(h.lines) > 0 {
			h.lines = append(h.lines, "")
		}
		h.lines = append(h.lines, t.Title.Render(title))
		for _, act := range actions {
			if len(act.Keys) == 0 {
				continue
			}
			text := act.Help
			if act.Writes && a.env.ReadOnly {
				text += " (read-only: off)"
			}
			h.lines = append(h.lines, "  "+t.Key.Render(widget.Fit(act.Labels(), 14))+" "+t.Text.Render(text))
		}
	}
	byContext := map[keymap.Context][]keymap.Action{}
	var contexts []keymap.Context
	for _, act := range own {
		c := act.ID.Context()
		if byContext[c] == nil {
			contexts = append(contexts, c)
		}
		byContext[c] = append(byContext[c], act)
	}
	titles := map[keymap.Context]string{}
	for _, s := range keymap.Sections {
		titles[s.Context] = s.Title
	}
	for _, c := range contexts {
		if c != keymap.Move {
			add(titles[c], byContext[c])
		}
	}
	add(titles[keymap.Move], a.env.Keys.Of(keymap.Move))
	add(titles[keymap.App], a.env.Keys.Of(keymap.App))
	return h
}

func (h *help) update(a *App, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	height := a.height - 4
	most := max(0, len(h.lines)-height)
	keys := a.env.Keys
	switch keys.In(press, keymap.Move) {
	case keymap.Up:
		h.scroll.Offset--
	case keymap.Down:
		h.scroll.Offset++
	case keymap.PageUp, keymap.HalfUp:
		h.scroll.Offset -= height
	case keymap.PageDown, keymap.HalfDown:
		h.scroll.Offset += height
	case keymap.Top:
		h.scroll.Offset = 0
	case keymap.Bottom:
		h.scroll.Offset = most
	default:
		a.close()
	}
	h.scroll.Offset = max(0, min(h.scroll.Offset, most))
	return nil
}

func (h *help) view(a *App) string {
	width := 0
	for _, l := range h.lines {
		width = max(width, ansi.StringWidth(l))
	}
	lines := h.lines[min(h.scroll.Offset, len(h.lines)):]
	lines = append([]string(nil), lines[:min(len(lines), max(1, a.height-4))]...)
	for i := range lines {
		lines[i] = widget.Fit(lines[i], min(width, a.width-4))
	}
	title := "Help: " + strings.TrimSpace(widget.Clean(ansi.Strip(a.focused().Title())))
	return a.dialog(title, lines)
}

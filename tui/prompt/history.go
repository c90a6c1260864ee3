package prompt

import (
	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/tui/pane"
)

// history is what was run before, in this run of the program and in others.
type history struct {
	file   string
	path   string
	lines  []string
	at     int    // in lines; their end is what is being typed
	draft  string // which is this
	loaded bool
}

// historyRead is what a file of history held.
type historyRead struct {
	of    *history
	path  string
	lines []string
}

// load reads the file, once.
func (h *history) load() tea.Cmd {
	if h.loaded {
		return nil
	}
	h.loaded = true
	return func() tea.Msg {
		path := prompt.HistoryFile(h.file)
		return historyRead{h, path, prompt.ReadHistory(path)}
	}
}

// take takes what was read.
func (h *history) take(msg tea.Msg) bool {
	read, ok := msg.(historyRead)
	if !ok || read.of != h {
		return false
	}
	h.path, h.lines = read.path, append(read.lines, h.lines...)
	h.at = len(h.lines)
	return true
}

// keep remembers a text in this run.
func (h *history) keep(text string) {
	if text != "" && (len(h.lines) == 0 || h.lines[len(h.lines)-1] != text) {
		h.lines = append(h.lines, text)
	}
	h.at, h.draft = len(h.lines), ""
}

// save remembers it in the file, for other runs.
func (h *history) save(text string) tea.Cmd {
	path := h.path
	return func() tea.Msg {
		if err := prompt.AppendHistory(path, text); err != nil {
			return pane.Toast{Text: "history: " + err.Error(), Level: pane.Warning}
		}
		return nil
	}
}

// move goes to an older or newer text; ok is false if there is none.
func (h *history) move(by int, now string) (text string, ok bool) {
	to := h.at + by
	if to < 0 || to > len(h.lines) {
		return "", false
	}
	if h.at == len(h.lines) {
		h.draft = now
	}
	h.at = to
	if to == len(h.lines) {
		return h.draft, true
	}
	return h.lines[to], true
}

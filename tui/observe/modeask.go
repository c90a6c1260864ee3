package observe

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/pane"
)

// other is the mode that a protocol would switch to.
func (p *protocolPlace) other() string {
	if p.Mode == inActors {
		return persistent
	}
	return inActors
}

// fate says what becomes of data in a mode when the process ends.
func (p *protocolPlace) fate(mode string) string {
	switch {
	case mode == persistent && p.Mode != persistent: // how durable it will be, the status of the other mode does not tell
		return "All data will be on disk and outlive the process."
	case mode == persistent:
		return "All data is on disk and outlives the process; " + map[string]string{
			"always":   "a write is there before it is acknowledged.",
			"everysec": "the last second of writes may be lost if the machine fails.",
			"no":       "what the system has not written yet may be lost if the machine fails.",
		}[p.durability]
	}
	switch p.ActorPersistence {
	case "none":
		return "Data lives in memory only: ALL OF IT IS LOST when the process ends (--actor-persistence none)."
	case "snapshot":
		return "Data lives in memory: what was written since the last snapshot is lost when the process is killed (--actor-persistence snapshot)."
	case "write-through":
		return "Data lives in memory and each write goes to disk as well, so that all of it outlives the process (--actor-persistence write-through)."
	}
	return "Data lives in memory (--actor-persistence " + p.ActorPersistence + ")."
}

// ask asks how the mode of a protocol is to be switched, if it is.
func (m *modes) ask(p protocolPlace) tea.Cmd {
	to := p.other()
	return m.env.Ask(pane.Choose{
		Title: fmt.Sprintf("Switch %s from %s to %s", p.title, p.Mode, to),
		Options: []string{
			"Move all data",
			"Move all data, in place of what an earlier time left there",
			"Begin empty, and discard all data",
		},
		Done: func(i int) tea.Cmd {
			o := admin.ModeChange{Protocol: p.protocol, Mode: to, Replace: i == 1, Discard: i == 2}
			return m.confirm(p, o)
		},
	})
}

// confirm asks whether it is really to be switched: for what removes data, with a word
// that has to be typed.
func (m *modes) confirm(p protocolPlace, o admin.ModeChange) tea.Cmd {
	detail := p.fate(o.Mode)
	if !o.Discard {
		detail += "\nAll data is copied while clients go on; until that is done everything stays as it is."
		if o.Mode == inActors {
			detail += "\nIt has to fit into memory."
		}
	}
	if !m.env.Source.Live() {
		detail += "\nThe mode is kept for the next start."
	}
	question, begin := fmt.Sprintf("Switch %s from %s to %s?", p.title, p.Mode, o.Mode), pane.Ask(beginMsg{m, o})
	word := ""
	switch {
	case o.Discard:
		word, detail = "discard", "All "+p.title+" data is discarded: it cannot be had back.\n"+detail
	case o.Replace:
		word, detail = "replace", "What an earlier time in mode "+o.Mode+" left there is removed.\n"+detail
	default:
		return m.env.Ask(pane.Confirm{Question: question, Detail: detail, Yes: begin})
	}
	return m.env.Ask(pane.Prompt{
		Title: question, Detail: detail, Hint: "type " + word + " to go on",
		Check: func(text string) error {
			if text != word {
				return fmt.Errorf("type %s to go on, or press Esc", word)
			}
			return nil
		},
		Done: func(string) tea.Cmd { return begin },
	})
}

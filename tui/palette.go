package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/sahilm/fuzzy"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// palette finds an action, a command of the screen or a place by some of its letters.
type palette struct {
	input  *widget.Input
	all    []entry
	found  []fuzzy.Match
	scroll widget.Scroll
}

type entry struct {
	title, key string
	run        func(a *App) tea.Cmd
}

// maxPlaces is how many lines of the tree are offered.
const maxPlaces = 5000

type entries []entry

// String and Len are fuzzy.Source's.
func (e entries) String(i int) string { return e[i].title }
func (e entries) Len() int            { return len(e) }

func newPalette(a *App) *palette {
	p := &palette{input: widget.NewInput(a.env.Theme, ": ", "")}
	if c, ok := a.history.now().(pane.Commander); ok {
		for _, cmd := range c.Commands() {
			p.all = append(p.all, entry{cmd.Title, "", func(*App) tea.Cmd { return cmd.Run }})
		}
	}
	for _, act := range a.actions() {
		if len(act.Keys) == 0 || act.ID.Context() == keymap.Move || act.ID == keymap.Palette {
			continue
		}
		key := act.Keys[0]
		p.all = append(p.all, entry{act.Help, act.Label(), func(a *App) tea.Cmd { return a.key(keymap.Press(key)) }})
	}
	for _, place := range a.tree.Places(maxPlaces) {
		p.all = append(p.all, entry{"Go to " + place.Path, "", func(a *App) tea.Cmd {
			if to := a.open(place.ID); to != nil {
				return a.show(to, false)
			}
			return nil
		}})
	}
	p.filter()
	return p
}

func (p *palette) filter() {
	p.scroll = widget.Scroll{}
	query := strings.TrimSpace(p.input.Value())
	if query == "" {
		p.found = p.found[:0]
		for i := range p.all {
			p.found = append(p.found, fuzzy.Match{Index: i})
		}
		return
	}
	p.found = fuzzy.FindFrom(query, entries(p.all))
	if len(p.found) == 0 { // a table as SQL writes it
		p.found = fuzzy.FindFrom(strings.ReplaceAll(query, ".", ""), entries(p.all))
	}
}

func (p *palette) height(a *App) int { return max(1, min(14, a.height-6)) }

func (p *palette) update(a *App, msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.PasteMsg:
		p.input.Update(m)
		p.filter()
	case tea.KeyPressMsg:
		switch m.String() {
		case "esc":
			a.close()
		case "enter":
			if p.scroll.Cursor >= len(p.found) {
				return nil // what is typed on would be keys of the screen
			}
			a.close()
			return p.all[p.found[p.scroll.Cursor].Index].run(a)
		case "up", "ctrl+p", "shift+tab":
			p.scroll.Move(-1, len(p.found), p.height(a))
		case "down", "ctrl+n", "tab":
			p.scroll.Move(1, len(p.found), p.height(a))
		default:
			if p.input.Update(m) {
				p.filter()
			}
		}
	}
	return nil
}

func (p *palette) view(a *App) string {
	t := a.env.Theme
	width := max(10, min(64, a.width-6))
	lines := []string{p.input.View(width)}
	for i := range p.height(a) {
		at := p.scroll.Offset + i
		if at >= len(p.found) {
			lines = append(lines, "")
			continue
		}
		e := p.all[p.found[at].Index]
		if at == p.scroll.Cursor {
			lines = append(lines, t.Selected.Render(widget.Spread(" "+e.title, e.key+" ", width)))
			continue
		}
		lines = append(lines, widget.Spread(" "+highlight(a, e.title, p.found[at].MatchedIndexes), t.Key.Render(e.key)+" ", width))
	}
	if len(p.found) == 0 {
		lines[1] = t.Dim.Render(" nothing is called so")
	}
	return a.dialog("Commands", lines)
}

// highlight marks the bytes of a text at some places.
func highlight(a *App, text string, at []int) string {
	var b strings.Builder
	for i, r := range text {
		style := a.env.Theme.Text
		if len(at) > 0 && at[0] == i {
			style, at = a.env.Theme.Accent.Bold(true), at[1:]
		}
		b.WriteString(style.Render(string(r)))
	}
	return ansi.Truncate(b.String(), a.width, "…")
}

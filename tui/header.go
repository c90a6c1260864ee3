package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// header says what this is a window into.
func (a *App) header() string {
	t := a.env.Theme
	left := t.Brand.Render(" orbit ") + t.Header.Render(" "+widget.Clean(a.where())+" ")
	var right string
	add := func(text string, style func(...string) string) { right += style(text) + t.Badge.Render(" ") }
	if a.env.ReadOnly {
		add("read-only", t.BadgeBad.Render)
	}
	switch {
	case a.lost != nil:
		add("● lost, trying again", t.BadgeBad.Render)
	case a.env.Source.Live():
		add("● live", t.BadgeGood.Render)
	default:
		add("○ offline", t.Badge.Render)
	}
	modes := ""
	if s := a.status.Redis; s != nil {
		modes += "redis " + s.Place.Mode + "  "
	}
	if s := a.status.Postgres; s != nil {
		modes += "postgres " + s.Place.Mode + "  "
	}
	w := ansi.StringWidth(left) + ansi.StringWidth(right)
	if w+len(modes) < a.width {
		right = t.Badge.Render(modes) + right
	}
	w = ansi.StringWidth(left) + ansi.StringWidth(right)
	if w > a.width {
		return widget.Spread(left, right, a.width)
	}
	return left + t.Header.Render(strings.Repeat(" ", a.width-w)) + right
}

// where is the server's addresses, or the directory.
func (a *App) where() string {
	var parts []string
	if s := a.status.Redis; s != nil && s.Addr != "" {
		parts = append(parts, s.Addr)
	}
	if s := a.status.Postgres; s != nil && s.Addr != "" {
		parts = append(parts, s.Addr)
	}
	if len(parts) == 0 || !a.env.Source.Live() {
		return a.env.Source.Dir()
	}
	return strings.Join(parts, " · ")
}

// footer is a search, a toast, or the keys that work now.
func (a *App) footer() string {
	t := a.env.Theme
	if a.search != nil {
		return a.search.view(a.env, a.width)
	}
	if a.toast.text != "" {
		style := map[pane.Level]func(...string) string{
			pane.Info: t.Text.Render, pane.Done: t.Good.Render, pane.Warning: t.Warn.Render, pane.Failure: t.Bad.Render,
		}[a.toast.level]
		return widget.Fit(" "+style(widget.Clean(a.toast.text)), a.width)
	}
	actions := a.actions()
	if a.typing() {
		actions = a.focused().Keys()
	}
	// Help and quitting are always there, to the right; with keys that are not text where
	// text is typed.
	right := ""
	for _, id := range []keymap.ID{keymap.Help, keymap.Quit} {
		act := a.env.Keys.Action(id)
		if a.typing() {
			act.Keys = slices.DeleteFunc(slices.Clone(act.Keys), func(key string) bool { return keymap.Press(key).Text != "" })
		}
		if len(act.Keys) > 0 {
			right += hint(t.Key.Render, t.KeyHelp.Render, act) + "  "
		}
	}
	right = strings.TrimSuffix(right, " ")
	left, room := "", a.width-ansi.StringWidth(right)-2
	for _, act := range actions {
		if act.Short == "" || len(act.Keys) == 0 || act.ID == keymap.Help || act.ID == keymap.Quit {
			continue
		}
		next := " " + hint(t.Key.Render, t.KeyHelp.Render, act) + " "
		if ansi.StringWidth(left)+ansi.StringWidth(next) > room {
			break
		}
		left += next
	}
	return widget.Spread(left, right, a.width)
}

func hint(key, help func(...string) string, a keymap.Action) string {
	return key(a.Label()) + " " + help(a.Short)
}

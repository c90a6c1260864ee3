package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// overlay is what is over the screen and has all keys: a question, the palette, the
// help. It closes itself with App.close.
type overlay interface {
	update(a *App, msg tea.Msg) tea.Cmd
	view(a *App) string
}

func (a *App) close() { a.overlay = nil }

// dialog draws a box of some lines, as wide as they are.
func (a *App) dialog(title string, lines []string) string {
	w := ansi.StringWidth(title) + 6
	for _, l := range lines {
		w = max(w, ansi.StringWidth(l)+4)
	}
	w, h := min(w, a.width), min(len(lines)+2, a.height)
	for i, l := range lines {
		lines[i] = " " + l
	}
	return widget.Box(a.env.Theme, title, "", strings.Join(lines, "\n"), w, h, true)
}

// dialogRoom is how wide the text of a dialog may be.
func (a *App) dialogRoom() int { return max(min(a.width-6, 84), 10) }

// detail is what a dialog says beside its question, if it has so many other lines:
// those have to be seen.
func (a *App) detail(text string, others int) (lines []string) {
	for l := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		for _, part := range widget.Wrap(widget.Clean(l), a.dialogRoom()) {
			if part != "" {
				lines = append(lines, a.env.Theme.Dim.Render(part))
			}
		}
	}
	return lines[:min(len(lines), max(a.height-2-others, 0))]
}

// confirm asks whether something is to be done.
type confirm struct{ pane.Confirm }

func (c *confirm) update(a *App, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch press.String() {
	case "y", "Y":
		a.close()
		return c.Yes
	case "n", "N", "esc", "q":
		a.close()
	}
	return nil
}

func (c *confirm) view(a *App) string {
	t := a.env.Theme
	lines := []string{""}
	for _, l := range widget.Wrap(widget.Clean(plural(c.Question, c.Count)), a.dialogRoom()) {
		lines = append(lines, t.Text.Render(l))
	}
	lines = append(lines, a.detail(c.Detail, len(lines)+2)...)
	lines = append(lines, "", t.Key.Render("y")+t.KeyHelp.Render(" yes   ")+t.Key.Render("n")+t.KeyHelp.Render(" no"))
	return a.dialog("Are you sure?", lines)
}

// prompt asks for a line.
type prompt struct {
	pane.Prompt
	input   *widget.Input
	refused error
}

func newPrompt(env *pane.Env, p pane.Prompt) *prompt {
	return &prompt{Prompt: p, input: widget.NewInput(env.Theme, "› ", p.Initial)}
}

func (p *prompt) update(a *App, msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.PasteMsg:
		p.input.Update(m)
	case tea.KeyPressMsg:
		switch m.String() {
		case "esc":
			a.close()
		case "enter":
			if p.Check != nil {
				if p.refused = p.Check(p.input.Value()); p.refused != nil {
					return nil
				}
			}
			a.close()
			return p.Done(p.input.Value())
		default:
			p.input.Update(m)
			p.refused = nil
		}
	}
	return nil
}

func (p *prompt) view(a *App) string {
	t := a.env.Theme
	hint := t.Dim.Render(p.Hint)
	if p.refused != nil {
		hint = t.Bad.Render(widget.Clean(p.refused.Error()))
	}
	width := max(10, min(60, a.width-6))
	lines := append([]string{""}, a.detail(p.Detail, 4)...)
	return a.dialog(widget.Clean(p.Title), append(lines, p.input.View(width), hint, t.Key.Render("⏎")+t.KeyHelp.Render(" ok   ")+t.Key.Render("esc")+t.KeyHelp.Render(" cancel")))
}

// choose has one of several picked.
type choose struct {
	pane.Choose
	scroll widget.Scroll
}

func newChoose(c pane.Choose) *choose { return &choose{Choose: c} }

func (c *choose) update(a *App, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch press.String() {
	case "esc", "q":
		a.close()
	case "enter":
		a.close()
		return c.Done(c.scroll.Cursor)
	default:
		c.scroll.Key(a.env.Keys, press, len(c.Options), max(1, a.height-6))
	}
	return nil
}

func (c *choose) view(a *App) string {
	var lines []string
	for i := c.scroll.Offset; i < len(c.Options) && i < c.scroll.Offset+max(1, a.height-6); i++ {
		line := " " + widget.Clean(c.Options[i]) + " "
		if i == c.scroll.Cursor {
			line = a.env.Theme.Selected.Render(line)
		}
		lines = append(lines, line)
	}
	return a.dialog(c.Title, lines)
}

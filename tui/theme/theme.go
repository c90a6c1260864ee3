package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
)

// Theme is the styles in use. Screens keep the pointer: what the terminal says of
// itself arrives after they were made.
type Theme struct {
	dark, colours bool

	Text, Dim, Faint lipgloss.Style
	Title            lipgloss.Style // of the focused pane
	TitleBlur        lipgloss.Style
	Border           lipgloss.Style
	BorderFocus      lipgloss.Style
	// Selected is the line or cell under the cursor of the focused pane, SelectedBlur
	// that of another; Marked is a line that is marked.
	Selected, SelectedBlur, Marked lipgloss.Style
	// Column is the heading of a column. Null is a value that is none.
	Column, Null lipgloss.Style
	Match        lipgloss.Style // what a search found
	Good, Warn   lipgloss.Style
	Bad          lipgloss.Style
	Accent       lipgloss.Style
	Header       lipgloss.Style // the bar at the top, and in it:
	Brand        lipgloss.Style
	Badge        lipgloss.Style
	BadgeGood    lipgloss.Style
	BadgeBad     lipgloss.Style
	Key          lipgloss.Style // a key in the footer
	KeyHelp      lipgloss.Style
	// Of highlighted values.
	Name, String, Number, Word, Punct lipgloss.Style

	tones map[string]lipgloss.Style
}

// New makes the theme of a dark or light terminal.
func New(dark, colours bool) *Theme {
	t := &Theme{}
	t.Set(dark, colours)
	return t
}

// Dark tells whether the terminal is.
func (t *Theme) Dark() bool { return t.dark }

// Colours tells whether there are any.
func (t *Theme) Colours() bool { return t.colours }

// Tones are styles by name: of Redis's types, and of what is good, bad, or to be seen.
func (t *Theme) Tones() map[string]lipgloss.Style { return t.tones }

// Tone is the style of a name, the usual one if it has none.
func (t *Theme) Tone(name string) lipgloss.Style {
	if s, known := t.tones[name]; known {
		return s
	}
	return t.Text
}

// Set changes all styles.
func (t *Theme) Set(dark, colours bool) {
	*t = Theme{dark: dark, colours: colours}
	if !colours {
		t.plain()
		return
	}
	pick := lipgloss.LightDark(dark)
	hue := func(light, dark string) color.Color { return pick(lipgloss.Color(light), lipgloss.Color(dark)) }
	var (
		text   = hue("#24292f", "#d8dee9")
		dim    = hue("#57606a", "#8b949e")
		faint  = hue("#a0a8b0", "#4c566a")
		accent = hue("#5b3fd6", "#a78bfa")
		blue   = hue("#0a58ca", "#7dcfff")
		green  = hue("#1a7f37", "#9ece6a")
		yellow = hue("#8a6100", "#e0af68")
		red    = hue("#c0272d", "#f7768e")
		pink   = hue("#a626a4", "#f5a9d0")
		cyan   = hue("#0b7285", "#73daca")
		bar    = hue("#e7e5f5", "#24223a")
		cursor = hue("#d9d2ff", "#3b3566")
		quiet  = hue("#eceaf4", "#2a2a37")
		paper  = hue("#ffffff", "#1a1b26")
	)
	fg := func(c color.Color) lipgloss.Style { return lipgloss.NewStyle().Foreground(c) }
	t.Text, t.Dim, t.Faint = fg(text), fg(dim), fg(faint)
	t.Title, t.TitleBlur = fg(accent).Bold(true), fg(dim)
	t.Border, t.BorderFocus = fg(faint), fg(accent)
	t.Selected = fg(text).Background(cursor).Bold(true)
	t.SelectedBlur = fg(text).Background(quiet)
	t.Marked = fg(yellow)
	t.Column, t.Null = fg(dim).Bold(true), fg(faint).Italic(true)
	t.Match = fg(paper).Background(yellow)
	t.Good, t.Warn, t.Bad, t.Accent = fg(green), fg(yellow), fg(red), fg(accent)
	t.Header = fg(text).Background(bar)
	t.Brand = fg(paper).Background(accent).Bold(true)
	t.Badge = fg(dim).Background(bar)
	t.BadgeGood, t.BadgeBad = fg(green).Background(bar), fg(red).Background(bar).Bold(true)
	t.Key, t.KeyHelp = fg(accent).Bold(true), fg(dim)
	t.Name, t.String, t.Number, t.Word, t.Punct = fg(blue), fg(green), fg(yellow), fg(pink), fg(dim)
	t.tones = map[string]lipgloss.Style{
		"string": fg(green), "hash": fg(blue), "list": fg(yellow), "set": fg(pink), "zset": fg(cyan), "stream": fg(red),
		"dim": t.Dim, "good": t.Good, "warn": t.Warn, "bad": t.Bad,
	}
}

func (t *Theme) plain() {
	none, bold, reverse := lipgloss.NewStyle(), lipgloss.NewStyle().Bold(true), lipgloss.NewStyle().Reverse(true)
	for _, s := range []*lipgloss.Style{
		&t.Text, &t.Dim, &t.Faint, &t.TitleBlur, &t.Border, &t.BorderFocus, &t.Null, &t.Good, &t.Warn, &t.Accent,
		&t.Badge, &t.BadgeGood, &t.KeyHelp, &t.Name, &t.String, &t.Number, &t.Word, &t.Punct, &t.Header,
	} {
		*s = none
	}
	t.Title, t.Column, t.Bad, t.Key, t.Marked, t.BadgeBad = bold, bold, bold, bold, bold, bold
	t.Selected, t.Brand, t.Match = reverse, reverse.Bold(true), reverse
	t.SelectedBlur = lipgloss.NewStyle().Underline(true)
}

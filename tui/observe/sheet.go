package observe

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// field is a cell and what it is sorted by: a number if it has one.
type field struct {
	text, tone string
	n          float64
	number     bool
}

func words(text string) field           { return field{text: text} }
func num(n float64, text string) field  { return field{text: text, n: n, number: true} }
func (f field) toned(tone string) field { f.tone = tone; return f }
func (f field) compare(g field) int {
	if f.number || g.number {
		return cmp.Compare(f.n, g.n)
	}
	return strings.Compare(f.text, g.text)
}

// entry is a row of a sheet.
type entry struct {
	id     string
	fields []field
	of     any
}

// page is all rows of a sheet, and what is to be said above them.
type page struct {
	entries []entry
	note    string
}

// sheet is a list that is fetched again every few seconds, sorted and filtered here.
type sheet struct {
	env         *pane.Env
	name, title string
	empty       string // what stands where there are no rows
	get         func(ctx context.Context) (page, error)
	actions     []keymap.ID
	act         func(id keymap.ID, e entry) tea.Cmd

	grid    *widget.Grid
	fetch   pane.Fetch[page]
	work    pane.Fetch[string] // something that is done, and what is to be said then
	page    page
	failed  error
	loaded  bool
	focused bool
	width   int
	lines   int // above the grid, as drawn last
	filter  string
	column  int // by which it is sorted, -1 for none
	down    bool
	clock   int
}

// refreshEvery is how often a sheet is fetched again, fetchTime what that may take.
const (
	refreshEvery = 2 * time.Second
	fetchTime    = 10 * time.Second
)

type sheetTick struct {
	of    *sheet
	clock int
}

func newSheet(env *pane.Env, name, title string, columns []widget.Column) *sheet {
	s := &sheet{env: env, name: name, title: title, column: -1, grid: widget.NewGrid(widget.GridStyles{})}
	s.grid.SetColumns(columns)
	return s
}

// Init implements pane.Pane.
func (s *sheet) Init() tea.Cmd {
	s.clock++
	return s.load()
}

// Close implements pane.Closer.
func (s *sheet) Close() {
	s.clock++
	s.fetch.Cancel()
}

// Place implements pane.Placer.
func (s *sheet) Place() string { return place(s.name) }

// Title implements pane.Pane.
func (s *sheet) Title() string { return s.title }

// Note implements pane.Noter.
func (s *sheet) Note() string {
	if !s.loaded {
		return ""
	}
	shown, all := len(s.grid.Loaded()), len(s.page.entries)
	note := widget.Grouped(int64(all))
	if shown != all {
		note = widget.Grouped(int64(shown)) + " of " + note
	}
	return note
}

// Focus implements pane.Focuser.
func (s *sheet) Focus(focused bool) { s.focused = focused }

// Keys implements pane.Pane.
func (s *sheet) Keys() []keymap.Action {
	return s.env.Keys.List(append([]keymap.ID{keymap.ObserveSort}, s.actions...)...)
}

func (s *sheet) load() tea.Cmd { return s.fetch.Start(fetchTime, s.get) }

func (s *sheet) tick() tea.Cmd {
	s.clock++
	t := sheetTick{s, s.clock}
	return tea.Tick(refreshEvery, func(time.Time) tea.Msg { return t })
}

// Update implements pane.Pane.
func (s *sheet) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if p, err, ok := s.fetch.Take(msg); ok {
		if s.failed = err; err == nil {
			s.page = p
			s.show()
		}
		return s, s.tick()
	}
	if said, err, ok := s.work.Take(msg); ok {
		if err != nil {
			return s, tea.Batch(pane.Fail(err), s.load())
		}
		return s, tea.Batch(pane.Say(said), s.load())
	}
	switch msg := msg.(type) {
	case sheetTick:
		if msg.of == s && msg.clock == s.clock && !s.fetch.Busy() {
			return s, s.load()
		}
	case pane.Changed:
		return s, s.load()
	case doMsg:
		if msg.to == s {
			return s, s.work.Start(fetchTime, msg.do)
		}
	case tea.KeyPressMsg:
		return s, s.key(msg)
	case tea.MouseMsg:
		if click, ok := msg.(tea.MouseClickMsg); ok {
			click.Y -= s.lines
			msg = click
		}
		s.grid.Mouse(msg, s.width)
	}
	return s, nil
}

// doMsg has a sheet do something that was confirmed.
type doMsg struct {
	to *sheet
	do func(ctx context.Context) (said string, err error)
}

// doing is the command that has the sheet do it.
func (s *sheet) doing(do func(ctx context.Context) (string, error)) tea.Cmd {
	return pane.Ask(doMsg{s, do})
}

func (s *sheet) key(msg tea.KeyPressMsg) tea.Cmd {
	id := s.env.Keys.In(msg, keymap.Observe)
	switch {
	case id == keymap.ObserveSort:
		s.sort()
	case slices.Contains(s.actions, id):
		e, _ := s.grid.Current().Of.(entry)
		return s.act(id, e)
	default:
		s.grid.Key(s.env.Keys, msg)
	}
	return nil
}

// sort goes through the orders of the cursor's column: the largest number first, but
// the first name.
func (s *sheet) sort() {
	c := s.grid.Column()
	first := s.grid.Columns()[c].Right
	switch {
	case s.column != c:
		s.column, s.down = c, first
	case s.down == first:
		s.down = !first
	default:
		s.column = -1
	}
	s.show()
}

// show puts the rows that are wanted into the grid, in order.
func (s *sheet) show() {
	var chosen []entry
	filter := strings.ToLower(s.filter)
	for _, e := range s.page.entries {
		if filter == "" || slices.ContainsFunc(e.fields, func(f field) bool { return strings.Contains(strings.ToLower(f.text), filter) }) {
			chosen = append(chosen, e)
		}
	}
	o := widget.Ascending
	if s.down {
		o = widget.Descending
	}
	s.grid.SetOrder(s.column, o)
	if s.column >= 0 {
		slices.SortStableFunc(chosen, func(a, b entry) int {
			n := a.fields[s.column].compare(b.fields[s.column])
			if s.down {
				return -n
			}
			return n
		})
	}
	w := widget.Window{First: true, Last: true, Rows: make([]widget.Row, len(chosen))}
	for i, e := range chosen {
		cells := make([]widget.Cell, len(e.fields))
		for k, f := range e.fields {
			cells[k] = widget.Cell{Text: f.text, Tone: f.tone}
		}
		w.Rows[i] = widget.Row{ID: e.id, Cells: cells, Of: e}
	}
	if s.loaded {
		s.grid.Reload(w)
		return
	}
	s.grid.Load(w)
	s.loaded = true
}

// Searching implements pane.Searcher.
func (s *sheet) Searching() string { return s.filter }

// Search implements pane.Searcher: rows that have the text in them.
func (s *sheet) Search(query string, _ bool) tea.Cmd {
	s.filter = query
	s.show()
	return nil
}

// View implements pane.Pane.
func (s *sheet) View(width, height int) string {
	s.width = width
	t := s.env.Theme
	s.grid.Theme(t, s.focused)
	var lines []string
	if s.failed != nil {
		lines = folded(t.Bad, s.failed.Error(), width)
	}
	if s.page.note != "" {
		lines = append(lines, folded(t.Dim, s.page.note, width)...)
	}
	if s.filter != "" {
		lines = append(lines, t.Dim.Render("with ")+t.Accent.Render(widget.Clean(s.filter)))
	}
	switch {
	case !s.loaded && s.failed == nil && s.fetch.Slow():
		lines = append(lines, t.Warn.Render("asking the server…"))
	case s.loaded && len(s.page.entries) == 0:
		lines = append(lines, folded(t.Dim, s.empty, width)...)
	case s.loaded && len(s.grid.Loaded()) == 0:
		lines = append(lines, t.Dim.Render("none has that in it"))
	}
	lines = lines[:min(len(lines), max(height-2, 0))]
	s.lines = len(lines)
	if len(s.grid.Loaded()) == 0 || height <= s.lines {
		return widget.Frame(lines, width, height)
	}
	body := s.grid.View(width, height-s.lines)
	if s.lines == 0 {
		return body
	}
	return widget.Frame(lines, width, s.lines) + "\n" + body
}

// folded is a text above a list, on as many lines as it needs.
func folded(style lipgloss.Style, text string, width int) []string {
	lines := widget.Wrap(widget.Clean(text), width)
	for i, l := range lines {
		lines[i] = style.Render(l)
	}
	return lines
}

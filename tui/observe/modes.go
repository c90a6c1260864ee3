package observe

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// The modes' names.
const (
	persistent = "persistent"
	inActors   = "actor"
)

// modes is where each protocol's data is, and what of it outlives the process.
type modes struct {
	env    *pane.Env
	w      *World
	fetch  pane.Fetch[admin.Status]
	status admin.Status
	asked  bool
	failed error
	at     int // the protocol under the cursor
	clock  int
	shown  []int // the first line of each protocol, as drawn last
}

type modesTick struct {
	of    *modes
	clock int
}

func newModes(env *pane.Env, w *World) *modes { return &modes{env: env, w: w} }

// Init implements pane.Pane.
func (m *modes) Init() tea.Cmd {
	m.clock++
	return m.load()
}

// Close implements pane.Closer.
func (m *modes) Close() {
	m.clock++
	m.fetch.Cancel()
}

// Place implements pane.Placer.
func (m *modes) Place() string { return place("modes") }

// Title implements pane.Pane.
func (m *modes) Title() string { return "Modes" }

// Keys implements pane.Pane.
func (m *modes) Keys() []keymap.Action {
	if _, going := m.w.change.now(); going {
		return m.env.Keys.List(keymap.ObserveStop)
	}
	return m.env.Keys.List(keymap.ObserveMode)
}

func (m *modes) load() tea.Cmd { return m.fetch.Start(fetchTime, m.env.Source.Status) }

// tick asks again soon, sooner while something moves.
func (m *modes) tick() tea.Cmd {
	m.clock++
	t, every := modesTick{m, m.clock}, refreshEvery
	if _, going := m.w.change.now(); going {
		every = refreshEvery / 10
	}
	return tea.Tick(every, func(time.Time) tea.Msg { return t })
}

// Update implements pane.Pane.
func (m *modes) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if s, err, ok := m.fetch.Take(msg); ok {
		if m.failed = err; err == nil {
			m.status, m.asked = s, true
		}
		return m, m.tick()
	}
	switch msg := msg.(type) {
	case modesTick:
		if msg.of == m && msg.clock == m.clock && !m.fetch.Busy() {
			return m, m.load()
		}
	case pane.Changed:
		return m, m.load()
	case beginMsg:
		if msg.to == m {
			return m, m.begin(msg.change)
		}
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.MouseClickMsg:
		for i, first := range m.shown {
			if msg.Y >= first {
				m.at = i
			}
		}
	}
	return m, nil
}

// beginMsg has a change begin that was confirmed.
type beginMsg struct {
	to     *modes
	change admin.ModeChange
}

func (m *modes) begin(o admin.ModeChange) tea.Cmd {
	if _, going := m.w.change.now(); going {
		return pane.Ask(pane.Toast{Text: "another change is under way", Level: pane.Warning})
	}
	c, run := begin(m.env, o)
	m.w.change = c
	return tea.Batch(run, m.tick())
}

func (m *modes) key(msg tea.KeyPressMsg) tea.Cmd {
	places := m.places()
	switch m.env.Keys.In(msg, keymap.Observe) {
	case keymap.ObserveMode:
		if m.at < len(places) {
			return m.ask(places[m.at])
		}
	case keymap.ObserveStop:
		if _, going := m.w.change.now(); going {
			m.w.change.cancel()
		}
	default:
		switch m.env.Keys.In(msg, keymap.Move) {
		case keymap.Up, keymap.Top:
			m.at = max(m.at-1, 0)
		case keymap.Down, keymap.Bottom:
			m.at = max(min(m.at+1, len(places)-1), 0)
		}
	}
	return nil
}

// protocolPlace is a protocol and where its data is.
type protocolPlace struct {
	protocol, title, durability string
	admin.Place
	store *admin.Store
}

func (m *modes) places() (list []protocolPlace) {
	if r := m.status.Redis; r != nil {
		list = append(list, protocolPlace{"redis", "Redis", r.Durability, r.Place, &r.Storage})
	}
	if p := m.status.Postgres; p != nil {
		list = append(list, protocolPlace{"postgres", "PostgreSQL", p.Durability, p.Place, &p.Storage})
	}
	return list
}

// View implements pane.Pane.
func (m *modes) View(width, height int) string {
	t := m.env.Theme
	var lines []string
	if m.failed != nil {
		lines = append(lines, t.Bad.Render(widget.Clean(m.failed.Error())), "")
	}
	if !m.asked {
		if m.failed == nil {
			lines = append(lines, t.Dim.Render("asking the server…"))
		}
		return widget.Frame(lines, width, height)
	}
	progress, going := m.w.change.now()
	m.shown = m.shown[:0]
	for i, p := range m.places() {
		m.shown = append(m.shown, len(lines))
		name := t.Text.Bold(true).Render("  " + p.title + "  ")
		if i == m.at {
			name = t.Selected.Render("▸ " + p.title + "  ")
		}
		lines = append(lines, name+" "+t.Accent.Render(p.Mode))
		style := t.Dim
		if p.Mode == inActors && p.ActorPersistence == "none" {
			style = t.Warn
		}
		for _, l := range widget.Wrap(p.fate(p.Mode), width-4) {
			lines = append(lines, "    "+style.Render(l))
		}
		lines = append(lines, "    "+t.Dim.Render(holds(&p)))
		if going && m.w.change.protocol == p.protocol {
			lines = append(lines, m.bar(progress, width)...)
		}
		lines = append(lines, "")
	}
	if len(m.places()) == 0 {
		lines = append(lines, t.Dim.Render("this server serves neither protocol"))
	}
	return widget.Frame(lines, width, height)
}

// holds says how much data there is, and when it was last saved.
func holds(p *protocolPlace) string {
	text := widget.Bytes(int64(p.store.DiskBytes)) + " on disk"
	if p.store.Kind == "memory" {
		text = widget.Bytes(int64(p.store.MemtableBytes)) + " in memory"
	}
	if p.Mode == inActors && p.SavedAt != nil {
		text += ", last snapshot " + when(*p.SavedAt)
	}
	return text
}

// bar shows how far a change has come. How much there is, is an estimate.
func (m *modes) bar(p admin.ModeProgress, width int) []string {
	t := m.env.Theme
	part := 0.0
	if p.TotalBytes > 0 {
		part = min(float64(p.Bytes)/float64(p.TotalBytes), 1)
	}
	text := fmt.Sprintf("%3.0f%%  %s entries, %s of about %s", part*100, widget.Grouped(p.Keys), widget.Bytes(p.Bytes), widget.Bytes(p.TotalBytes))
	return []string{
		"    " + t.Text.Render("moving to "+m.w.change.mode+"…"),
		"    " + t.Accent.Render(widget.Bar(part, max(min(width-8, 60), 1))),
		"    " + t.Dim.Render(text),
	}
}

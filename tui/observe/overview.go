package observe

import (
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// overview is charts of the last minutes and what the storage is like.
type overview struct {
	env    *pane.Env
	h      *history
	sample pane.Fetch[admin.Status]
	failed error
	paused bool
	clock  int
	scroll widget.Scroll
	lines  int // all there are, as drawn last
	height int
}

type sampleTick struct {
	of    *overview
	clock int
}

func newOverview(env *pane.Env, w *World) *overview { return &overview{env: env, h: &w.history} }

// Init implements pane.Pane.
func (o *overview) Init() tea.Cmd {
	o.clock++
	return o.ask()
}

// Close implements pane.Closer.
func (o *overview) Close() {
	o.clock++
	o.sample.Cancel()
}

// Place implements pane.Placer.
func (o *overview) Place() string { return place("overview") }

// Title implements pane.Pane.
func (o *overview) Title() string { return "Overview" }

// Note implements pane.Noter.
func (o *overview) Note() string {
	if o.paused {
		return "paused"
	}
	return ""
}

// Keys implements pane.Pane.
func (o *overview) Keys() []keymap.Action { return o.env.Keys.List(keymap.ObservePause) }

func (o *overview) ask() tea.Cmd { return o.sample.Start(fetchTime, o.env.Source.Status) }

// tick asks again at the next full second, whatever the answer took.
func (o *overview) tick() tea.Cmd {
	o.clock++
	t := sampleTick{o, o.clock}
	return tea.Every(sampleEvery, func(time.Time) tea.Msg { return t })
}

// Update implements pane.Pane.
func (o *overview) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if s, err, ok := o.sample.Take(msg); ok {
		if o.failed = err; err == nil {
			o.h.add(s, time.Now())
		}
		return o, o.tick()
	}
	switch msg := msg.(type) {
	case sampleTick:
		if msg.of == o && msg.clock == o.clock && !o.paused && !o.sample.Busy() {
			return o, o.ask()
		}
	case tea.KeyPressMsg:
		if o.env.Keys.Is(msg, keymap.ObservePause) {
			o.paused = !o.paused
			if !o.paused {
				return o, o.ask()
			}
			return o, nil
		}
		// There is no cursor: what moves it moves the picture.
		o.scroll.Cursor = o.scroll.Offset
		switch o.env.Keys.In(msg, keymap.Move) {
		case keymap.Up:
			o.move(-1)
		case keymap.Down:
			o.move(1)
		case keymap.PageUp, keymap.HalfUp:
			o.move(-max(o.height-1, 1))
		case keymap.PageDown, keymap.HalfDown:
			o.move(max(o.height-1, 1))
		case keymap.Top:
			o.move(-o.lines)
		case keymap.Bottom:
			o.move(o.lines)
		}
	case tea.MouseWheelMsg:
		switch msg.Mouse().Button {
		case tea.MouseWheelUp:
			o.move(-3)
		case tea.MouseWheelDown:
			o.move(3)
		}
	}
	return o, nil
}

func (o *overview) move(by int) {
	o.scroll.Offset = max(min(o.scroll.Offset+by, o.lines-o.height), 0)
}

// rate is a number a second as it is read: 0, 0.3, 17, 12.3k.
func rate(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v > 0 && v < 9.95:
		return trimmed(v)
	}
	return widget.Count(int64(math.Round(v)))
}

func trimmed(v float64) string {
	tenths := int(math.Round(v * 10))
	if tenths%10 == 0 {
		return widget.Count(int64(tenths / 10))
	}
	return string(rune('0'+tenths/10)) + "." + string(rune('0'+tenths%10))
}

func amount(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return widget.Count(int64(v))
}

func size(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return widget.Bytes(int64(v))
}

func sizeRate(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return widget.Bytes(int64(v)) + "/s"
}

func nanos(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return took(time.Duration(v))
}

func percent(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return widget.Count(int64(math.Floor(v*100))) + "%"
}

func uptime(seconds int64) string { return widget.Span(time.Duration(seconds) * time.Second) }

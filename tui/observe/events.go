package observe

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// events is the messages of channels as they come: Redis channels that match a pattern,
// events of keys among them if the server tells them, and a channel of SQL.
type events struct {
	env     *pane.Env
	redis   ear
	sql     ear
	letters pane.Fetch[string] // of notify-keyspace-events
	work    pane.Fetch[string]

	told    string // the letters
	known   bool
	shown   []source.Event // the newest last, at most keepEvents
	missed  int64
	back    int // lines that are scrolled back from the newest
	height  int
	paused  bool
	filter  string
	clock   int
	isShown bool
}

const (
	// keepEvents bounds what is remembered.
	keepEvents = 2000
	// retryEvery is when a connection that failed is tried again.
	retryEvery = 3 * time.Second
	// allKeyspaceEvents are the letters that tell everything.
	allKeyspaceEvents = "KEA"
)

type retryTick struct {
	of    *events
	clock int
}

func newEvents(env *pane.Env) *events {
	e := &events{env: env}
	e.redis.open = func(ctx context.Context, pattern string) (*source.Feed, error) {
		return env.Source.Subscribe(ctx, pattern)
	}
	e.sql.open = env.Source.Listen
	e.redis.name = "*"
	return e
}

// Init implements pane.Pane.
func (e *events) Init() tea.Cmd {
	e.clock++
	e.isShown = true
	return tea.Batch(e.redis.start(), e.sql.start(), e.askLetters(), e.tick())
}

// Close implements pane.Closer: nothing is heard while nobody looks.
func (e *events) Close() {
	e.clock++
	e.isShown = false
	e.redis.stop()
	e.sql.stop()
	e.letters.Cancel()
}

// Place implements pane.Placer.
func (e *events) Place() string { return place("events") }

// Title implements pane.Pane.
func (e *events) Title() string { return "Events" }

// Note implements pane.Noter.
func (e *events) Note() string {
	note := widget.Grouped(int64(len(e.shown)))
	if e.missed > 0 {
		note += ", " + widget.Grouped(e.missed) + " missed"
	}
	if e.paused {
		note += ", paused"
	}
	return note
}

// Keys implements pane.Pane.
func (e *events) Keys() []keymap.Action {
	return e.env.Keys.List(keymap.ObservePause, keymap.ObserveKeyspace, keymap.ObserveListen, keymap.ObservePattern, keymap.ObserveClear)
}

func (e *events) tick() tea.Cmd {
	t := retryTick{e, e.clock}
	return tea.Tick(retryEvery, func(time.Time) tea.Msg { return t })
}

func (e *events) askLetters() tea.Cmd { return e.letters.Start(fetchTime, e.env.Source.KeyspaceEvents) }

// Update implements pane.Pane.
func (e *events) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	for _, ear := range []*ear{&e.redis, &e.sql} {
		if h, cmd, ok := ear.update(msg, e.paused); ok {
			e.hear(h)
			if e.known && e.told == "" && slices.ContainsFunc(h.Events, ofKey) && !e.letters.Busy() {
				cmd = tea.Batch(cmd, e.askLetters()) // somebody else switched them on
			}
			return e, cmd
		}
	}
	if letters, err, ok := e.letters.Take(msg); ok {
		if e.known = err == nil; e.known {
			e.told = letters
		}
		return e, nil
	}
	if said, err, ok := e.work.Take(msg); ok {
		if err != nil {
			return e, pane.Fail(err)
		}
		return e, tea.Batch(pane.Say(said), e.askLetters())
	}
	switch msg := msg.(type) {
	case retryTick:
		if msg.of == e && msg.clock == e.clock {
			return e, tea.Batch(e.redis.retry(), e.sql.retry(), e.tick())
		}
	case pane.Changed:
		return e, tea.Batch(e.redis.retry(), e.sql.retry(), e.askLetters())
	case hearMsg:
		if msg.to == e && e.isShown {
			return e, msg.ear.listen(msg.name)
		}
	case tellMsg:
		if msg.to == e {
			return e, e.tell(msg.letters)
		}
	case tea.KeyPressMsg:
		return e, e.key(msg)
	case tea.MouseWheelMsg:
		switch msg.Mouse().Button {
		case tea.MouseWheelUp:
			e.scroll(3)
		case tea.MouseWheelDown:
			e.scroll(-3)
		}
	}
	return e, nil
}

// ofKey tells whether an event is of a key, as the server tells them.
func ofKey(v source.Event) bool {
	return v.Protocol == "redis" && (strings.HasPrefix(v.Channel, "__keyspace@") || strings.HasPrefix(v.Channel, "__keyevent@"))
}

// hear keeps what was heard. Who has scrolled back sees what they saw.
func (e *events) hear(h source.Heard) {
	e.missed += h.Missed
	if e.back > 0 {
		for i := range h.Events {
			if e.wanted(&h.Events[i]) {
				e.back++
			}
		}
	}
	e.shown = append(e.shown, h.Events...)
	if over := len(e.shown) - keepEvents; over > 0 {
		e.shown = append(e.shown[:0], e.shown[over:]...)
	}
	e.scroll(0)
}

func (e *events) wanted(v *source.Event) bool {
	return e.filter == "" || strings.Contains(v.Channel, e.filter) || strings.Contains(v.Payload, e.filter)
}

// chosen are the events that the filter lets through.
func (e *events) chosen() []source.Event {
	if e.filter == "" {
		return e.shown
	}
	var list []source.Event
	for i := range e.shown {
		if e.wanted(&e.shown[i]) {
			list = append(list, e.shown[i])
		}
	}
	return list
}

func (e *events) scroll(by int) {
	e.back = max(min(e.back+by, len(e.chosen())-e.height), 0)
}

// hearMsg has an ear listen to something else, tellMsg has the server tell other events.
type (
	hearMsg struct {
		to   *events
		ear  *ear
		name string
	}
	tellMsg struct {
		to      *events
		letters string
	}
)

func (e *events) key(msg tea.KeyPressMsg) tea.Cmd {
	switch e.env.Keys.In(msg, keymap.Observe) {
	case keymap.ObservePause:
		e.paused = !e.paused
		if !e.paused {
			return tea.Batch(e.redis.next(), e.sql.next())
		}
	case keymap.ObserveClear:
		e.shown, e.missed, e.back = nil, 0, 0
	case keymap.ObservePattern:
		return e.env.Ask(pane.Prompt{
			Title: "Redis channels (PSUBSCRIBE)", Initial: e.redis.name, Hint: "a pattern such as jobs:* or __keyevent@0__:*",
			Check: func(text string) error {
				if text == "" {
					return errors.New("a pattern is wanted: * is all channels")
				}
				return nil
			},
			Done: func(text string) tea.Cmd { return pane.Ask(hearMsg{e, &e.redis, text}) },
		})
	case keymap.ObserveListen:
		return e.env.Ask(pane.Prompt{
			Title: "SQL channel (LISTEN)", Initial: e.sql.name, Hint: "the name of a channel, as NOTIFY has it; nothing for none",
			Done: func(text string) tea.Cmd { return pane.Ask(hearMsg{e, &e.sql, text}) },
		})
	case keymap.ObserveKeyspace:
		return e.askToTell()
	}
	switch e.env.Keys.In(msg, keymap.Move) {
	case keymap.Up:
		e.scroll(1)
	case keymap.Down:
		e.scroll(-1)
	case keymap.PageUp, keymap.HalfUp:
		e.scroll(max(e.height-1, 1))
	case keymap.PageDown, keymap.HalfDown:
		e.scroll(-max(e.height-1, 1))
	case keymap.Top:
		e.scroll(len(e.shown))
	case keymap.Bottom:
		e.back = 0
	}
	return nil
}

// askToTell asks whether the server should tell what becomes of keys, or stop it.
func (e *events) askToTell() tea.Cmd {
	switch {
	case !e.known:
		return pane.Ask(pane.Toast{Text: "it is not known whether keyspace events are on", Level: pane.Warning})
	case e.told == "":
		return e.env.Ask(pane.Confirm{
			Question: "Switch keyspace events on for the whole server?",
			Detail:   "CONFIG SET notify-keyspace-events " + allKeyspaceEvents + ": each change of a key is told to whoever subscribes.\nIt costs a little with each write, and stays until it is switched off or the server ends.",
			Yes:      pane.Ask(tellMsg{e, allKeyspaceEvents}),
		})
	}
	return e.env.Ask(pane.Confirm{
		Question: "Switch keyspace events off for the whole server?",
		Detail:   "They are on as " + e.told + ". Others who subscribe to them will hear nothing either.",
		Yes:      pane.Ask(tellMsg{e, ""}),
	})
}

func (e *events) tell(letters string) tea.Cmd {
	said := "keyspace events are on"
	if letters == "" {
		said = "keyspace events are off"
	}
	return e.work.Start(fetchTime, func(ctx context.Context) (string, error) { return said, e.env.Source.SetKeyspaceEvents(ctx, letters) })
}

// Searching implements pane.Searcher.
func (e *events) Searching() string { return e.filter }

// Search implements pane.Searcher: events that have the text in their channel or
// payload.
func (e *events) Search(query string, _ bool) tea.Cmd {
	e.filter, e.back = query, 0
	return nil
}

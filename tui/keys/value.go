package keys

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// value is a key and its value: a text for a string, a table for all others.
type value struct {
	env *pane.Env
	db  int
	key string

	info    source.KeyInfo
	infoAt  time.Time
	known   bool
	gone    bool
	failed  error
	focused bool
	editing bool // in the user's editor
	clock   int
	width   int
	search  string

	ask  pane.Fetch[source.KeyInfo]
	live pane.Live

	text  text
	items items
}

func newValue(env *pane.Env, db int, key string) *value {
	v := &value{env: env, db: db, key: key}
	v.text.init()
	v.items.init()
	return v
}

// Init implements pane.Pane.
func (v *value) Init() tea.Cmd { return tea.Batch(v.askInfo(), v.tick(), v.listen()) }

// Close implements pane.Closer.
func (v *value) Close() {
	v.ask.Cancel()
	v.text.fetch.Cancel()
	v.items.close()
	v.live.Stop()
	v.editing = false
	v.clock++
}

// Focus implements pane.Focuser.
func (v *value) Focus(focused bool) { v.focused = focused }

// Holding implements pane.Holder: what is typed before an editor is there is for it.
func (v *value) Holding() bool { return v.editing }

// Title implements pane.Pane.
func (v *value) Title() string { return fmt.Sprintf("db%d · %s", v.db, widget.Clean(v.key)) }

// Note implements pane.Noter.
func (v *value) Note() string {
	switch {
	case !v.known:
		return ""
	case v.isText():
		return v.env.Theme.Dim.Render(v.text.note(v.info.Elements))
	}
	return v.env.Theme.Dim.Render(v.items.note(v.info))
}

func (v *value) isText() bool { return v.info.Type == "string" }

// Keys implements pane.Pane.
func (v *value) Keys() []keymap.Action {
	ids := []keymap.ID{keymap.ValueEdit, keymap.ValueEditor}
	if v.isText() {
		if v.text.raw != nil && !v.text.whole(v.info.Elements) {
			ids = append(ids, keymap.ValueMore)
		}
		ids = append(ids, keymap.ValueForm, keymap.ValueCopy, keymap.ValueWrap, keymap.ValueNext, keymap.ValuePrev)
	} else {
		ids = append(ids, keymap.ValueAdd, keymap.ValueRemove, keymap.ValueSort, keymap.ValueCopy)
		if v.info.Type == "stream" {
			ids = append([]keymap.ID{keymap.ValueGroups}, ids[2:]...)
		}
		ids = append(ids, keymap.Open)
	}
	return v.env.Keys.List(append(ids, keymap.ValueTTL, keymap.ValueRename, keymap.ValueCopyKey, keymap.ValueDelete)...)
}

func (v *value) askInfo() tea.Cmd {
	db, key := v.db, v.key
	return v.ask.Start(fetchTimeout, func(ctx context.Context) (source.KeyInfo, error) { return v.env.Source.KeyInfo(ctx, db, key) })
}

type valueTick struct {
	of    *value
	clock int
}

func (v *value) tick() tea.Cmd {
	v.clock++
	clock := v.clock
	return tea.Tick(watchEvery, func(time.Time) tea.Msg { return valueTick{v, clock} })
}

// Update implements pane.Pane.
func (v *value) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return v, v.keyPress(msg)
	case tea.MouseMsg:
		if v.isText() {
			v.text.viewer.Mouse(msg)
			return v, nil
		}
		at := msg.Mouse()
		if click, ok := msg.(tea.MouseClickMsg); ok {
			at.Y = click.Y - headLines
			msg = tea.MouseClickMsg(at)
		}
		v.items.grid.Mouse(msg, v.width)
		return v, v.want()
	case pane.Changed:
		v.text.stale, v.items.stale = true, true
		return v, v.askInfo()
	case valueTick:
		if msg.of != v || msg.clock != v.clock {
			return v, nil
		}
		if v.known && !v.gone && v.info.TTL >= 0 && v.left() <= 0 && !v.ask.Busy() {
			return v, tea.Batch(v.askInfo(), v.tick()) // it is gone, or has another TTL
		}
		return v, v.tick()
	case edited:
		return v, v.afterEditor(msg)
	case renamed:
		if msg.of == v {
			v.key = msg.to
			return v, tea.Batch(v.askInfo(), v.listen())
		}
		return v, nil
	}
	if look, cmd, ok := v.live.Take(msg, v.ask.Busy() || v.text.fetch.Busy() || v.items.fetch.Busy()); ok {
		if look {
			v.text.stale, v.items.stale = v.live.Told(), v.live.Told()
			cmd = tea.Batch(cmd, v.askInfo())
		}
		return v, cmd
	}
	return v, v.fetched(msg)
}

// listen has the value looked at again when others change it.
func (v *value) listen() tea.Cmd {
	db, key := v.db, v.key
	return v.live.Start(v.env, livePause, func() *source.Watch { return v.env.Source.WatchKeys(db, key, true) })
}

// left is how long the key has still to live.
func (v *value) left() time.Duration {
	return time.Duration(v.info.TTL)*time.Millisecond - time.Since(v.infoAt)
}

// fetched takes what has come.
func (v *value) fetched(msg tea.Msg) tea.Cmd {
	if info, err, ok := v.ask.Take(msg); ok {
		v.live.Looked()
		if err != nil {
			v.failed = err
			return nil
		}
		was := v.info
		changed := !v.known || was.Type != info.Type || was.Bytes != info.Bytes || was.Elements != info.Elements
		if v.known && was.Type != info.Type {
			v.text.reset()
			v.items.reset()
		}
		v.info, v.infoAt, v.known, v.failed, v.gone = info, time.Now(), true, nil, info.Type == "none"
		return v.follow(changed)
	}
	if part, err, ok := v.text.fetch.Take(msg); ok {
		v.live.Looked()
		if err != nil {
			return pane.Fail(err)
		}
		v.text.set(part)
		return nil
	}
	return v.items.fetched(v, msg)
}

// follow fetches the value if it may be another than is shown: small ones always, large
// ones when their size tells so, or the user.
func (v *value) follow(changed bool) tea.Cmd {
	switch {
	case v.gone:
		return nil
	case v.isText():
		if changed || v.text.stale || v.info.Elements <= smallText {
			return v.loadText()
		}
		return nil
	case changed || v.items.stale || len(v.items.list) <= smallItems:
		return v.loadItems()
	}
	return nil
}

func (v *value) loadText() tea.Cmd {
	if v.text.fetch.Busy() {
		return nil
	}
	v.text.stale = false
	db, key, limit := v.db, v.key, v.text.limit
	return v.text.fetch.Start(fetchTimeout, func(ctx context.Context) ([]byte, error) { return v.env.Source.StringPart(ctx, db, key, limit) })
}

func (v *value) keyPress(msg tea.KeyPressMsg) tea.Cmd {
	if id := v.env.Keys.In(msg, keymap.Value); id != "" {
		if cmd, done := v.act(id); done {
			return cmd
		}
	}
	if v.isText() {
		v.text.viewer.Key(v.env.Keys, msg)
		return nil
	}
	if v.env.Keys.Is(msg, keymap.Open) {
		return v.openItem()
	}
	v.items.grid.Key(v.env.Keys, msg)
	return v.want()
}

// headLines are above the value.
const headLines = 2

// View implements pane.Pane.
func (v *value) View(width, height int) string {
	v.width = width
	t := v.env.Theme
	switch {
	case v.failed != nil && !v.known:
		return widget.Frame([]string{"", " " + t.Bad.Render(widget.Clean(v.failed.Error()))}, width, height)
	case !v.known:
		return widget.Frame(nil, width, height)
	case v.gone:
		return widget.Frame([]string{"", " " + t.Warn.Render("the key is gone: it was deleted, or its time was over")}, width, height)
	}
	head := v.head(width)
	room := height - headLines
	if room < 3 { // the value matters more
		head, room = "", height
	}
	var body string
	if v.isText() {
		v.text.viewer.Theme(t)
		body = v.text.viewer.View(width, room)
	} else {
		body = v.items.view(v, width, room)
	}
	if head == "" {
		return body
	}
	return head + "\n" + t.Faint.Render(strings.Repeat("─", width)) + "\n" + body
}

// head says what the key is.
func (v *value) head(width int) string {
	t := v.env.Theme
	parts := []string{t.Tone(v.info.Type).Bold(true).Render(v.info.Type)}
	if e := v.info.Encoding; e != "" && e != "raw" && e != v.info.Type {
		parts = append(parts, t.Dim.Render(v.info.Encoding))
	}
	if !v.isText() {
		elements := " elements"
		if v.info.Elements == 1 {
			elements = " element"
		}
		parts = append(parts, t.Text.Render(widget.Count(v.info.Elements)+elements))
	}
	parts = append(parts, t.Text.Render(widget.Bytes(v.info.Bytes)))
	if v.info.TTL >= 0 {
		left := v.left()
		style := t.Text
		if left < time.Minute {
			style = t.Warn
		}
		parts = append(parts, style.Render("expires in "+widget.Span(left)))
	} else {
		parts = append(parts, t.Dim.Render("no expiry"))
	}
	return widget.Fit(" "+strings.Join(parts, t.Faint.Render(" · ")), width)
}

// Searching implements pane.Searcher.
func (v *value) Searching() string { return v.search }

// Search implements pane.Searcher.
func (v *value) Search(query string, _ bool) tea.Cmd {
	v.search = query
	if v.isText() {
		v.text.viewer.Search(query)
		return nil
	}
	v.items.filter(query)
	return v.want()
}

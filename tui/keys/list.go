package keys

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/redis/survey"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// list is the keys of a database that begin with a prefix. In the order of their names
// they come in pages, as they are scrolled to; in another order the first ones are
// shown.
type list struct {
	env    *pane.Env
	db     int
	filter source.KeyFilter
	search string // what filter was made of
	order  string // one of survey.Orders

	grid    *widget.Grid
	rows    map[string]survey.KeyRow // those that the grid has
	page    pane.Fetch[pageOf]
	look    pane.Fetch[*survey.Walked] // again at what is on the screen
	counted pane.Fetch[*survey.Walked]
	total   int64
	sized   int64
	whole   bool   // total is exact
	next    []byte // where counting goes on
	ended   string // what the list does not show, in another order
	quiet   bool   // page is fetched because others changed something
	failed  error
	loaded  bool
	focused bool
	live    pane.Live
	missed  bool // what is shown is to be fetched again when the page that is under way is there
	clock   int
	width   int
}

// fetchTimeout bounds what a screen waits for.
const fetchTimeout = 30 * time.Second

func newList(env *pane.Env, db int, prefix string) *list {
	l := &list{env: env, db: db, filter: source.KeyFilter{Prefix: prefix}, order: "name", grid: widget.NewGrid(widget.GridStyles{})}
	l.rows = map[string]survey.KeyRow{}
	l.columns(80)
	l.grid.Gutter(true)
	return l
}

// Init implements pane.Pane.
func (l *list) Init() tea.Cmd {
	if l.loaded { // it was left, and stands where it stood
		return tea.Batch(l.again(), l.tick(), l.count(), l.follow())
	}
	return tea.Batch(l.first(), l.tick(), l.count(), l.follow())
}

// Close implements pane.Closer.
func (l *list) Close() {
	l.page.Cancel()
	l.look.Cancel()
	l.counted.Cancel()
	l.live.Stop()
	l.clock++
}

// follow has the keys looked at again when others change them.
func (l *list) follow() tea.Cmd {
	db, prefix, pause := l.db, l.filter.Prefix, livePause
	if l.live.Calm = l.order != "name"; l.live.Calm {
		pause = sortedPause
	}
	return l.live.Start(l.env, pause, func() *source.Watch { return l.env.Source.WatchKeys(db, prefix, false) })
}

// Focus implements pane.Focuser.
func (l *list) Focus(focused bool) { l.focused = focused }

// Place implements pane.Placer.
func (l *list) Place() string { return place(l.db, l.filter.Prefix) }

// Title implements pane.Pane.
func (l *list) Title() string {
	if l.filter.Prefix == "" {
		return fmt.Sprintf("db%d", l.db)
	}
	return fmt.Sprintf("db%d · %s", l.db, widget.Clean(l.filter.Prefix))
}

// Note implements pane.Noter.
func (l *list) Note() string {
	t := l.env.Theme
	note := ""
	if n := len(l.grid.Marked()); n > 0 {
		note += t.Marked.Render(fmt.Sprintf("%d marked", n)) + "  "
	}
	if l.search != "" {
		note += t.Accent.Render("/"+widget.Clean(l.search)) + "  "
	}
	if len(l.filter.Types) > 0 {
		note += t.Tone(l.filter.Types[0]).Render(l.filter.Types[0]) + "  "
	}
	if l.order != "name" {
		note += t.Accent.Render("by "+l.order) + l.ended + "  "
	}
	if l.page.Slow() && !l.quiet {
		return note + t.Dim.Render("looking…")
	}
	if l.total > 0 || l.whole {
		about := "+"
		if l.whole {
			about = ""
		}
		unit := " keys  "
		if l.total == 1 && l.whole {
			unit = " key  "
		}
		note += t.Dim.Render(widget.Count(l.total) + about + unit + widget.Bytes(l.sized))
	}
	return note
}

// Keys implements pane.Pane.
func (l *list) Keys() []keymap.Action {
	return l.env.Keys.List(keymap.Open, keymap.KeysMark, keymap.KeysDelete, keymap.KeysTTL, keymap.KeysNew, keymap.KeysOrder, keymap.KeysRename,
		keymap.KeysDuplicate, keymap.KeysType, keymap.KeysCopyName, keymap.KeysMarkAll, keymap.KeysUnmark)
}

// Update implements pane.Pane.
func (l *list) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return l, l.key(msg)
	case tea.MouseMsg:
		if !l.grid.Mouse(msg, l.width) {
			return l, nil
		}
		return l, l.want()
	case pane.Changed:
		return l, tea.Batch(l.again(), l.recount())
	case listTick:
		if msg.clock != l.clock {
			return l, nil
		}
		return l, tea.Batch(l.pass(), l.tick())
	}
	if look, cmd, ok := l.live.Take(msg, l.page.Busy() || l.look.Busy()); ok {
		if look {
			cmd = tea.Batch(cmd, l.watch())
		}
		return l, cmd
	}
	if cmd, ok := l.chose(msg); ok {
		return l, cmd
	}
	return l, l.fetched(msg)
}

func (l *list) key(msg tea.KeyPressMsg) tea.Cmd {
	first, last := l.grid.AtEnds()
	switch l.env.Keys.In(msg, keymap.Move) {
	case keymap.Top:
		if !first {
			return l.first()
		}
	case keymap.Bottom:
		if !last {
			return l.last()
		}
	case keymap.Open:
		return l.open()
	}
	if l.grid.Key(l.env.Keys, msg) {
		return l.want()
	}
	return l.act(l.env.Keys.In(msg, keymap.Keys))
}

// open shows the value of the key under the cursor.
func (l *list) open() tea.Cmd {
	row, ok := l.rows[l.grid.Current().ID]
	if !ok {
		return nil
	}
	return l.env.Ask(pane.Open{Pane: newValue(l.env, l.db, string(row.Key))})
}

// View implements pane.Pane.
func (l *list) View(width, height int) string {
	if l.failed != nil && len(l.grid.Loaded()) == 0 {
		return widget.Frame([]string{"", " " + l.env.Theme.Bad.Render(widget.Clean(l.failed.Error()))}, width, height)
	}
	if l.loaded && len(l.grid.Loaded()) == 0 {
		return widget.Frame([]string{"", " " + l.env.Theme.Dim.Render(l.nothing())}, width, height)
	}
	if l.width != width {
		l.columns(width)
	}
	l.grid.Theme(l.env.Theme, l.focused)
	return l.grid.View(width, height)
}

func (l *list) nothing() string {
	switch {
	case l.page.Busy():
		return "looking…"
	case !l.filter.Plain():
		return "no key is like that"
	}
	return "no keys"
}

// columns gives the name what the others leave.
func (l *list) columns(width int) {
	l.width = width
	rest := []widget.Column{{Title: "type", Width: 6}, {Title: "items", Right: true, Width: 6}, {Title: "size", Right: true, Width: 6}, {Title: "ttl", Right: true, Width: 8}}
	switch {
	case width < 44:
		rest = rest[:1]
	case width < 60:
		rest = []widget.Column{rest[0], rest[2], rest[3]}
	}
	room := width - 8
	for _, c := range rest {
		room -= c.Width + 3
	}
	l.grid.SetColumns(append([]widget.Column{{Title: "key", Key: true, Width: max(8, room)}}, rest...))
	l.columnsOrder()
	l.redraw()
}

// cells are what the grid shows of a key.
func (l *list) cells(k *survey.KeyRow) widget.Row {
	ttl := widget.Cell{Text: "–", Tone: "dim"}
	if k.Expire > 0 {
		left := time.Until(time.UnixMilli(k.Expire))
		ttl = widget.Cell{Text: widget.Span(left)}
		if left < time.Minute {
			ttl.Tone = "warn"
		}
	}
	cells := []widget.Cell{
		{Text: string(k.Key)}, {Text: k.Type, Tone: k.Type}, {Text: widget.Count(k.Elements)}, {Text: widget.Bytes(k.Bytes)}, ttl,
	}
	switch len(l.grid.Columns()) {
	case 2:
		cells = cells[:2]
	case 4:
		cells = []widget.Cell{cells[0], cells[1], cells[3], cells[4]}
	}
	return widget.Row{ID: string(k.Key), Cells: cells}
}

// redraw makes all cells anew: the width has changed, or time has passed.
func (l *list) redraw() {
	for _, r := range l.grid.Loaded() {
		if k, ok := l.rows[r.ID]; ok {
			l.grid.Replace(l.cells(&k))
		}
	}
}

type listTick struct{ clock int }

const (
	// watchEvery is how often TTLs are counted down.
	watchEvery = time.Second
	// livePause is the least time between two looks at what others change, sortedPause
	// where a look is at all keys.
	livePause   = 250 * time.Millisecond
	sortedPause = 2 * time.Second
)

// pass counts TTLs down. Keys whose time is over are looked at: they may be gone. In another
// order than that of names that is told of when it is so.
func (l *list) pass() tea.Cmd {
	l.redraw()
	if l.order != "name" {
		return nil
	}
	now := time.Now().UnixMilli()
	for _, r := range l.grid.Seen() {
		if k := l.rows[r.ID]; k.Expire > 0 && k.Expire <= now {
			return l.watch()
		}
	}
	return nil
}

func (l *list) tick() tea.Cmd {
	l.clock++
	clock := l.clock
	return tea.Tick(watchEvery, func(time.Time) tea.Msg { return listTick{clock} })
}

// Searching implements pane.Searcher.
func (l *list) Searching() string { return l.search }

// Search implements pane.Searcher: with one of *?[ it is a pattern of the whole name,
// else letters that are in it.
func (l *list) Search(query string, _ bool) tea.Cmd {
	if query == l.search {
		return nil
	}
	l.search = query
	l.filter.Match, l.filter.Fuzzy = "", ""
	if isPattern(query) {
		l.filter.Match = query
	} else {
		l.filter.Fuzzy = query
	}
	return tea.Batch(l.first(), l.recount())
}

func isPattern(query string) bool {
	for _, c := range query {
		switch c {
		case '*', '?', '[':
			return true
		}
	}
	return false
}

func (l *list) walkFrom(from []byte) func(ctx context.Context) (*survey.Walked, error) {
	db, f := l.db, l.filter
	return func(ctx context.Context) (*survey.Walked, error) { return l.env.Source.CountKeys(ctx, db, f, from) }
}

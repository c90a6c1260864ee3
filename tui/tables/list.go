package tables

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// fetchTime bounds what is asked of the catalog.
const fetchTime = 30 * time.Second

// list is the relations of a schema, with what they take.
type list struct {
	env              *pane.Env
	world            *World
	database, schema string
	grid             *widget.Grid
	fetch            pane.Fetch[listed]
	failed           error
	loaded, focused  bool
	width            int
}

// listed is some relations and what each takes, in bytes.
type listed struct {
	relations []source.Relation
	sizes     []int64
	more      bool
	after     bool // they come behind those there are
}

// listSize is how many relations are fetched at a time; sizes take a question each.
const listSize = 100

func newList(env *pane.Env, w *World, database, schema string) *list {
	l := &list{env: env, world: w, database: database, schema: schema, grid: widget.NewGrid(widget.GridStyles{})}
	l.grid.SetColumns([]widget.Column{{Title: "name"}, {Title: "kind"}, {Title: "rows", Right: true}, {Title: "size", Right: true}, {Title: "stored"}})
	return l
}

// Init implements pane.Pane.
func (l *list) Init() tea.Cmd { return l.load("") }

// Close implements pane.Closer.
func (l *list) Close() { l.fetch.Cancel() }

// Place implements pane.Placer.
func (l *list) Place() string { return place(l.database, l.schema) }

// Title implements pane.Pane.
func (l *list) Title() string { return "Tables of " + widget.Clean(l.schema) }

// Focus implements pane.Focuser.
func (l *list) Focus(focused bool) { l.focused = focused }

// Keys implements pane.Pane.
func (l *list) Keys() []keymap.Action { return l.env.Keys.List(keymap.Open) }

func (l *list) load(after string) tea.Cmd {
	q := l.world.database(l.database)
	limit := listSize
	if after == "" {
		limit = max(len(l.grid.Loaded()), listSize)
	}
	return l.fetch.Start(fetchTime, func(ctx context.Context) (found listed, err error) {
		found.after = after != ""
		if found.relations, found.more, err = q.Relations(ctx, l.schema, after, limit); err != nil {
			return found, err
		}
		found.sizes, err = q.Sizes(ctx, found.relations)
		return found, err
	})
}

// Update implements pane.Pane.
func (l *list) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if found, err, ok := l.fetch.Take(msg); ok {
		if l.failed = err; err == nil {
			l.take(found)
		}
		return l, l.want()
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if l.env.Keys.Is(msg, keymap.Open) {
			return l, l.open()
		}
		l.grid.Key(l.env.Keys, msg)
		return l, l.want()
	case tea.MouseMsg:
		l.grid.Mouse(msg, l.width)
		return l, l.want()
	case pane.Changed:
		return l, l.load("")
	}
	return l, nil
}

func (l *list) take(found listed) {
	w := widget.Window{First: true, Last: !found.more}
	for i := range found.relations {
		r := &found.relations[i]
		rows, size := widget.Cell{}, widget.Cell{}
		if r.Kind == 'r' && r.Rows >= 0 {
			rows.Text = fmt.Sprint(r.Rows)
		}
		if r.Kind == 'r' {
			size.Text = widget.Bytes(found.sizes[i])
		}
		w.Rows = append(w.Rows, widget.Row{ID: r.Name, Of: r.Name, Cells: []widget.Cell{
			{Text: r.Name}, {Text: r.KindName()}, rows, size, {Text: r.Method},
		}})
	}
	switch {
	case found.after:
		l.grid.Append(w)
	case l.loaded:
		l.grid.Reload(w)
	default:
		l.grid.Load(w)
		l.loaded = true
	}
}

func (l *list) want() tea.Cmd {
	rows := l.grid.Loaded()
	if l.fetch.Busy() || l.failed != nil || len(rows) == 0 {
		return nil
	}
	switch l.grid.Want() {
	case widget.WantAfter:
		return l.load(rows[len(rows)-1].ID)
	case widget.WantBefore: // forgotten: from the start again
		return l.load("")
	case widget.WantNothing:
	}
	return nil
}

func (l *list) open() tea.Cmd {
	id := l.grid.Current().ID
	if id == "" {
		return nil
	}
	return l.env.Ask(pane.Open{Pane: newRelation(l.env, l.world.database(l.database), l.schema, id)})
}

// View implements pane.Pane.
func (l *list) View(width, height int) string {
	l.width = width
	l.grid.Theme(l.env.Theme, l.focused)
	switch {
	case l.failed != nil:
		return widget.Frame([]string{l.env.Theme.Bad.Render(widget.Clean(l.failed.Error()))}, width, height)
	case !l.loaded:
		return widget.Frame([]string{l.env.Theme.Dim.Render("reading the catalog…")}, width, height)
	case len(l.grid.Loaded()) == 0:
		return widget.Frame([]string{l.env.Theme.Dim.Render("no tables here yet")}, width, height)
	}
	return l.grid.View(width, height)
}

package tables

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// tab is a side of a relation.
type tab int

const (
	rowsTab tab = iota
	structureTab
	indexesTab
	definitionTab
)

var tabNames = []string{"Rows", "Structure", "Indexes", "Definition"}

// relation is the screen of a table, a view or a sequence.
type relation struct {
	env          *pane.Env
	q            *source.SQL
	schema, name string

	rel      *source.Relation // nil until it is known
	describe pane.Fetch[*source.Relation]
	failed   error
	live     pane.Live
	followed uint32 // the relation that live is for

	tab        tab
	rows       *rows
	structure  *widget.Grid
	indexes    *widget.Grid
	definition *widget.Viewer
	focused    bool
	width      int
}

func newRelation(env *pane.Env, q *source.SQL, schema, name string) *relation {
	return &relation{env: env, q: q, schema: schema, name: name}
}

// Init implements pane.Pane.
func (r *relation) Init() tea.Cmd { return r.look() }

// Close implements pane.Closer.
func (r *relation) Close() {
	r.describe.Cancel()
	r.live.Stop()
	r.followed = 0
	if r.rows != nil {
		r.rows.close()
	}
}

// Place implements pane.Placer.
func (r *relation) Place() string { return place(r.q.Name(), r.schema, r.name) }

// Holding implements pane.Holder.
func (r *relation) Holding() bool { return r.tab == rowsTab && r.rows != nil && r.rows.holding() }

// Title implements pane.Pane.
func (r *relation) Title() string {
	title := widget.Clean(r.name)
	if r.schema != "public" {
		title = widget.Clean(r.schema) + "." + title
	}
	if r.tab != rowsTab {
		title += " · " + tabNames[r.tab]
	}
	return title
}

// Note implements pane.Noter.
func (r *relation) Note() string {
	if r.rows == nil || r.tab != rowsTab {
		return ""
	}
	return r.rows.note()
}

// Focus implements pane.Focuser.
func (r *relation) Focus(focused bool) { r.focused = focused }

// Keys implements pane.Pane.
func (r *relation) Keys() []keymap.Action {
	if r.rows == nil {
		return nil
	}
	if r.tab != rowsTab {
		return r.env.Keys.List(keymap.RowsTab)
	}
	return append(r.rows.keys(), r.env.Keys.List(keymap.RowsTab)...)
}

// look asks what the relation is; its rows follow.
func (r *relation) look() tea.Cmd {
	return r.describe.Start(fetchTime, func(ctx context.Context) (*source.Relation, error) {
		return r.q.Describe(ctx, r.schema, r.name)
	})
}

// Update implements pane.Pane.
func (r *relation) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if rel, err, ok := r.describe.Take(msg); ok {
		if r.failed = err; err != nil {
			return r, nil
		}
		return r, r.known(rel)
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if r.env.Keys.Is(msg, keymap.RowsTab) && r.rows != nil {
			r.nextTab()
			return r, nil
		}
		return r, r.key(msg)
	case tea.MouseMsg:
		return r, r.mouse(msg)
	case pane.Changed:
		return r, r.look()
	}
	if look, cmd, ok := r.live.Take(msg, r.busy()); ok {
		if look {
			if r.rows != nil {
				r.rows.quiet = true
			}
			cmd = tea.Batch(cmd, r.look()) // its columns may be others, too
		}
		return r, cmd
	}
	if r.rows == nil {
		return r, nil
	}
	reading := r.rows.page.Busy()
	cmd := r.rows.update(msg)
	if reading && !r.rows.page.Busy() {
		r.live.Looked()
	}
	return r, cmd
}

// known takes what the relation is.
func (r *relation) known(rel *source.Relation) tea.Cmd {
	r.rel = rel
	r.describeGrids()
	return tea.Batch(r.follow(), r.reload(rel))
}

// follow has the rows looked at again when others change them. What lies behind a view is
// not known: that is when anything changes. Of what is no table nobody tells.
func (r *relation) follow() tea.Cmd {
	if r.followed == r.rel.OID {
		return nil
	}
	r.followed = r.rel.OID
	oid, pause := r.rel.OID, livePause
	switch r.rel.Kind {
	case 'r':
		r.live.Calm = false
	case 'v':
		oid, pause, r.live.Calm = 0, calmPause, true
	default:
		r.live.Calm = true
		return r.live.Start(r.env, calmPause, nil)
	}
	return r.live.Start(r.env, pause, func() *source.Watch { return r.q.WatchTable(oid) })
}

// livePause is the least time between two looks at what others change, calmPause at what
// is not in a table.
const (
	livePause = 500 * time.Millisecond
	calmPause = 2 * time.Second
)

// busy tells whether something is under way or under the user's hands that a look at what
// others changed would disturb.
func (r *relation) busy() bool { return r.describe.Busy() || r.rows != nil && r.rows.occupied() }

func (r *relation) reload(rel *source.Relation) tea.Cmd {
	if r.rows == nil {
		r.rows = newRows(r.env, r.q, rel)
		return r.rows.load(source.PageStart)
	}
	r.rows.changed(rel)
	return r.rows.reload()
}

func (r *relation) nextTab() {
	r.tab++
	if r.tab > definitionTab || r.tab == definitionTab && r.rel.Definition == "" {
		r.tab = rowsTab
	}
}

func (r *relation) key(msg tea.KeyPressMsg) tea.Cmd {
	if r.rows == nil {
		return nil
	}
	switch r.tab {
	case rowsTab:
		return r.rows.key(msg)
	case structureTab:
		r.structure.Key(r.env.Keys, msg)
	case indexesTab:
		r.indexes.Key(r.env.Keys, msg)
	case definitionTab:
		r.definition.Key(r.env.Keys, msg)
	}
	return nil
}

func (r *relation) mouse(msg tea.MouseMsg) tea.Cmd {
	if r.rows == nil {
		return nil
	}
	switch r.tab {
	case rowsTab:
		return r.rows.mouse(msg, r.width)
	case structureTab:
		r.structure.Mouse(msg, r.width)
	case indexesTab:
		r.indexes.Mouse(msg, r.width)
	case definitionTab:
		r.definition.Mouse(msg)
	}
	return nil
}

// Searching implements pane.Searcher.
func (r *relation) Searching() string {
	if r.tab == definitionTab || r.rows == nil {
		return ""
	}
	return r.rows.list.Where
}

// Search implements pane.Searcher: rows are filtered by a condition.
func (r *relation) Search(query string, done bool) tea.Cmd {
	switch {
	case r.rows == nil:
		return nil
	case r.tab == definitionTab:
		r.definition.Search(query)
		return nil
	case !done:
		return nil // half a condition is none
	}
	r.tab = rowsTab
	return r.rows.filter(query)
}

// View implements pane.Pane.
func (r *relation) View(width, height int) string {
	r.width = width
	t := r.env.Theme
	switch {
	case r.failed != nil && r.rows == nil:
		return widget.Frame([]string{t.Bad.Render(widget.Clean(r.failed.Error()))}, width, height)
	case r.rows == nil:
		return widget.Frame([]string{t.Dim.Render("looking…")}, width, height)
	}
	switch r.tab {
	case structureTab:
		r.structure.Theme(t, r.focused)
		return r.structure.View(width, height)
	case indexesTab:
		r.indexes.Theme(t, r.focused)
		return r.indexes.View(width, height)
	case definitionTab:
		r.definition.Theme(t)
		return r.definition.View(width, height)
	case rowsTab:
	}
	if r.failed != nil { // what is shown is what was known
		lines := widget.Wrap(widget.Clean(r.failed.Error()), width)
		lines = lines[:min(len(lines), max(height-2, 0))]
		if len(lines) > 0 {
			for i := range lines {
				lines[i] = t.Bad.Render(lines[i])
			}
			return widget.Frame(lines, width, len(lines)) + "\n" + r.rows.view(width, height-len(lines), r.focused)
		}
	}
	return r.rows.view(width, height, r.focused)
}

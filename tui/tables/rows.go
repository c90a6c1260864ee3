package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// pageSize is how many rows are fetched at a time.
const pageSize = 200

// countTime bounds the counting of rows that fulfil a condition: it is a help only.
const countTime = 20 * time.Second

// rows is the rows of a relation: a grid over pages.
type rows struct {
	env  *pane.Env
	q    *source.SQL
	list source.Listing
	grid *widget.Grid

	page   pane.Fetch[paged]
	count  pane.Fetch[int64]
	work   pane.Fetch[worked] // a change, a copy, an export
	doing  string             // what work does
	failed error
	tried  *source.Listing // the listing that failed, if it is another
	fresh  bool            // nothing was shown yet
	quiet  bool            // page is fetched because others changed it
}

// paged is a page and what was asked for.
type paged struct {
	list   source.Listing
	place  source.Place
	reload bool
	source.Page
}

// worked is what came of something that was to be done.
type worked struct {
	said    string
	cmd     tea.Cmd
	draft   *draft // a row to be made, which is shown
	changed bool
}

func newRows(env *pane.Env, q *source.SQL, rel *source.Relation) *rows {
	r := &rows{env: env, q: q, list: source.Listing{Relation: rel, Column: -1}, grid: widget.NewGrid(widget.GridStyles{}), fresh: true}
	r.grid.Gutter(true)
	r.columns()
	return r
}

// columns gives the grid its columns. The key stays in sight.
func (r *rows) columns() {
	rel := r.list.Relation
	columns := make([]widget.Column, len(rel.Columns))
	for i := range rel.Columns {
		columns[i] = widget.Column{Title: rel.Columns[i].Name, Right: rel.Columns[i].Number}
	}
	frozen := 0
	for _, k := range rel.Key {
		columns[k].Key = true
		if k == frozen {
			frozen++
		}
	}
	if frozen < len(rel.Key) {
		frozen = 0
	}
	r.grid.SetColumns(columns)
	r.grid.Freeze(frozen)
	r.showOrder()
}

func (r *rows) showOrder() {
	o := widget.Ascending
	if r.list.Down {
		o = widget.Descending
	}
	r.grid.SetOrder(r.list.Column, o)
}

// changed takes a relation that was described again.
func (r *rows) changed(rel *source.Relation) {
	same := len(rel.Columns) == len(r.list.Relation.Columns)
	for i := 0; same && i < len(rel.Columns); i++ {
		same = rel.Columns[i].Name == r.list.Relation.Columns[i].Name
	}
	r.list.Relation = rel
	if !same {
		r.list.Column = -1
		r.columns()
	}
}

func (r *rows) close() {
	r.page.Cancel()
	r.count.Cancel()
}

// edge is the first or last row that is loaded.
func (r *rows) edge(last bool) *source.PageRow {
	loaded := r.grid.Loaded()
	if len(loaded) == 0 {
		return nil
	}
	if last {
		return rowOf(loaded[len(loaded)-1])
	}
	return rowOf(loaded[0])
}

// rowOf is what a row of the grid shows, nil if it is none.
func rowOf(row widget.Row) *source.PageRow {
	p, _ := row.Of.(*source.PageRow)
	return p
}

// load fetches a page of the listing as it is.
func (r *rows) load(place source.Place) tea.Cmd { return r.fetch(r.list, place, nil, pageSize, false) }

func (r *rows) fetch(l source.Listing, place source.Place, row *source.PageRow, limit int, reload bool) tea.Cmd {
	q := r.q
	if !reload {
		r.quiet = false
	}
	return r.page.Start(0, func(ctx context.Context) (paged, error) {
		page, err := q.Page(ctx, l, place, row, limit)
		return paged{l, place, reload, page}, err
	})
}

// occupied tells whether rows are fetched, or something is done with them.
func (r *rows) occupied() bool { return r.page.Busy() || r.work.Busy() }

// reload fetches what is loaded again.
func (r *rows) reload() tea.Cmd {
	first := r.edge(false)
	if atFirst, _ := r.grid.AtEnds(); atFirst || first == nil {
		return r.fetch(r.list, source.PageStart, nil, max(len(r.grid.Loaded()), pageSize), true)
	}
	return r.fetch(r.list, source.PageFrom, first, len(r.grid.Loaded()), true)
}

// want fetches what the grid needs next.
func (r *rows) want() tea.Cmd {
	if r.page.Busy() || r.failed != nil || r.fresh {
		return nil
	}
	switch r.grid.Want() {
	case widget.WantAfter:
		if row := r.edge(true); row != nil {
			return r.fetch(r.list, source.PageBehind, row, pageSize, false)
		}
	case widget.WantBefore:
		if row := r.edge(false); row != nil {
			return r.fetch(r.list, source.PageBefore, row, pageSize, false)
		}
	case widget.WantNothing:
	}
	return nil
}

// take shows a page.
func (r *rows) take(p paged) tea.Cmd {
	w := widget.Window{First: p.First, Last: p.Last}
	for i := range p.Rows {
		w.Rows = append(w.Rows, gridRow(&p.Rows[i]))
	}
	r.failed, r.tried = nil, nil
	var counting tea.Cmd
	if r.fresh || p.list.Where != r.list.Where {
		counting = r.recount(p.list)
	}
	r.list, r.fresh = p.list, false
	switch {
	case p.reload:
		r.grid.Reload(w)
	case p.place == source.PageBehind:
		r.grid.Append(w)
	case p.place == source.PageBefore:
		r.grid.Prepend(w)
	case p.place == source.PageEnd:
		r.grid.LoadEnd(w)
	default:
		r.showOrder()
		r.grid.Load(w)
	}
	return tea.Batch(counting, r.want())
}

// gridRow is a row as the grid shows it.
func gridRow(row *source.PageRow) widget.Row {
	cells := make([]widget.Cell, len(row.Values))
	for i, v := range row.Values {
		cells[i] = widget.Cell{Text: v.Text, Null: v.Null, Cut: v.Cut}
	}
	return widget.Row{ID: row.ID(), Cells: cells, Of: row}
}

// recount finds out how many rows there are: by the planner's guess of a whole table,
// else by counting.
func (r *rows) recount(l source.Listing) tea.Cmd {
	r.count.Cancel()
	r.grid.SetTotal(-1, true)
	if l.Where == "" && l.Relation.Kind == 'r' && l.Relation.Rows >= 0 {
		r.grid.SetTotal(int(l.Relation.Rows), true)
		return nil
	}
	q := r.q
	return r.count.Start(countTime, func(ctx context.Context) (int64, error) { return q.Total(ctx, l) })
}

// update takes what was fetched.
func (r *rows) update(msg tea.Msg) tea.Cmd {
	if p, err, ok := r.page.Take(msg); ok {
		r.quiet = false
		if err != nil {
			r.failed = err
			return nil
		}
		return r.take(p)
	}
	if n, err, ok := r.count.Take(msg); ok {
		if err == nil {
			r.grid.SetTotal(int(n), false)
		}
		return nil
	}
	if done, err, ok := r.work.Take(msg); ok {
		return r.worked(done, err)
	}
	if m, ok := msg.(applyMsg); ok && m.to == r {
		return r.start(m.doing, m.do)
	}
	return nil
}

// filter shows the rows that fulfil a condition. What is shown stays until it is known
// that the condition makes sense.
func (r *rows) filter(where string) tea.Cmd {
	l := r.list
	l.Where = strings.TrimSpace(where)
	if l.Where == r.list.Where && r.failed == nil {
		return nil
	}
	return r.try(l)
}

// try fetches the start of another listing.
func (r *rows) try(l source.Listing) tea.Cmd {
	r.failed, r.tried = nil, &l
	return r.fetch(l, source.PageStart, nil, pageSize, false)
}

// sort goes through the orders of the cursor's column.
func (r *rows) sort() tea.Cmd {
	l, c := r.list, r.grid.Column()
	if r.tried != nil && r.page.Busy() {
		l = *r.tried // pressed again while the first is under way
	}
	switch {
	case l.Column != c:
		l.Column, l.Down = c, false
	case !l.Down:
		l.Down = true
	default:
		l.Column, l.Down = -1, false
	}
	return r.try(l)
}

// note says where the cursor is.
func (r *rows) note() string {
	at, exact := r.grid.Position()
	total, about := r.grid.Total()
	place := widget.Grouped(int64(at))
	if !exact {
		place = "~" + place
	}
	if total >= 0 {
		of := widget.Grouped(int64(total))
		if about {
			of = "~" + of
		}
		place += " of " + of
	}
	if n := len(r.grid.Marked()); n > 0 {
		place += fmt.Sprintf(", %d marked", n)
	}
	return place
}

// view draws the rows, and above them what is to be said of them.
func (r *rows) view(width, height int, focused bool) string {
	r.grid.Theme(r.env.Theme, focused)
	lines := r.banner(width)
	if room := max(height-1, 0); len(lines) > room {
		lines = lines[:room]
	}
	body := ""
	rest := height - len(lines)
	switch {
	case r.fresh && r.failed == nil:
		body = widget.Frame([]string{r.env.Theme.Dim.Render("reading rows…")}, width, rest)
	case r.fresh:
		body = widget.Frame(nil, width, rest)
	default:
		body = r.grid.View(width, rest)
	}
	if len(lines) == 0 {
		return body
	}
	return widget.Frame(lines, width, len(lines)) + "\n" + body
}

// banner is what is to be said: the condition, what failed, what takes time.
func (r *rows) banner(width int) (lines []string) {
	t := r.env.Theme
	shown := r.list
	if r.tried != nil {
		shown = *r.tried
	}
	const label = "where "
	if shown.Where != "" {
		lines = append(lines, t.Dim.Render(label)+t.Accent.Render(widget.Clean(shown.Where)))
	}
	if r.failed != nil {
		var wrong *source.ConditionError
		if errors.As(r.failed, &wrong) && wrong.At > 0 && wrong.At < width-len(label) {
			lines = append(lines, strings.Repeat(" ", len(label)+wrong.At-1)+t.Bad.Render("▲"))
		}
		lines = append(lines, t.Bad.Render(widget.Clean(r.failed.Error())))
	}
	switch {
	case r.work.Slow():
		lines = append(lines, t.Warn.Render(r.doing+"… ")+t.Dim.Render("Esc gives it up"))
	case r.page.Slow() && !r.quiet:
		lines = append(lines, t.Warn.Render("reading rows… ")+t.Dim.Render("Esc gives it up"))
	}
	return lines
}

// escape gives up what is under way or was wrong, then takes marks away; false is that
// there was nothing of it.
func (r *rows) escape() bool {
	switch {
	case r.work.Busy():
		r.work.Cancel()
	case r.page.Busy() && !r.fresh:
		r.page.Cancel()
		r.tried = nil
	case r.failed != nil && !r.fresh:
		r.failed, r.tried = nil, nil
	case len(r.grid.Marked()) > 0:
		r.grid.Unmark()
	default:
		return false
	}
	return true
}

func (r *rows) mouse(msg tea.MouseMsg, width int) tea.Cmd {
	if click, ok := msg.(tea.MouseClickMsg); ok {
		click.Y -= len(r.banner(width))
		msg = click
	}
	r.grid.Mouse(msg, width)
	return r.want()
}

func (r *rows) key(msg tea.KeyPressMsg) tea.Cmd {
	if cmd, ok := r.act(msg); ok {
		return cmd
	}
	first, last := r.grid.AtEnds()
	switch r.env.Keys.In(msg, keymap.Move) {
	case keymap.Top:
		if !first {
			return r.load(source.PageStart)
		}
	case keymap.Bottom:
		if !last {
			return r.load(source.PageEnd)
		}
	}
	r.grid.Key(r.env.Keys, msg)
	return r.want()
}

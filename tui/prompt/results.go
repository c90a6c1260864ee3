package prompt

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/theme"
	"github.com/orbit-server/orbit/tui/widget"
)

// results is what came of the last statements, one of them in sight.
type results struct {
	begun   time.Time
	running bool
	took    time.Duration
	all     []result
	at      int
	notices []string
	failed  []string // lines of an error
	above   int      // lines above the result, as drawn last
	tried   bool
}

// result is what came of one statement: rows, lines of text, or how it is called.
type result struct {
	source.Result
	grid *widget.Grid
	text *widget.Viewer
}

func (r *results) begin() { r.begun, r.running = time.Now(), true }

// any tells whether there is something to move in.
func (r *results) any() bool { return len(r.all) > 0 }

// now is the result in sight, nil if there is none.
func (r *results) now() *result {
	if r.at < len(r.all) {
		return &r.all[r.at]
	}
	return nil
}

func (r *results) next() {
	if len(r.all) > 0 {
		r.at = (r.at + 1) % len(r.all)
	}
}

// show takes what came of statements. The last result that has rows is in sight.
func (r *results) show(done ran) {
	*r = results{took: done.Took, notices: done.Notices, tried: true}
	for i := range done.Results {
		one := newResult(done.Results[i])
		if one.grid != nil || one.text != nil {
			r.at = i
		}
		r.all = append(r.all, one)
	}
	if done.err != nil {
		r.failed = failure(done.err, done.text)
	}
}

func newResult(r source.Result) result {
	if r.Columns == nil {
		return result{Result: r}
	}
	if lines, ok := planLines(&r); ok {
		v := widget.NewViewer(widget.ViewerStyles{})
		v.Set([]byte(strings.Join(lines, "\n")))
		v.Show(widget.Plain)
		v.Wrap()
		return result{Result: r, text: v}
	}
	g := widget.NewGrid(widget.GridStyles{})
	columns := make([]widget.Column, len(r.Columns))
	for i, c := range r.Columns {
		columns[i] = widget.Column{Title: c.Name, Right: c.Number}
	}
	w := widget.Window{First: true, Last: true, Rows: make([]widget.Row, len(r.Rows))}
	for i, row := range r.Rows {
		cells := make([]widget.Cell, len(row))
		for c, v := range row {
			cells[c] = widget.Cell{Text: v.Text, Null: v.Null, Cut: v.Cut}
		}
		w.Rows[i] = widget.Row{ID: strconv.Itoa(i), Cells: cells}
	}
	g.Gutter(true)
	g.SetColumns(columns)
	g.Load(w)
	return result{Result: r, grid: g}
}

// planLines are the lines of a plan, as a tree; ok is false if the result is none.
func planLines(r *source.Result) (lines []string, ok bool) {
	if len(r.Columns) != 1 || r.Columns[0].Name != "QUERY PLAN" || len(r.Rows) == 0 {
		return nil, false
	}
	if lines, ok := planTree(r.Rows[0][0].Text); ok {
		return lines, true
	}
	for _, row := range r.Rows {
		lines = append(lines, row[0].Text)
	}
	return lines, true
}

// failure is an error as lines, with the line of the statement that it is about.
func failure(err error, text string) (lines []string) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return []string{err.Error()}
	}
	lines = append(lines, fmt.Sprintf("%s: %s (SQLSTATE %s)", e.Severity, e.Message, e.Code))
	if e.Position > 0 {
		at := runeOffset(text, int(e.Position)-1)
		start := strings.LastIndexByte(text[:at], '\n') + 1
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i
		}
		label := fmt.Sprintf("LINE %d: ", 1+strings.Count(text[:start], "\n"))
		lines = append(lines, label+text[start:end], strings.Repeat(" ", len(label)+len([]rune(text[start:at])))+"▲")
	}
	if e.Detail != "" {
		lines = append(lines, "DETAIL: "+e.Detail)
	}
	if e.Hint != "" {
		lines = append(lines, "HINT: "+e.Hint)
	}
	return lines
}

// summary is what is said of the results in one line.
func (r *results) summary() string {
	switch {
	case r.running:
		return fmt.Sprintf("running… %.1f s   Ctrl-C stops it", time.Since(r.begun).Seconds())
	case !r.tried:
		return "Enter behind a semicolon runs, or F5 at the cursor"
	}
	said := "failed"
	if now := r.now(); now != nil && (now.grid != nil || len(r.failed) == 0) {
		said = now.said()
	}
	if len(r.all) > 1 {
		said = fmt.Sprintf("result %d of %d: %s", r.at+1, len(r.all), said)
	}
	return said + " · " + took(r.took)
}

func (r *result) said() string {
	switch {
	case r.Columns == nil:
		return r.Tag
	case r.Kept():
		return countOf(r.Count)
	}
	return fmt.Sprintf("the first %s of %s", widget.Grouped(int64(len(r.Rows))), countOf(r.Count))
}

func countOf(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return widget.Grouped(n) + " rows"
}

func took(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return d.Round(100 * time.Millisecond).String()
}

// view draws the results.
func (r *results) view(t *theme.Theme, width, height int, focused bool) string {
	var lines []string
	for _, n := range r.notices {
		lines = folded(lines, t.Warn, n, width)
	}
	for _, l := range r.failed {
		lines = folded(lines, t.Bad, l, width)
	}
	now := r.now()
	if now == nil || now.grid == nil && now.text == nil {
		return widget.Frame(lines, width, height)
	}
	lines = lines[:min(len(lines), height/2)]
	r.above = len(lines)
	rest := height - len(lines)
	var body string
	if now.grid != nil {
		now.grid.Theme(t, focused)
		body = now.grid.View(width, rest)
	} else {
		now.text.Theme(t)
		body = now.text.View(width, rest)
	}
	if len(lines) == 0 {
		return body
	}
	return widget.Frame(lines, width, len(lines)) + "\n" + body
}

// folded adds a message, on as many lines as it needs. A line of the statement and the
// mark below it stay as they are: the mark must be where it points to.
func folded(lines []string, style lipgloss.Style, text string, width int) []string {
	text = widget.Clean(text)
	if lipgloss.Width(text) <= width || strings.HasPrefix(text, "LINE ") || strings.HasSuffix(text, "▲") {
		return append(lines, style.Render(text))
	}
	for _, l := range widget.Wrap(text, width) {
		lines = append(lines, style.Render(l))
	}
	return lines
}

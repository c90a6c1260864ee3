package widget

import "charm.land/lipgloss/v2"

// Cell is a value in a grid.
type Cell struct {
	Text string
	Null bool // there is no value: NULL is drawn unlike the text of that name
	Cut  bool // Text is only the beginning of the value
	// Tone is the name of the style it is drawn in, of GridStyles.Tones; "" is the usual.
	Tone string
}

// Row is a row of a grid. ID tells it from all others: marks and the cursor hold on
// to it when rows are loaded again.
type Row struct {
	ID    string
	Cells []Cell
	Of    any // what the row shows, for who loaded it
}

// Order is how rows are sorted by a column.
type Order int

// Orders.
const (
	Unsorted Order = iota
	Ascending
	Descending
)

// Column is a column of a grid.
type Column struct {
	Title string
	Right bool // numbers stand to the right
	Key   bool // part of what identifies a row
	Order Order
	Width int // cells; 0: as the first rows want
}

// GridStyles are the styles of a grid.
type GridStyles struct {
	Header, KeyHeader, Rule, Text, Null, Number   lipgloss.Style
	CursorRow, CursorNull, Cursor, Marked, Gutter lipgloss.Style
	Tones                                         map[string]lipgloss.Style
}

// Want says which rows the grid will need soon.
type Want int

// Wants.
const (
	WantNothing Want = iota
	WantBefore       // rows before the first that is loaded
	WantAfter        // rows behind the last that is loaded
)

// How wide a column may get by itself, and by hand.
const (
	minColumn  = 3
	autoColumn = 40
	maxColumn  = 1000
)

// keepRows is how many rows stay loaded, unless the screen shows more.
const keepRows = 1000

// Grid shows a window of rows out of any number, with a cursor on a cell. Who owns it
// loads rows when Want asks, and gives them to Append and Prepend; rows that are far
// away are forgotten.
type Grid struct {
	columns []Column
	widths  []int
	rows    []Row
	frozen  int // columns that do not scroll
	gutter  bool

	first, last bool // rows begin with the first of all, end with the last
	base        int  // position of rows[0] among all
	exact       bool // base was counted, not guessed
	total       int  // of all rows, -1 if unknown
	about       bool // total is a guess

	row, col  int // the cursor; row counts in rows
	top, left int // what is drawn first; left counts behind the frozen columns
	height    int // rows that the last View drew
	marks     map[string]Row

	pens gridPens
	look *look
}

// NewGrid makes a grid without rows.
func NewGrid(styles GridStyles) *Grid {
	g := &Grid{total: -1, height: 1, marks: map[string]Row{}}
	g.Restyle(styles)
	return g
}

// Restyle changes the styles.
func (g *Grid) Restyle(s GridStyles) {
	g.pens = gridPens{
		header: newPen(s.Header), keyHeader: newPen(s.KeyHeader), rule: newPen(s.Rule), text: newPen(s.Text), null: newPen(s.Null),
		number: newPen(s.Number), cursorRow: newPen(s.CursorRow), cursorNull: newPen(s.CursorNull), cursor: newPen(s.Cursor),
		marked: newPen(s.Marked), gutter: newPen(s.Gutter), tones: map[string]pen{},
	}
	for name, style := range s.Tones {
		g.pens.tones[name] = newPen(style)
	}
}

// Gutter draws the position of each row before it.
func (g *Grid) Gutter(on bool) { g.gutter = on }

// Freeze keeps the first n columns in sight.
func (g *Grid) Freeze(n int) { g.frozen = n }

// SetColumns changes the columns; widths that were set by hand stay with columns of
// the same title.
func (g *Grid) SetColumns(columns []Column) {
	old := map[string]int{}
	for i := range g.columns {
		old[g.columns[i].Title] = g.columns[i].Width
	}
	g.columns = append([]Column(nil), columns...)
	for i := range g.columns {
		if g.columns[i].Width == 0 {
			g.columns[i].Width = old[g.columns[i].Title]
		}
	}
	g.widths = nil
	g.col = max(min(g.col, len(columns)-1), 0)
}

// Columns are the columns; they belong to the grid.
func (g *Grid) Columns() []Column { return g.columns }

// SetOrder shows that rows are sorted by a column, by none if it is -1.
func (g *Grid) SetOrder(column int, o Order) {
	for i := range g.columns {
		g.columns[i].Order = Unsorted
		if i == column {
			g.columns[i].Order = o
		}
	}
	g.widths = nil
}

// Window is a run of rows that lie together.
type Window struct {
	Rows        []Row
	First, Last bool // it begins with the first row of all, ends with the last
}

// Load shows other rows, the cursor on the first of them.
func (g *Grid) Load(w Window) {
	g.set(w, 0)
	g.exact = true
	g.row, g.top = 0, 0
	g.settle()
}

// LoadEnd shows the last rows, the cursor on the very last.
func (g *Grid) LoadEnd(w Window) {
	base := 0
	if !w.First {
		base = max(g.total-len(w.Rows), 0)
	}
	exact := w.First || g.total >= 0 && !g.about
	g.set(w, base)
	g.exact = exact
	g.row = max(len(g.rows)-1, 0)
	g.top = max(len(g.rows)-g.height, 0)
	g.settle()
}

// Reload shows rows that were loaded again from about the same place: the cursor
// stays on its row if that is still there, else where it was.
func (g *Grid) Reload(w Window) {
	id, above := g.Current().ID, g.row-g.top
	row := g.row
	g.set(w, g.base)
	g.exact = false // rows before these may have come or gone
	g.row = max(min(row, len(g.rows)-1), 0)
	for i := range g.rows {
		if g.rows[i].ID == id && id != "" {
			g.row = i
			break
		}
	}
	g.top = max(g.row-above, 0)
	g.settle()
}

func (g *Grid) set(w Window, base int) {
	g.rows, g.first, g.last, g.base = w.Rows, w.First, w.Last, base
	if len(g.widths) != len(g.columns) {
		g.measure()
	}
	g.grow(w.Rows)
}

// settle corrects positions by what is known of the ends.
func (g *Grid) settle() {
	if g.first {
		g.base, g.exact = 0, true
	}
	if g.last && g.exact {
		g.total, g.about = g.base+len(g.rows), false
	}
	if g.total >= 0 && g.base+len(g.rows) > g.total {
		g.total = g.base + len(g.rows)
	}
	g.row = max(min(g.row, len(g.rows)-1), 0)
}

// Append adds rows behind those that are loaded.
func (g *Grid) Append(w Window) {
	g.rows = append(g.rows, w.Rows...)
	g.grow(w.Rows)
	g.last = w.Last
	if drop := min(len(g.rows)-g.keep(), g.top-g.height, g.row); drop > 0 {
		g.rows = append([]Row(nil), g.rows[drop:]...) // not a part of the old ones, which would stay
		g.base += drop
		g.row -= drop
		g.top -= drop
		g.first = false
	}
	g.settle()
}

// Prepend adds rows before those that are loaded.
func (g *Grid) Prepend(w Window) {
	n := len(w.Rows)
	g.grow(w.Rows)
	g.rows = append(append(make([]Row, 0, n+len(g.rows)), w.Rows...), g.rows...)
	g.row += n
	g.top += n
	g.base = max(g.base-n, 0)
	g.first = w.First
	if w.First {
		g.base, g.exact = 0, true
	}
	if end := max(g.keep(), g.top+2*g.height, g.row+1); end < len(g.rows) {
		clear(g.rows[end:])
		g.rows = g.rows[:end]
		g.last = false
	}
	g.settle()
}

func (g *Grid) keep() int { return max(keepRows, 6*g.height) }

// SetTotal says how many rows there are, about if it was not counted; what was counted
// is not replaced by a guess.
func (g *Grid) SetTotal(n int, about bool) {
	if about && g.last && g.exact {
		return
	}
	g.total, g.about = max(n, g.base+len(g.rows)), about
	if about && n < g.base+len(g.rows) && !g.last {
		g.total = g.base + len(g.rows) + 1
	}
}

// Total is the number of all rows, -1 if unknown; about says that it is a guess.
func (g *Grid) Total() (n int, about bool) { return g.total, g.about }

// Want says which rows should be loaded next.
func (g *Grid) Want() Want {
	switch near := 2 * g.height; {
	case !g.last && (g.row+near >= len(g.rows) || g.top+g.height+near >= len(g.rows)):
		return WantAfter
	case !g.first && (g.row < near || g.top < near):
		return WantBefore
	}
	return WantNothing
}

// Loaded are the rows that are loaded; they belong to the grid.
func (g *Grid) Loaded() []Row { return g.rows }

// AtEnds says whether the first and the last of all rows are loaded.
func (g *Grid) AtEnds() (first, last bool) { return g.first, g.last }

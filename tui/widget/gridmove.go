package widget

// Current is the row under the cursor; without an ID if there is none.
func (g *Grid) Current() Row {
	if g.row < len(g.rows) {
		return g.rows[g.row]
	}
	return Row{}
}

// CurrentCell is the cell under the cursor.
func (g *Grid) CurrentCell() (Cell, bool) {
	cells := g.Current().Cells
	if g.col < len(cells) {
		return cells[g.col], true
	}
	return Cell{}, false
}

// Column is the column of the cursor.
func (g *Grid) Column() int { return g.col }

// Position is the cursor's row among all, counted from 1, 0 without rows; exact is
// false if rows before it were not counted.
func (g *Grid) Position() (n int, exact bool) {
	if len(g.rows) == 0 {
		return 0, true
	}
	return g.base + g.row + 1, g.exact
}

// Replace puts other cells into the row of an ID.
func (g *Grid) Replace(r Row) {
	for i := range g.rows {
		if g.rows[i].ID == r.ID {
			g.rows[i] = r
		}
	}
}

// Down moves the cursor by n rows, up if n is negative.
func (g *Grid) Down(n int) { g.row = max(min(g.row+n, len(g.rows)-1), 0) }

// Page moves by n screens of rows.
func (g *Grid) Page(n int) {
	step := n * max(g.height-1, 1)
	g.top = max(min(g.top+step, len(g.rows)-g.height), 0)
	g.Down(step)
}

// Home moves to the first row that is loaded; AtEnds tells whether it is the first.
func (g *Grid) Home() { g.row, g.top = 0, 0 }

// End moves to the last row that is loaded.
func (g *Grid) End() { g.row = max(len(g.rows)-1, 0) }

// Right moves the cursor by n columns, to the left if n is negative.
func (g *Grid) Right(n int) { g.col = max(min(g.col+n, len(g.columns)-1), 0) }

// FirstColumn and LastColumn move to the ends of a row.
func (g *Grid) FirstColumn() { g.col = 0 }

// LastColumn moves to the end of a row.
func (g *Grid) LastColumn() { g.col = max(len(g.columns)-1, 0) }

// Click moves the cursor to what was drawn at a place of the last View, and tells
// whether a cell was there. y is 0 for the header.
func (g *Grid) Click(x, y, width int) bool {
	row := g.top + y - 1
	if y < 1 || row >= len(g.rows) {
		return false
	}
	at := g.gutterWidth()
	for _, c := range g.visible(width) {
		at += g.drawnWidth(c, at, width) + len(" ")*2 + 1
		if x < at {
			g.row, g.col = row, c
			return true
		}
	}
	return false
}

// Widen makes the cursor's column wider by n cells.
func (g *Grid) Widen(n int) {
	if g.col >= len(g.widths) {
		return
	}
	w := max(min(g.widths[g.col]+n, maxColumn), minColumn)
	g.widths[g.col], g.columns[g.col].Width = w, w
}

// FitColumn makes the cursor's column as wide as what is loaded of it, or as it was by
// itself if it is that wide already.
func (g *Grid) FitColumn() {
	if g.col >= len(g.widths) {
		return
	}
	w := g.wanted(g.col, maxColumn)
	if w == g.widths[g.col] {
		w = min(w, autoColumn)
	}
	g.widths[g.col], g.columns[g.col].Width = w, w
}

// Mark marks the row under the cursor, or takes its mark away.
func (g *Grid) Mark() {
	r := g.Current()
	if r.ID == "" {
		return
	}
	if _, ok := g.marks[r.ID]; ok {
		delete(g.marks, r.ID)
		return
	}
	g.marks[r.ID] = r
}

// MarkLoaded marks all rows that are loaded.
func (g *Grid) MarkLoaded() {
	for _, r := range g.rows {
		g.marks[r.ID] = r
	}
}

// Renamed has the mark of a row go on with its new id.
func (g *Grid) Renamed(from, to string) {
	if r, ok := g.marks[from]; ok {
		delete(g.marks, from)
		r.ID = to
		g.marks[to] = r
	}
}

// Unmark takes all marks away.
func (g *Grid) Unmark() { clear(g.marks) }

// Marked are the rows that are marked, in no order.
func (g *Grid) Marked() []Row {
	rows := make([]Row, 0, len(g.marks))
	for _, r := range g.marks {
		rows = append(rows, r)
	}
	return rows
}

// Chosen are the rows to act on: those that are marked, else the one under the cursor.
func (g *Grid) Chosen() []Row {
	if len(g.marks) > 0 {
		return g.Marked()
	}
	if r := g.Current(); r.Cells != nil {
		return []Row{r}
	}
	return nil
}

// Seen are the rows that the last View drew; they belong to the grid.
func (g *Grid) Seen() []Row { return g.rows[min(g.top, len(g.rows)):min(g.top+g.height, len(g.rows))] }

// IsMarked tells whether the row of an ID is marked.
func (g *Grid) IsMarked(id string) bool {
	_, marked := g.marks[id]
	return marked
}

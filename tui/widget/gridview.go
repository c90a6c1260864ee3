package widget

import (
	"strconv"
	"strings"
)

type gridPens struct {
	header, keyHeader, rule, text, null, number   pen
	cursorRow, cursorNull, cursor, marked, gutter pen
	tones                                         map[string]pen
}

// nullText is drawn for NULL; a text is not likely to look like it, even without
// colours.
const (
	nullText  = "‹NULL›"
	nullWidth = 6
)

// measure chooses the widths of columns by the first rows.
func (g *Grid) measure() {
	g.widths = make([]int, len(g.columns))
	for i := range g.columns {
		if g.widths[i] = g.columns[i].Width; g.widths[i] == 0 {
			g.widths[i] = g.wanted(i, autoColumn)
		}
	}
}

// measureRows is how many rows decide on a width.
const measureRows = 200

// wanted is the width that a column's title and values need.
func (g *Grid) wanted(column, limit int) int {
	w := widthUpTo(g.columns[column].Title, limit)
	if g.columns[column].Order != Unsorted {
		w += 2
	}
	for i := range min(len(g.rows), measureRows) {
		w = max(w, g.rows[i].width(column, limit))
	}
	return max(min(w, limit), minColumn)
}

// width is what a value takes, up to a limit.
func (r *Row) width(column, limit int) int {
	switch {
	case column >= len(r.Cells):
		return 0
	case r.Cells[column].Null:
		return min(nullWidth, limit)
	}
	return widthUpTo(r.Cells[column].Text, limit)
}

// grow makes columns wider for rows that are new, but those whose width was chosen: the
// first digits of a number alone would mislead.
func (g *Grid) grow(rows []Row) {
	for c := range g.widths {
		if g.columns[c].Width != 0 {
			continue
		}
		for i := range rows {
			g.widths[c] = max(g.widths[c], rows[i].width(c, autoColumn))
		}
	}
}

// gutterWidth is what positions before rows take.
func (g *Grid) gutterWidth() int {
	if !g.gutter {
		return 0
	}
	w := len(strconv.Itoa(g.base+len(g.rows))) + 1
	if !g.exact {
		w++
	}
	return w
}

// visible are the columns that are drawn, from the left; the last one may be cut.
func (g *Grid) visible(width int) (columns []int) {
	at := g.gutterWidth()
	for c := range g.columns {
		if c >= g.frozen && c < g.frozen+g.left {
			continue
		}
		if at >= width {
			break
		}
		columns = append(columns, c)
		at += g.widths[c] + 3
	}
	return columns
}

// drawnWidth is the width of a column that begins at a place, which the edge may cut.
func (g *Grid) drawnWidth(column, at, width int) int {
	return max(min(g.widths[column], width-at-2), 0)
}

// View draws the grid in exactly width by height cells.
func (g *Grid) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if len(g.widths) != len(g.columns) {
		g.measure()
	}
	g.height = max(height-1, 1)
	g.scroll(width)
	b := &brush{}
	b.Grow(width * height * 2)
	columns := g.visible(width)
	g.header(b, columns, width)
	for i := range height - 1 {
		b.WriteByte('\n')
		if row := g.top + i; row < len(g.rows) {
			g.line(b, columns, row, width)
		} else {
			pad(&b.Builder, width)
		}
	}
	return b.String()
}

// scroll brings the cursor into sight.
func (g *Grid) scroll(width int) {
	g.row = max(min(g.row, len(g.rows)-1), 0)
	g.top = max(min(g.top, g.row, len(g.rows)-g.height), g.row-g.height+1, 0)
	if g.gutterWidth()+g.span(0, g.frozen) > width/2 {
		g.frozen = 0 // no room to scroll the others in
	}
	g.left = max(min(g.left, g.col-g.frozen, len(g.columns)-1-g.frozen), 0)
	for g.col >= g.frozen && g.left < g.col-g.frozen && g.gutterWidth()+g.span(0, g.frozen)+g.span(g.frozen+g.left, g.col+1) > width+1 {
		g.left++
	}
}

// span is the cells of the columns from one to before another.
func (g *Grid) span(from, to int) (n int) {
	for c := from; c < to && c < len(g.widths); c++ {
		n += g.widths[c] + 3
	}
	return n
}

func (g *Grid) header(b *brush, columns []int, width int) {
	at := g.gutterWidth()
	b.use(g.pens.header)
	pad(&b.Builder, min(at, width))
	for _, c := range columns {
		column := &g.columns[c]
		p := g.pens.header
		if column.Key {
			p = g.pens.keyHeader
		}
		mark := map[Order]string{Ascending: " ▲", Descending: " ▼"}[column.Order]
		w := g.drawnWidth(c, at, width)
		b.use(p)
		at += g.edge(b, at, width)
		if mark == "" || w < 3 {
			fit(&b.Builder, column.Title, w, column.Right, false)
		} else {
			var title strings.Builder
			fit(&title, column.Title, min(widthUpTo(column.Title, w), w-2), false, false)
			fit(&b.Builder, title.String()+mark, w, column.Right, false)
		}
		at += w
		at += g.edge(b, at, width)
		b.use(g.pens.header)
		at += g.rule(b, at, width)
	}
	pad(&b.Builder, width-at)
	b.endLine()
}

// edge draws the space beside a cell.
func (g *Grid) edge(b *brush, at, width int) int {
	if at >= width {
		return 0
	}
	b.WriteByte(' ')
	return 1
}

// rule draws the line between columns.
func (g *Grid) rule(b *brush, at, width int) int {
	if at >= width {
		return 0
	}
	b.WriteString("│")
	return 1
}

func (g *Grid) line(b *brush, columns []int, row, width int) {
	r := &g.rows[row]
	under := row == g.row
	_, marked := g.marks[r.ID]
	base, rule := g.pens.text, g.pens.rule
	switch {
	case under:
		base, rule = g.pens.cursorRow, g.pens.cursorRow
	case marked:
		base = g.pens.marked
	}
	at := g.gutterWidth()
	if g.gutter {
		b.use(g.pens.gutter)
		text := strconv.Itoa(g.base + row + 1)
		if !g.exact {
			text = "~" + text
		}
		fit(&b.Builder, text, min(at-1, width), true, false)
		mark := " "
		if marked {
			mark = "•"
		}
		if at <= width {
			b.WriteString(mark)
		}
	}
	for _, c := range columns {
		cell := Cell{}
		if c < len(r.Cells) {
			cell = r.Cells[c]
		}
		p := base
		switch {
		case under && c == g.col:
			p = g.pens.cursor
		case cell.Null && under:
			p = g.pens.cursorNull
		case cell.Null:
			p = g.pens.null
		case g.columns[c].Right && !under && !marked:
			p = g.pens.number
		}
		if tone, known := g.pens.tones[cell.Tone]; known && !under && !marked {
			p = tone
		}
		b.use(p)
		w := g.drawnWidth(c, at, width)
		at += g.edge(b, at, width)
		if cell.Null {
			fit(&b.Builder, nullText, w, g.columns[c].Right, false)
		} else {
			fit(&b.Builder, cell.Text, w, g.columns[c].Right, cell.Cut)
		}
		at += w
		at += g.edge(b, at, width)
		b.use(rule)
		at += g.rule(b, at, width)
	}
	b.use(base)
	pad(&b.Builder, width-at)
	b.endLine()
}

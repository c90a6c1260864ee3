package widget

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

func testStyles() GridStyles {
	s := lipgloss.NewStyle()
	return GridStyles{Header: s.Bold(true), KeyHeader: s.Bold(true).Underline(true), Null: s.Faint(true), Cursor: s.Reverse(true), CursorRow: s.Bold(true)}
}

// table stands for a table of n rows, of which a grid is given pages.
type table struct {
	g    *Grid
	n    int
	page int
}

func newTable(n int) *table {
	t := &table{NewGrid(testStyles()), n, 200}
	t.g.SetColumns([]Column{{Title: "id", Right: true, Key: true}, {Title: "name"}, {Title: "note"}})
	t.g.Load(t.window(0, t.page))
	return t
}

func (t *table) window(from, to int) Window {
	from, to = max(from, 0), min(to, t.n)
	w := Window{First: from == 0, Last: to == t.n}
	for i := from; i < to; i++ {
		id := strconv.Itoa(i)
		w.Rows = append(w.Rows, Row{ID: id, Cells: []Cell{{Text: id}, {Text: "row " + id}, {Null: true}}})
	}
	return w
}

// feed gives the grid what it wants.
func (t *table) feed() {
	for {
		rows := t.g.Loaded()
		switch t.g.Want() {
		case WantAfter:
			at := 0
			if len(rows) > 0 {
				at, _ = strconv.Atoi(rows[len(rows)-1].ID)
			}
			t.g.Append(t.window(at+1, at+1+t.page))
		case WantBefore:
			at, _ := strconv.Atoi(rows[0].ID)
			t.g.Prepend(t.window(at-t.page, at))
		default:
			return
		}
	}
}

func TestGridScrollsAMillionRowsInBoundedMemory(t *testing.T) {
	tab := newTable(100_000)
	most := 0
	for _, step := range []int{1, -1} {
		for range tab.n/29 + 10 {
			tab.g.Page(step)
			tab.g.View(80, 31)
			tab.feed()
			most = max(most, len(tab.g.Loaded()))
			at, exact := tab.g.Position()
			if id := tab.g.Current().ID; id != strconv.Itoa(at-1) || !exact {
				t.Fatalf("the cursor is on row %s, and says it is at %d (exact: %v)", id, at, exact)
			}
		}
		want := map[int]string{1: "99999", -1: "0"}[step]
		if id := tab.g.Current().ID; id != want {
			t.Fatalf("steps of %d end at row %s, not %s", step, id, want)
		}
	}
	if most > keepRows+2*tab.page {
		t.Errorf("%d rows were loaded at a time", most)
	}
	if n, about := tab.g.Total(); n != tab.n && !about {
		t.Errorf("%d rows are said to be counted", n)
	}
}

func TestGridJumpsToTheEndAndBack(t *testing.T) {
	tab := newTable(5000)
	tab.g.SetTotal(4900, true)
	tab.g.View(80, 21)
	tab.g.LoadEnd(tab.window(4800, 5000))
	tab.g.View(80, 21)
	if id := tab.g.Current().ID; id != "4999" {
		t.Fatalf("the end is row %s", id)
	}
	if at, exact := tab.g.Position(); exact || at != 4900 {
		t.Errorf("the position is %d, exact: %v", at, exact)
	}
	for range 300 {
		tab.g.Page(-1)
		tab.g.View(80, 21)
		tab.feed()
	}
	if at, exact := tab.g.Position(); at != 1 || !exact || tab.g.Current().ID != "0" {
		t.Errorf("back at the start the position is %d, exact: %v, row %s", at, exact, tab.g.Current().ID)
	}
}

func TestGridReloadKeepsTheCursor(t *testing.T) {
	tab := newTable(300)
	tab.g.View(80, 11)
	tab.g.Down(50)
	tab.g.View(80, 11)
	tab.feed()
	w := tab.window(0, 300)
	w.Rows = w.Rows[7:] // seven rows are gone
	tab.g.Reload(w)
	tab.g.View(80, 11)
	if at, _ := tab.g.Position(); tab.g.Current().ID != "50" || at != 44 {
		t.Errorf("the cursor is on row %s at %d", tab.g.Current().ID, at)
	}
}

func TestGridView(t *testing.T) {
	g := NewGrid(GridStyles{})
	g.SetColumns([]Column{{Title: "id", Right: true}, {Title: "名前", Order: Descending}, {Title: "note"}})
	g.Load(Window{First: true, Last: true, Rows: []Row{
		{ID: "a", Cells: []Cell{{Text: "1"}, {Text: "日本語テキスト"}, {Null: true}}},
		{ID: "b", Cells: []Cell{{Text: "22"}, {Text: "\x1b[31mred\n"}, {Text: "NULL"}}},
		{ID: "c", Cells: []Cell{{Text: "333"}, {Text: ""}, {Text: "beginning", Cut: true}}},
	}})
	g.Gutter(true)
	got := g.View(40, 5)
	want := strings.Join([]string{
		"    id │ 名前 ▼         │ note      │   ",
		"1    1 │ 日本語テキスト │ ‹NULL›    │   ",
		"2   22 │ ␛[31mred↵      │ NULL      │   ",
		"3  333 │                │ beginnin… │   ",
		"                                        ",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGridIsAlwaysOfTheSizeAskedFor(t *testing.T) {
	for _, n := range []int{0, 1, 500} {
		tab := newTable(n)
		tab.g.Gutter(true)
		tab.g.Freeze(1)
		for width := 1; width < 60; width += 3 {
			for height := 1; height < 9; height++ {
				for range 3 {
					tab.g.Right(1)
					lines := strings.Split(tab.g.View(width, height), "\n")
					if len(lines) != height {
						t.Fatalf("%d×%d: %d lines", width, height, len(lines))
					}
					for _, l := range lines {
						if w := ansi.StringWidth(l); w != width {
							t.Fatalf("%d×%d: a line of %d cells: %q", width, height, w, l)
						}
					}
				}
				tab.g.FirstColumn()
			}
		}
	}
}

func TestGridScrollsSideways(t *testing.T) {
	g := NewGrid(GridStyles{})
	var columns []Column
	var cells []Cell
	for i := range 100 {
		columns = append(columns, Column{Title: fmt.Sprintf("c%d", i), Width: 6})
		cells = append(cells, Cell{Text: fmt.Sprintf("v%d", i)})
	}
	g.SetColumns(columns)
	g.Freeze(1)
	g.Load(Window{Rows: []Row{{ID: "x", Cells: cells}}, First: true, Last: true})
	for i := range 100 {
		view := g.View(40, 2)
		if !strings.Contains(view, fmt.Sprintf(" v%d ", i)) || !strings.Contains(view, " v0 ") {
			t.Fatalf("with the cursor on column %d:\n%s", i, view)
		}
		g.Right(1)
	}
	g.FirstColumn()
	if view := g.View(40, 2); !strings.Contains(view, " v1 ") {
		t.Errorf("back at the first column:\n%s", view)
	}
}

func TestGridWidthsAndMarks(t *testing.T) {
	tab := newTable(10)
	g := tab.g
	g.LastColumn()
	g.Right(-1)
	g.Widen(5)
	if g.widths[1] != len("row 9")+5 {
		t.Errorf("the width is %d", g.widths[1])
	}
	g.SetColumns(g.Columns())
	g.View(80, 5)
	if g.widths[1] != len("row 9")+5 {
		t.Errorf("the width is %d after the columns were set again", g.widths[1])
	}
	g.FitColumn()
	if g.widths[1] != len("row 9") {
		t.Errorf("fitted, the width is %d", g.widths[1])
	}
	g.Mark()
	g.Down(2)
	g.Mark()
	if n := len(g.Chosen()); n != 2 {
		t.Errorf("%d rows are chosen", n)
	}
	g.Mark()
	if m := g.Marked(); len(m) != 1 || m[0].ID != "0" {
		t.Errorf("marked: %v", m)
	}
}

func FuzzFit(f *testing.F) {
	f.Add("plain", 3)
	f.Add("日本\x1b[0m\xff\u202e e\u0301 👩‍👩‍👧", 9)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 1 || width > 200 {
			return
		}
		var b strings.Builder
		fit(&b, s, width, false, false)
		got := b.String()
		if w := ansi.StringWidth(got); w != width {
			t.Errorf("%q is %d cells wide, not %d", got, w, width)
		}
		if strings.ContainsAny(got, "\x1b\n\r\t\u009b") {
			t.Errorf("%q steers the terminal", got)
		}
	})
}

func BenchmarkGridView(b *testing.B) {
	g := NewGrid(testStyles())
	var columns []Column
	for i := range 20 {
		columns = append(columns, Column{Title: fmt.Sprintf("column_%d", i), Width: 8})
	}
	g.SetColumns(columns)
	var rows []Row
	for i := range 500 {
		r := Row{ID: strconv.Itoa(i)}
		for c := range columns {
			r.Cells = append(r.Cells, Cell{Text: strings.Repeat("wörds ", c*50), Null: c == 3})
		}
		rows = append(rows, r)
	}
	g.Load(Window{Rows: rows, First: true, Last: true})
	for b.Loop() {
		g.Down(1)
		if g.row == len(rows)-1 {
			g.Home()
		}
		g.View(200, 50)
	}
}

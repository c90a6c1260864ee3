package keys

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// items are the elements of a key as a table, in pages that are fetched as they are
// scrolled to.
type items struct {
	grid    *widget.Grid
	fetch   pane.Fetch[itemsPage]
	asked   pane.Fetch[[]source.Group]
	list    []source.Item // all that was fetched
	next    string        // where it goes on, "" at the end
	begun   bool
	stale   bool
	needle  string
	sortBy  int // a column, -1 for the server's order
	sorted  widget.Order
	columns string // the type that the columns are for
	groups  []source.Group
	grouped bool // groups are shown
}

type itemsPage struct {
	source.Items
	fresh bool
}

// Elements that are kept; up to smallItems of them are looked at again all the time.
const (
	maxItems   = 20_000
	smallItems = 500
	// shownValue is how much of a value a cell has.
	shownValue = 512
)

func (i *items) init() {
	i.grid = widget.NewGrid(widget.GridStyles{})
	i.sortBy = -1
}

func (i *items) reset() {
	i.close()
	needle := i.needle
	*i = items{needle: needle}
	i.init()
}

func (i *items) close() {
	i.fetch.Cancel()
	i.asked.Cancel()
}

// loadItems fetches the elements again that are loaded, or the first ones.
func (v *value) loadItems() tea.Cmd {
	i := &v.items
	if i.fetch.Busy() || i.asked.Busy() {
		return nil
	}
	i.stale = false
	db, key, info := v.db, v.key, v.info
	if i.grouped {
		return i.asked.Start(fetchTimeout, func(ctx context.Context) ([]source.Group, error) { return v.env.Source.Groups(ctx, db, key) })
	}
	want := len(i.list)
	return i.fetch.Start(fetchTimeout, func(ctx context.Context) (itemsPage, error) {
		page, err := v.env.Source.Items(ctx, db, key, info, "")
		for err == nil && page.Next != "" && len(page.List) < want {
			var more source.Items
			more, err = v.env.Source.Items(ctx, db, key, info, page.Next)
			page.List, page.Next = append(page.List, more.List...), more.Next
		}
		return itemsPage{page, true}, err
	})
}

// want fetches the elements that the table will need soon.
func (v *value) want() tea.Cmd {
	i := &v.items
	if v.isText() || i.fetch.Busy() || i.next == "" || len(i.list) >= maxItems || i.grouped {
		return nil
	}
	// A search and an order are of what is there: with them, the rest is fetched too.
	if i.grid.Want() != widget.WantAfter && i.needle == "" && i.sortBy < 0 {
		return nil
	}
	db, key, info, from := v.db, v.key, v.info, i.next
	return i.fetch.Start(fetchTimeout, func(ctx context.Context) (itemsPage, error) {
		page, err := v.env.Source.Items(ctx, db, key, info, from)
		return itemsPage{page, false}, err
	})
}

func (i *items) fetched(v *value, msg tea.Msg) tea.Cmd {
	if list, err, ok := i.asked.Take(msg); ok {
		if err != nil {
			return pane.Fail(err)
		}
		i.groups = list
		i.show(v.info.Type)
		return nil
	}
	page, err, ok := i.fetch.Take(msg)
	if !ok {
		return nil
	}
	if page.fresh {
		v.live.Looked()
	}
	if err != nil {
		return pane.Fail(err)
	}
	if page.fresh {
		i.list = nil
	}
	i.list = append(i.list, page.List...)
	i.next = page.Next
	i.show(v.info.Type)
	return v.want()
}

// titles are the columns of a type.
var titles = map[string][]widget.Column{
	"hash":   {{Title: "field", Key: true}, {Title: "value"}},
	"list":   {{Title: "index", Right: true, Width: 8}, {Title: "value"}},
	"set":    {{Title: "member"}},
	"zset":   {{Title: "member", Key: true}, {Title: "score", Right: true, Width: 18}},
	"stream": {{Title: "id", Key: true, Width: 20}, {Title: "fields"}},
	"groups": {{Title: "group", Key: true, Width: 20}, {Title: "consumers", Right: true}, {Title: "pending", Right: true}, {Title: "last delivered", Width: 16}, {Title: "lag", Right: true, Width: 6}},
}

// show gives the table its rows: those that a search leaves, in their order.
func (i *items) show(typ string) {
	if i.grouped {
		typ = "groups"
	}
	if i.columns != typ {
		i.columns = typ
		i.grid.SetColumns(titles[typ])
	}
	var rows []widget.Row
	if i.grouped {
		for _, g := range i.groups {
			rows = append(rows, widget.Row{ID: g.Name, Cells: []widget.Cell{
				{Text: g.Name}, {Text: widget.Count(g.Consumers)}, {Text: widget.Count(g.Pending)}, {Text: g.LastDelivered}, {Text: g.Lag},
			}})
		}
		i.load(rows, true)
		return
	}
	shown := i.list
	if i.sortBy >= 0 {
		shown = slices.Clone(shown)
		slices.SortStableFunc(shown, i.compare)
	}
	needle := strings.ToLower(i.needle)
	for n := range shown {
		item := &shown[n]
		if needle != "" && !strings.Contains(strings.ToLower(item.Name), needle) && !strings.Contains(strings.ToLower(item.Value), needle) {
			continue
		}
		id := item.ID()
		if typ == "list" {
			id = strconv.Itoa(n)
		}
		cells := []widget.Cell{shortened(item.Name), shortened(item.Value)}
		if item.Size > 0 {
			at := 1
			if typ == "set" || typ == "zset" {
				at = 0
			}
			cells[at].Tone = "dim"
			cells[at].Text = fmt.Sprintf("(%s: open to see it) %s", widget.Bytes(item.Size), cells[at].Text)
		}
		rows = append(rows, widget.Row{ID: id, Cells: cells[:len(i.grid.Columns())], Of: *item})
	}
	i.load(rows, i.next == "" || len(i.list) >= maxItems || i.needle != "")
}

// shortened is as much of a text as a cell has.
func shortened(text string) widget.Cell {
	return widget.Cell{Text: text[:min(len(text), shownValue)], Cut: len(text) > shownValue}
}

func (i *items) load(rows []widget.Row, last bool) {
	w := widget.Window{Rows: rows, First: true, Last: last}
	if !i.begun {
		i.begun = true
		i.grid.Load(w)
		return
	}
	i.grid.Reload(w)
}

// compare orders two elements by the chosen column: numbers by their value.
func (i *items) compare(a, b source.Item) int {
	x, y := a.Name, b.Name
	if i.sortBy == 1 {
		x, y = a.Value, b.Value
	}
	m, errM := strconv.ParseFloat(x, 64)
	n, errN := strconv.ParseFloat(y, 64)
	var c int
	switch {
	case errM == nil && errN == nil:
		c = cmp.Compare(m, n)
	case errM == nil:
		c = -1
	case errN == nil:
		c = 1
	default:
		c = cmp.Compare(x, y)
	}
	if i.sorted == widget.Descending {
		c = -c
	}
	return c
}

// nextSort sorts by the column under the cursor: up, down, not at all.
func (i *items) nextSort(typ string) {
	at := i.grid.Column()
	switch {
	case i.sortBy != at:
		i.sortBy, i.sorted = at, widget.Ascending
	case i.sorted == widget.Ascending:
		i.sorted = widget.Descending
	default:
		i.sortBy = -1
	}
	i.grid.SetOrder(i.sortBy, i.sorted)
	i.show(typ)
}

func (i *items) filter(needle string) {
	i.needle = needle
	i.show(i.columns)
}

// current is the element under the cursor.
func (i *items) current() (source.Item, bool) {
	item, ok := i.grid.Current().Of.(source.Item)
	return item, ok && !i.grouped
}

func (i *items) note(info source.KeyInfo) string {
	switch {
	case i.grouped:
		return some(len(i.groups), "group")
	case i.needle != "":
		return fmt.Sprintf("/%s: %d of %d", widget.Clean(i.needle), len(i.grid.Loaded()), len(i.list))
	case i.next != "" && len(i.list) >= maxItems:
		return fmt.Sprintf("the first %d of %d", len(i.list), info.Elements)
	case i.next != "":
		return fmt.Sprintf("%d of %d loaded", len(i.list), info.Elements)
	}
	return ""
}

func (i *items) view(v *value, width, height int) string {
	if v.width > 0 && len(titles[i.columns]) == 2 {
		i.widen(width)
	}
	i.grid.Theme(v.env.Theme, v.focused)
	return i.grid.View(width, height)
}

// widen gives the last column what the first and the lines between leave.
func (i *items) widen(width int) {
	columns := i.grid.Columns()
	if len(columns) != 2 || columns[1].Title == "score" || len(i.grid.Loaded()) == 0 {
		return
	}
	first := columns[0].Width
	if first == 0 {
		for _, r := range i.grid.Loaded()[:min(200, len(i.grid.Loaded()))] {
			first = max(first, min(len(r.Cells[0].Text), width/3))
		}
		first = max(first, 8)
	}
	if room := width - first - 5; columns[1].Width != room && room > 8 {
		fresh := slices.Clone(titles[i.columns])
		fresh[0].Width, fresh[1].Width = first, room
		i.grid.SetColumns(fresh)
		i.grid.SetOrder(i.sortBy, i.sorted)
	}
}

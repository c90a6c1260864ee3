package keys

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/redis/survey"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// pageOf is a page of keys and where it belongs.
type pageOf struct {
	kind  pageKind
	again bool // of what is shown already
	rows  []survey.KeyRow
	next  []byte // where the walk goes on in its direction, nil if it is over
	ended string
}

type pageKind int

const (
	firstPage pageKind = iota
	lastPage
	pageAfter
	pageBefore
	sortedPage
)

// pageSize is how many keys are fetched together, topSize how many in another order.
const (
	pageSize = 200
	topSize  = 1000
)

// first fetches the first keys.
func (l *list) first() tea.Cmd {
	if l.order != "name" {
		return l.sorted(false)
	}
	return l.load(firstPage, nil)
}

// sorted fetches the first keys of another order, for which all keys are looked at. again
// leaves the cursor where it is.
func (l *list) sorted(again bool) tea.Cmd {
	db, f, order := l.db, l.filter, l.order
	l.quiet = again
	return l.page.Start(fetchTimeout, func(ctx context.Context) (pageOf, error) {
		found, err := l.env.Source.KeysBy(ctx, db, f, order, topSize)
		if err != nil {
			return pageOf{}, err
		}
		p := pageOf{kind: sortedPage, again: again, rows: found.Keys}
		if found.Partial {
			p.ended = " of the first " + widget.Count(found.Matched)
		}
		return p, nil
	})
}

func (l *list) last() tea.Cmd { return l.load(lastPage, nil) }

// again fetches what is shown again, from the first key that is loaded on. What is under
// way comes first: it may be older than what the user knows of.
func (l *list) again() tea.Cmd {
	if l.page.Busy() || l.look.Busy() {
		l.missed = true
		return nil
	}
	l.missed = false
	switch {
	case l.order != "name":
		return l.sorted(true)
	case len(l.grid.Seen()) == 0:
		return l.first()
	}
	return l.watch()
}

// load fetches a page. What is found in a step of the walk may be nothing.
func (l *list) load(kind pageKind, from []byte) tea.Cmd {
	db, f := l.db, l.filter
	l.quiet = false
	// Each step is short; how many there are is bounded by the keys, and by the user.
	return l.page.Start(0, func(ctx context.Context) (pageOf, error) {
		walk := l.env.Source.Keys
		if kind == lastPage || kind == pageBefore {
			walk = l.env.Source.KeysBefore
		}
		p := pageOf{kind: kind, next: from}
		// A filter that lets little through needs some steps to fill a page; the first
		// keys are shown as soon as there are some.
		until := time.Now().Add(time.Second)
		for {
			found, err := walk(ctx, db, f, p.next, pageSize-len(p.rows))
			if err != nil {
				return pageOf{}, err
			}
			if kind == lastPage || kind == pageBefore {
				p.rows = append(found.Rows, p.rows...)
			} else {
				p.rows = append(p.rows, found.Rows...)
			}
			p.next = found.Next
			if p.next == nil || len(p.rows) >= pageSize || len(p.rows) > 0 && time.Now().After(until) {
				return p, nil
			}
		}
	})
}

// want fetches what the grid will need soon.
func (l *list) want() tea.Cmd {
	if l.page.Busy() || l.order != "name" {
		return nil
	}
	rows := l.grid.Loaded()
	switch l.grid.Want() {
	case widget.WantAfter:
		return l.load(pageAfter, append([]byte(rows[len(rows)-1].ID), 0))
	case widget.WantBefore:
		return l.load(pageBefore, []byte(rows[0].ID))
	case widget.WantNothing:
	}
	return nil
}

// fetched takes what has come.
func (l *list) fetched(msg tea.Msg) tea.Cmd {
	if p, err, ok := l.page.Take(msg); ok {
		quiet := l.quiet
		l.quiet = false
		if quiet {
			l.live.Looked()
		}
		if err != nil && quiet {
			return l.remembered() // the header says that the server is lost
		}
		l.failed, l.loaded = err, true
		if err != nil {
			return tea.Batch(pane.Fail(err), l.remembered())
		}
		l.put(p)
		return tea.Batch(l.want(), l.remembered())
	}
	if found, err, ok := l.look.Take(msg); ok {
		l.live.Looked()
		if err == nil {
			l.failed = nil
			return tea.Batch(l.refresh(found), l.remembered())
		}
		return l.remembered() // the header says that the server is lost
	}
	if found, err, ok := l.counted.Take(msg); ok {
		return l.countedSome(found, err)
	}
	if _, ok := msg.(countTick); ok {
		return l.count()
	}
	return nil
}

// remembered fetches what was to be fetched again while something else was under way.
func (l *list) remembered() tea.Cmd {
	if !l.missed {
		return nil
	}
	return l.again()
}

func (l *list) put(p pageOf) {
	w := widget.Window{Rows: l.gridRows(p.rows)}
	switch p.kind {
	case firstPage:
		w.First, w.Last = true, p.next == nil
		l.grid.Load(w)
	case sortedPage:
		w.First, w.Last = true, true
		l.ended = p.ended
		if p.again {
			l.grid.Reload(w)
		} else {
			l.grid.Load(w)
		}
	case lastPage:
		w.First, w.Last = p.next == nil, true
		l.grid.LoadEnd(w)
	case pageAfter:
		w.Last = p.next == nil
		l.grid.Append(w)
	case pageBefore:
		w.First = p.next == nil
		l.grid.Prepend(w)
	}
	l.forget()
}

func (l *list) gridRows(rows []survey.KeyRow) []widget.Row {
	out := make([]widget.Row, 0, len(rows))
	for i := range rows {
		l.rows[string(rows[i].Key)] = rows[i]
		out = append(out, l.cells(&rows[i]))
	}
	return out
}

// forget drops what is known of keys that the grid has forgotten, now and then; marked
// ones are kept.
func (l *list) forget() {
	loaded := l.grid.Loaded()
	if len(l.rows) < 2*len(loaded)+pageSize {
		return
	}
	keep := make(map[string]survey.KeyRow, len(loaded))
	for _, list := range [][]widget.Row{loaded, l.grid.Marked()} {
		for _, r := range list {
			if k, ok := l.rows[r.ID]; ok {
				keep[r.ID] = k
			}
		}
	}
	l.rows = keep
}

// watch looks again at the keys on the screen, in another order than that of names at all.
func (l *list) watch() tea.Cmd {
	l.redraw()
	seen := l.grid.Seen()
	if l.page.Busy() || l.look.Busy() || !l.loaded {
		return nil
	}
	if l.order != "name" {
		return l.sorted(true)
	}
	if len(seen) == 0 {
		if !l.filter.Plain() {
			return nil // there may be millions that are not like that
		}
		return l.first()
	}
	db, f, from, limit := l.db, l.filter, []byte(seen[0].ID), len(seen)+1
	if first, _ := l.grid.AtEnds(); first && seen[0].ID == l.grid.Loaded()[0].ID {
		from = nil // keys may have come before it
	}
	return l.look.Start(fetchTimeout, func(ctx context.Context) (*survey.Walked, error) {
		return l.env.Source.Keys(ctx, db, f, from, limit)
	})
}

// refresh takes the keys that are on the screen as they are now.
func (l *list) refresh(found *survey.Walked) tea.Cmd {
	seen := l.grid.Seen()
	if len(seen) == 0 {
		return nil
	}
	same := len(found.Rows) >= len(seen)
	for i := 0; same && i < len(seen); i++ {
		same = string(found.Rows[i].Key) == seen[i].ID
	}
	fresh := l.gridRows(found.Rows)
	if same {
		for _, r := range fresh {
			l.grid.Replace(r)
		}
		return nil
	}
	// Keys came or went. What is loaded before and behind the screen stays.
	first, last := l.grid.AtEnds()
	loaded := l.grid.Loaded()
	var rows []widget.Row
	for _, r := range loaded {
		if r.ID == seen[0].ID {
			break
		}
		rows = append(rows, r)
	}
	rows = append(rows, fresh...)
	if found.Next == nil {
		last = true
	} else {
		for _, r := range loaded {
			if r.ID >= string(found.Next) {
				rows = append(rows, r)
			}
		}
		last = last && len(rows) > 0 && loaded[len(loaded)-1].ID >= string(found.Next)
	}
	l.grid.Reload(widget.Window{Rows: rows, First: first, Last: last})
	return l.want()
}

type countTick struct{}

// count counts the keys of the list, a little at a time.
func (l *list) count() tea.Cmd {
	if l.counted.Busy() {
		return nil
	}
	return l.counted.Start(fetchTimeout, l.walkFrom(l.next))
}

// recount begins again.
func (l *list) recount() tea.Cmd {
	l.next, l.total, l.sized, l.whole = nil, 0, 0, false
	l.counted.Cancel()
	return l.count()
}

// countPause is between two steps, so that counting costs the server little.
const countPause = 40 * time.Millisecond

func (l *list) countedSome(found *survey.Walked, err error) tea.Cmd {
	if err != nil {
		return nil
	}
	if l.next == nil {
		l.total, l.sized = 0, 0
	}
	l.total += found.Keys
	l.sized += found.Bytes
	l.next, l.whole = found.Next, found.Next == nil
	if l.whole {
		return nil
	}
	l.grid.SetTotal(int(l.total), true)
	return tea.Tick(countPause, func(time.Time) tea.Msg { return countTick{} })
}

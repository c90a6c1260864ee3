package keys

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/redis/survey"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// act does what an action on keys says.
func (l *list) act(id keymap.ID) tea.Cmd {
	o := ops{l.env, l.db}
	current := l.grid.Current().ID
	_, some := l.rows[current]
	switch id {
	case keymap.KeysNew:
		return o.newKey(l.filter.Prefix)
	case keymap.KeysOrder:
		return l.chooseOrder()
	case keymap.KeysType:
		return l.chooseType()
	case keymap.KeysUnmark:
		l.grid.Unmark()
		return nil
	}
	if !some {
		return nil
	}
	switch id {
	case keymap.KeysMark:
		l.grid.Mark()
		l.grid.Down(1)
		return l.want()
	case keymap.KeysMarkAll:
		l.grid.MarkLoaded()
		first, last := l.grid.AtEnds()
		if !first || !last {
			return pane.Ask(pane.Toast{Text: fmt.Sprintf("marked the %d keys that are loaded; there are more", len(l.grid.Loaded())), Level: pane.Warning})
		}
	case keymap.KeysDelete:
		return o.delete(l.chosen(), l.unmark())
	case keymap.KeysTTL:
		return o.ttl(l.chosen(), ttlNow(l.rows[current].Expire))
	case keymap.KeysRename:
		return o.rename(current, func(to string) tea.Cmd { return pane.Ask(renamedMsg{l, current, to}) })
	case keymap.KeysDuplicate:
		return o.copy(current)
	case keymap.KeysCopyName:
		return tea.Batch(tea.SetClipboard(current), pane.Say("copied "+name(current)))
	}
	return nil
}

// chosen are the keys to act on: those that are marked, else the one under the cursor.
func (l *list) chosen() (keys []string) {
	for _, r := range l.grid.Chosen() {
		keys = append(keys, r.ID)
	}
	slices.Sort(keys)
	return keys
}

type (
	unmarkMsg  struct{ of *list }
	renamedMsg struct {
		of       *list
		from, to string
	}
)

// unmark takes the marks away when what was done to the marked keys is done.
func (l *list) unmark() tea.Cmd { return pane.Ask(unmarkMsg{l}) }

// ttlNow is a TTL as it is typed.
func ttlNow(expire int64) string {
	if expire == 0 {
		return ""
	}
	return fmt.Sprintf("%d", max(1, int64(time.Until(time.UnixMilli(expire)).Seconds())))
}

func (l *list) chooseOrder() tea.Cmd {
	shown := map[string]string{"name": "by name", "size": "largest first", "elements": "most elements first", "ttl": "first to expire first"}
	var options []string
	for _, o := range survey.Orders {
		options = append(options, shown[o])
	}
	return l.env.Ask(pane.Choose{Title: "Order", Options: options, Done: func(i int) tea.Cmd { return pane.Ask(reorder{l, survey.Orders[i]}) }})
}

// reorder has a list in another order, refilter with keys of one type only.
type (
	reorder struct {
		of    *list
		order string
	}
	refilter struct {
		of    *list
		types []string
	}
)

var keyTypes = []string{"string", "hash", "list", "set", "zset", "stream"}

func (l *list) chooseType() tea.Cmd {
	return l.env.Ask(pane.Choose{Title: "Type", Options: append([]string{"all"}, keyTypes...), Done: func(i int) tea.Cmd {
		if i == 0 {
			return pane.Ask(refilter{l, nil})
		}
		return pane.Ask(refilter{l, keyTypes[i-1 : i]})
	}})
}

// chose takes what was chosen in a dialog.
func (l *list) chose(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case unmarkMsg:
		if msg.of == l {
			l.grid.Unmark()
		}
		return nil, true
	case renamedMsg:
		if msg.of == l {
			l.grid.Renamed(msg.from, msg.to)
		}
		return nil, true
	case reorder:
		if msg.of != l {
			return nil, true
		}
		l.order, l.ended = msg.order, ""
		l.columnsOrder()
		return tea.Batch(l.first(), l.follow()), true
	case refilter:
		if msg.of != l {
			return nil, true
		}
		l.filter.Types = msg.types
		return tea.Batch(l.first(), l.recount()), true
	}
	return nil, false
}

// columnsOrder marks the column of the order.
func (l *list) columnsOrder() {
	title, way := map[string]string{"size": "size", "elements": "items", "ttl": "ttl"}[l.order], widget.Descending
	if l.order == "ttl" {
		way = widget.Ascending
	}
	at := -1
	for i, c := range l.grid.Columns() {
		if c.Title == title {
			at = i
		}
	}
	l.grid.SetOrder(at, way)
}
